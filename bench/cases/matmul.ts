/** Products of float32 matrices: square ones, and shapes that a tile made for square ones may not suit. */

import type { Case, MatmulWork, RoundedMatmulWork } from "./case.ts"
import { uniform } from "./inputs.ts"

/** The operands of the product as they lie in memory, with their shapes. */
export function matmulInputs({ batch, m, k, n, transposed }: MatmulWork) {
  const first = transposed === "first" ? [k, m] : [m, k]
  const second = transposed === "second" ? [n, k] : [k, n]
  const several = batch === 1 ? [] : [batch]
  return [
    { data: uniform(batch * m * k, 1), shape: [...several, ...first] },
    { data: uniform(batch * k * n, 2), shape: [...several, ...second] },
  ] as const
}

function product(
  name: string,
  [m, k, n]: readonly [number, number, number],
  options: Partial<Pick<MatmulWork, "batch" | "transposed">> = {},
): Case {
  const { batch = 1, transposed = "none" } = options
  const bytes = 4 * batch * (m * k + k * n + m * n)
  const operations = 2 * batch * m * k * n
  return {
    name,
    group: name.startsWith("matmul") ? "matmul" : "shapes",
    work: { kind: "matmul", batch, m, k, n, transposed },
    // A product of a matrix and a vector uses each element once.
    limit: { by: Math.min(m, n) === 1 ? "bandwidth" : "arithmetic", operations, bytes },
    tolerance: 1e-5,
    pieces: 1,
    long: m * k * n > 1024 ** 3,
  }
}

export const matmulCases: readonly Case[] = [
  ...[256, 512, 1024, 2048].map((n) => product(`matmul ${n}`, [n, n, n])),
  {
    ...product("bf16 matmul 2048", [2048, 2048, 2048]),
    group: "matmul",
    work: { kind: "roundedMatmul", n: 2048 },
    // Some round the result to bfloat16, too.
    tolerance: 2 ** -8,
  },
]

/** The operands of a product whose elements are rounded to bfloat16. */
export function roundedMatmulInputs({ n }: RoundedMatmulWork) {
  return matmulInputs({ kind: "matmul", batch: 1, m: n, k: n, n, transposed: "none" })
}

export const shapeCases: readonly Case[] = [
  product("Aᵀ·B, 1024", [1024, 1024, 1024], { transposed: "first" }),
  product("A·Bᵀ, 1024", [1024, 1024, 1024], { transposed: "second" }),
  product("odd, 509×1021 by 1021×767", [509, 1021, 767]),
  product("skinny, 4096×4096 by 4096×16", [4096, 4096, 16]),
  product("flat, 16×4096 by 4096×4096", [16, 4096, 4096]),
  product("tall, 65536×64 by 64×64", [65_536, 64, 64]),
  product("deep, 64×65536 by 65536×64", [64, 65_536, 64]),
  product("tiny, 2048 of 16×16 by 16×16", [16, 16, 16], { batch: 2048 }),
  product("batch, 64 of 128×128 by 128×128", [128, 128, 128], { batch: 64 }),
  product("matrix–vector, 4096", [4096, 4096, 1]),
  product("vector–matrix, 4096", [1, 4096, 4096]),
]
