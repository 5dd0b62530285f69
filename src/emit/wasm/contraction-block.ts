/** A block of an operand, and what packing it needs. */

import { panelGap, type Scalar } from "../../schedule/index.ts"
import type { Side } from "../contraction-side.ts"
import type { Flat } from "../flatten.ts"
import type { Local } from "./assembler.ts"
import type { KernelContext } from "./context.ts"
import { Counts } from "./contraction-counts.ts"
import type { Stretch } from "./contraction-walk.ts"

/** What packing an operand needs. */
export interface Packing {
  readonly context: KernelContext
  readonly side: Side
  /** Address of zeros: `depthBlock` of them, and as many as a step of a group of panels has. */
  readonly zeros: Local
  /** Address of memory for values on their way. */
  readonly values: Local
  readonly depthBlock: number
}

/** A block of one operand: items [first, end) of its mapped axes, steps [from, from + steps). */
export interface Block {
  readonly first: Local
  readonly end: Local
  readonly from: Local
  readonly steps: Local
  /** Where its panels go: steps·width floats each, {@link panelGap} bytes between them. */
  readonly to: Local
}

/** How far apart the panels of a block lie, in bytes. */
export function panelStride({ context, side }: Packing, { steps }: Block): () => void {
  const { add, multiply } = new Counts(context.f)
  return add(multiply(steps, 4 * side.width), panelGap)
}

/** Computes an operand's values along a stretch of a run, to memory from out + 4·stretch.at on. */
export function computeRun(
  { context, side }: Packing,
  flat: Flat,
  { at, length }: Stretch,
  out: Local,
): void {
  const { f, scopes, loops, values } = context
  const { add, multiply } = new Counts(f)
  const start = f.local("i32", "start")
  f.set(start, add(out, multiply(at, 4)))
  const end = { local: length, multipleOf: 1 }
  loops.lanes(flat.run, end, 2, { scalars: [side.value], stores: [] }, () => {
    for (let u = 0; u < (scopes.lanes?.vectors ?? 1); u++) {
      const run = (): void => values.indices.pushAxis(flat.run)
      add(start, multiply(run, 4))()
      values.push(side.value, u)
      if (scopes.lanes === undefined) f.v128.store32_lane(0)
      else f.v128.store(16 * u)
    }
  })
}

/** Pushes the byte address of what a load reads. */
export function pushAddress(
  { f, values }: KernelContext,
  { buffer, index }: Extract<Scalar, { kind: "load" }>,
): void {
  const offset = values.indices.pushAddress(buffer, index)
  if (offset === 0) return
  f.i32.const(offset)
  f.i32.add()
}
