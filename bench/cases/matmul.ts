/** Square products of float32 matrices. */

import type { Case } from "./case.ts"
import { uniform } from "./inputs.ts"

/** The operands of the product, row-major. */
export function matmulInputs(n: number): readonly [Float32Array, Float32Array] {
  return [uniform(n * n, 1), uniform(n * n, 2)]
}

export const matmulCases: readonly Case[] = [256, 512, 1024, 2048].map((n) => ({
  name: `matmul ${n}`,
  group: "matmul",
  work: { kind: "matmul", n },
  limit: { by: "arithmetic", operations: 2 * n ** 3 },
  tolerance: 1e-5,
  pieces: 1,
  long: n > 1024,
}))
