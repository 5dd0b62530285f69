/** Work that orders, adds up or fetches numbers; its limit is the memory that it must touch. */

import type { Case, Limit, Work } from "./case.ts"
import { uniform } from "./inputs.ts"

const [rows, columns, count] = [50_000, 256, 32_768]
const [side, many] = [4096, 2 ** 24]

function move(
  name: string,
  work: Work,
  bytes: number,
  tolerance: number,
  operations?: number,
  long = false,
): Case {
  const limit: Limit = {
    by: "bandwidth",
    bytes,
    ...(operations === undefined ? {} : { operations }),
  }
  return { name, group: "moves", work, limit, tolerance, pieces: 1, long }
}

/** Numbers of the rows that a gather fetches. */
export function gatherIndices(rows: number, count: number): Int32Array<ArrayBuffer> {
  return Int32Array.from(uniform(count, 2, 0, rows), (x) => Math.min(rows - 1, Math.floor(x)))
}

export const moveCases: readonly Case[] = [
  move("sort, 1M", { kind: "sort", n: 2 ** 20 }, 8 * 2 ** 20, 0),
  move("sort, 16M", { kind: "sort", n: many }, 8 * many, 0, undefined, true),
  move("cumsum, 4096×4096", { kind: "cumsum", rows: side, columns: side }, 8 * many, 1e-4, many),
  move("cumsum, 16M", { kind: "cumsum", rows: 1, columns: many }, 8 * many, 1e-3, many),
  move(
    "gather, 32768 rows of 256",
    { kind: "gather", rows, columns, count },
    8 * count * columns + 4 * count,
    0,
  ),
]
