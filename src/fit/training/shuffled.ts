/** Orders that are drawn with a seed. */

import { type Array, jit, random } from "../../array/index.ts"

/** The numbers 0 to n − 1 in an order drawn with a seed. */
export async function shuffled(n: number, seed: number): Promise<Uint32Array> {
  const draw = jit((key: Array) => random.permutation(key, n))
  using key = random.key(seed)
  using order = draw(key)
  return Uint32Array.from(await order.data())
}
