/** The row after the one at hand, asked for while that one is computed. */

import {
  type Axis,
  type LoopKernel,
  type Scalar,
  strideOf,
  visitScalars,
} from "../../schedule/index.ts"
import { dtypes } from "../../size/index.ts"
import type { Pass } from "../passes.ts"
import type { Local } from "./assembler.ts"
import type { KernelContext } from "./context.ts"

type Load = Extract<Scalar, { kind: "load" }>

/** Loads of the row after the one at hand, so many bytes behind this row's. */
export interface Ahead {
  readonly loads: readonly Load[]
  readonly distance: Local
}

/** Bytes that come from memory together. */
const cacheLine = 64

/** What the first pass will read of the next row, whose distance is computed here. */
export function findAhead(
  context: KernelContext,
  { axes }: LoopKernel,
  first: Pass,
  lane: Axis | undefined,
): Ahead | undefined {
  const { f, scopes } = context
  const row = axes.findLast(({ place, extent }) => place === "steps" && extent > 1)
  if (row === undefined || lane === undefined) return undefined
  const loads: Load[] = []
  const distances = new Set<number>()
  visitScalars(first.work.scalars, (scalar) => {
    if (scalar.kind !== "load" || strideOf(scalar.index, lane) !== 1) return
    const distance = strideOf(scalar.index, row) ?? 0
    if (distance <= 0) return
    loads.push(scalar)
    distances.add(distance * dtypes[scalar.buffer.dtype].bytes)
  })
  const [bytes, ...others] = distances
  const at = scopes.axis(row)
  if (bytes === undefined || others.length > 0 || at === undefined) return undefined
  // Behind the last row there may be no memory: that one is touched again.
  const distance = f.local("i32", "ahead")
  const end = context.endOf(row)
  f.i32.const(bytes)
  f.i32.const(0)
  f.push(at, "i32")
  f.i32.const(1)
  f.i32.add()
  f.push(typeof end === "number" ? end : end.local, "i32")
  f.i32.lt_s()
  f.select()
  f.localSet(distance)
  return { loads, distance }
}

/**
 * Reads an element of each cache line of the next row, so that it comes from memory while this row is
 * computed; WebAssembly has no other way to ask for it.
 */
export function touch(
  { f, values, width }: KernelContext,
  { loads, distance }: Ahead,
  vectors: number,
): void {
  for (const { buffer, index } of loads) {
    const each = cacheLine / dtypes[buffer.dtype].bytes
    for (let lane = 0; lane < vectors * width; lane += each) {
      const offset = values.indices.pushAddress(buffer, index, lane)
      f.localGet(distance)
      f.i32.add()
      f.i32.load8_u(offset)
      f.drop()
    }
  }
}
