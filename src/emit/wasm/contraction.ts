/** Contractions as plain reductions, which the tiled kernel must agree with. */

import {
  addIndices,
  axisIndex,
  type ContractionKernel,
  flattenIndex,
  type Index,
  iterations,
  type LoopKernel,
  quotientIndex,
  remainderIndex,
  type Scalar,
} from "../../schedule/index.ts"
import type { KernelContext, ProgramContext } from "./context.ts"
import { emitLoop } from "./loop.ts"

/** Writes the function of a contraction: piece 0 does it all. */
export function emitContraction(program: ProgramContext, kernel: ContractionKernel): KernelContext {
  const { batch, rows, columns, depth, lhs, rhs, stores, tile } = kernel
  const flat = (axes: ContractionKernel["batch"]): Index =>
    flattenIndex(
      axes.map(axisIndex),
      axes.map((axis) => axis.extent),
    )
  const panels = Math.ceil(iterations(columns) / tile.columns)
  const column = flat(columns)
  const right: Scalar =
    rhs.kind !== "panels"
      ? rhs
      : {
          kind: "load",
          dtype: rhs.buffer.dtype,
          buffer: rhs.buffer,
          index: addIndices(
            flattenIndex(
              [
                flat(batch),
                quotientIndex(column, tile.columns),
                flat(depth),
                remainderIndex(column, tile.columns),
              ],
              [iterations(batch), panels, iterations(depth), tile.columns],
            ),
          ),
        }
  const dtype = lhs.dtype
  const params = {}
  const operands = [lhs, right]
  const loop: LoopKernel = {
    kind: "loop",
    axes: [...batch, ...rows, ...columns],
    reduced: depth,
    accumulators: [
      {
        combine: "sum",
        dtype,
        value: { kind: "apply", dtype, primitive: "multiply", params, operands },
      },
    ],
    stores,
  }
  return emitLoop(program, loop)
}
