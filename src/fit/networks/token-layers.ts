/** What networks of tokens have in common. */

import { type Array, np } from "../../array/index.ts"
import type { Arrays } from "../../nn/index.ts"

/** A dense layer over the last axis. */
export function affine(x: Array, { kernel, bias }: Arrays): Array {
  return np.matmul(x, kernel).add(bias)
}

/** Layer normalisation over the last axis. */
export function normalised(x: Array, { scale, shift }: Arrays): Array {
  const mean = x.mean(-1, { keepdims: true })
  const variance = x.var(-1, { keepdims: true })
  return x
    .sub(mean)
    .div(np.sqrt(variance.add(1e-5)))
    .mul(scale)
    .add(shift)
}
