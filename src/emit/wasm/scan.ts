/** Scans and scatters: one step after another, over mapped axes in space. */

import {
  identityOf,
  laneOf,
  rowsOfScan,
  rowsTogether,
  type ScanKernel,
  type ScatterKernel,
  strideOf,
} from "../../schedule/index.ts"
import { pushConstant } from "./constants.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import { nest } from "./loop.ts"
import { emitCombine } from "./reduction.ts"

/** Runs code where an axis stands at one of the iterations that are done together. */
type At = (iteration: number, code: () => void) => void

/** Writes the function of a scan. */
export function emitScan(program: ProgramContext, kernel: ScanKernel): KernelContext {
  const { axes, along, combine, value, buffer, index } = kernel
  const context = new KernelContext(program, kernel, [])
  const { f, scopes, values, loops } = context
  const { dtype } = buffer
  const work = { scalars: [value], stores: [{ buffer, index, value }] }
  /** Goes along so many rows, or vectors of rows. */
  const scan = (count: number, at: At): void => {
    const totals = Array.from({ length: count }, () => f.local("v128"))
    for (const total of totals) {
      pushConstant(context, dtype, identityOf(combine, dtype))
      f.localSet(total)
    }
    const end = context.endOf(along)
    loops.steps(along, typeof end === "number" ? end : end.local, work, () => {
      for (const [i, total] of totals.entries()) {
        at(i, () => {
          const u = scopes.lanes === undefined ? 0 : i
          f.localGet(total)
          values.push(value, u)
          emitCombine(f, combine, dtype)
          f.localSet(total)
          values.memory.store({ buffer, index, value }, u, total)
        })
      }
    })
  }
  const here: At = (_, code) => code()
  const lane = laneOf(axes)
  const rows = rowsOfScan(kernel)
  context.bindThreads(axes)
  if (rows !== undefined) {
    nest(context, axes.slice(0, -1), undefined, 1, work, () => {
      const end = context.endOf(rows)
      loops.blocks(
        rows,
        end,
        rowsTogether,
        work,
        (at) => scan(rowsTogether, at),
        () => scan(1, here),
      )
    })
  } else {
    nest(context, axes, lane, 4, work, () => scan(scopes.lanes?.vectors ?? 1, here))
  }
  return context
}

/** Writes the function of a scatter. */
export function emitScatter(program: ProgramContext, kernel: ScatterKernel): KernelContext {
  const { axes, steps, combine, buffer, index, value, when } = kernel
  const context = new KernelContext(program, kernel, [])
  const { f, scopes, values } = context
  const { dtype } = buffer
  const store = { buffer, index, value }
  const work = { scalars: [value, when], stores: [store] }
  const lane = laneOf(axes)
  // Lanes need the places that they change side by side, and all of them to be changed.
  const inLanes =
    lane !== undefined && strideOf(index, lane) === 1 && !context.uses.axesOf(when).has(lane)
  context.bindThreads(axes)
  nest(context, axes, inLanes ? lane : undefined, 4, work, () => {
    nest(context, steps, undefined, 1, work, () => {
      f.localGet(values.keep(when))
      f.i32x4.extract_lane(0)
      f.if()
      scopes.within(() => {
        for (let u = 0; u < (scopes.lanes?.vectors ?? 1); u++) {
          const result = f.local("v128")
          if (combine !== "set") values.memory.load(buffer, index, u)
          values.push(value, u)
          if (combine !== "set") emitCombine(f, combine, dtype)
          f.localSet(result)
          values.memory.store(store, u, result)
        }
      })
      f.end()
    })
  })
  return context
}
