/** Work that main memory limits, when it is done in one pass. */

import type { Case } from "./case.ts"
import { uniform } from "./inputs.ts"

/** Methods that all contestants' arrays have under the same names, or a contestant adapts. */
export interface Elementwise<A> {
  mul(x: A, by: number): A
  add(x: A, by: number): A
  max(x: A, with_: number): A
  min(x: A, with_: number): A
  abs(x: A): A
}

/** Eight elementwise operations, one after another. */
export function chain<A>(x: A, { mul, add, max, min, abs }: Elementwise<A>): A {
  return min(max(mul(add(abs(mul(add(mul(x, 1.5), 0.25), 0.75)), -0.5), 2), -0.25), 0.75)
}

const n = 2 ** 24
const bytes = 4

export const memoryCases: readonly Case[] = [
  {
    name: "chain of 8 elementwise, 16M",
    group: "memory",
    work: { kind: "chain", n },
    limit: { by: "bandwidth", bytes: 2 * bytes * n, operations: 8 * n },
    tolerance: 1e-6,
    pieces: 1,
    long: false,
  },
  {
    name: "sum, 16M",
    group: "memory",
    work: { kind: "sum", n },
    limit: { by: "bandwidth", bytes: bytes * n, operations: n },
    tolerance: 1e-4,
    pieces: 1,
    long: false,
  },
  {
    name: "softmax, 4096×4096",
    group: "memory",
    work: { kind: "softmax", rows: 4096, columns: 4096 },
    limit: { by: "bandwidth", bytes: 2 * bytes * n, operations: 5 * n },
    tolerance: 1e-5,
    pieces: 1,
    long: false,
  },
  {
    name: "layer norm, 4096×4096",
    group: "memory",
    work: { kind: "layerNorm", rows: 4096, columns: 4096 },
    limit: { by: "bandwidth", bytes: 2 * bytes * n, operations: 9 * n },
    tolerance: 1e-5,
    pieces: 1,
    long: false,
  },
]

/** The matrix to normalise, and the scale and shift of its columns. */
export function layerNormInputs(rows: number, columns: number) {
  return {
    x: uniform(rows * columns, 1),
    scale: uniform(columns, 2, 0.5, 1.5),
    shift: uniform(columns, 3),
  }
}
