/**
 * A deep network trained in less memory: the same step, to the bit, in whatever budget it is given.
 * What does not fit is computed again instead of kept.
 *
 *     node examples/deep.ts
 *     tradespace frontier examples/deep.ts --export step --args "f32[512, 64], f32[512, 64], f32[64, 64], f32[64, 64], f32[64, 64], f32[64, 64], f32[64, 64], f32[64, 64]"
 */

import {
  type Array,
  BudgetError,
  closeDevices,
  f32,
  frontier,
  grad,
  jit,
  np,
  plotFrontier,
  printFrontier,
  random,
} from "../src/index.ts"

/** The mean squared error of as many layers as there are weights; x and y are [batch, width]. */
export function loss(weights: readonly Array[], x: Array, y: Array): Array {
  const h = weights.reduce((h, w) => np.tanh(np.matmul(h, w)), x)
  return np.mean(np.square(np.subtract(h, y)))
}

/** One step of descent: the weights, each [width, width], afterwards. */
export function step(x: Array, y: Array, ...weights: Array[]): Array[] {
  const slopes = grad(loss)(weights, x, y)
  return weights.map((w, i) => np.subtract(w, np.multiply(0.1, slopes[i])))
}

if (import.meta.main) {
  const [layers, batch, width] = [24, 1024, 64]
  const weights = globalThis.Array.from({ length: layers }, (_, i) =>
    random.normal(random.key(i), [width, width]).mul(0.15),
  )
  const x = random.normal(random.key(99), [batch, width])
  const y = np.tanh(x.mul(2))

  const found = await frontier(step, [
    f32(batch, width),
    f32(batch, width),
    ...weights.map(() => f32(width, width)),
  ])
  console.log(`${printFrontier(found)}\n\n${plotFrontier(found)}\n`)

  for (const memory of ["100MB", "6MB", "5MB", "1MB"]) {
    try {
      const [first] = jit(step, { memory })(x, y, ...weights)
      console.log(`in ${memory}: first weight after a step ${(await first.data())[0]}`)
    } catch (error) {
      if (!(error instanceof BudgetError)) throw error
      console.log(`in ${memory}: ${error.message}`)
    }
  }
  await closeDevices()
}
