/** Sums of few results that read nearly the same: a total for each, in one pass over what they read. */

import { type Axis, iterations } from "../axis.ts"
import type { Contraction } from "../contraction.ts"
import type { Index, Scalar } from "../expression.ts"
import { type AnyTarget, isGroupTarget } from "../group-target.ts"
import { constantIndex, scalarUses, strideOf } from "../index-function.ts"
import type { LoopKernel } from "../kernel.ts"
import { loadsUnder } from "../placement.ts"
import { visitScalars } from "../rewrite.ts"
import { rewriterOf } from "./tile-blocks.ts"

/**
 * The mapped axes of a contraction of which a thread keeps all totals at once, as of the taps of a
 * kernel whose gradient it is, where vectors lie along the batch and sums are long: none otherwise.
 */
export function axesOfTotals(
  { batch, rows, columns, depth, lhs, rhs }: Contraction,
  target: AnyTarget,
): readonly Axis[] {
  if (isGroupTarget(target) || iterations(depth) < iterations([...rows, ...columns])) return []
  const loads = loadsUnder([lhs, rhs])
  const inLanes = batch.some(
    (axis) => axis.extent >= 4 && loads.every((index) => strideOf(index, axis) === 1),
  )
  if (!inLanes) return []
  const most = Math.max(...target.tiles.map((tile) => (tile.rows * tile.columns) / target.lanes))
  const found: Axis[] = []
  for (const axis of [...rows, ...columns].reverse()) {
    if (iterations([axis, ...found]) > most) break
    found.unshift(axis)
  }
  return found.filter(({ extent }) => extent > 1)
}

/** Parts of the sum for so many products: enough for all threads, of images where there are enough. */
export function partsOfTotals(products: number): number {
  return products < 65536 ? 1 : 32
}

/** A reduction with one accumulator for each iteration of some of its mapped axes, and so many stores. */
export function withTotals(kernel: LoopKernel, short: readonly Axis[]): LoopKernel {
  const [single, ...others] = kernel.accumulators
  if (short.length === 0 || others.length > 0 || single?.combine !== "sum") return kernel
  const places = short.reduce<readonly (readonly (readonly [Axis, Index])[])[]>(
    (all, axis) =>
      all.flatMap((at) =>
        Array.from({ length: axis.extent }, (_, i) => [...at, [axis, constantIndex(i)] as const]),
      ),
    [[]],
  )
  const kept = new Map<Scalar, Scalar>()
  visitScalars([single.value], (scalar) => {
    if (!short.some((axis) => scalarUses(scalar, axis))) kept.set(scalar, scalar)
  })
  return {
    ...kernel,
    axes: kernel.axes.filter((axis) => !short.includes(axis)),
    accumulators: places.map((at) => ({
      ...single,
      value: rewriterOf(at, kept).scalar(single.value),
    })),
    stores: places.flatMap((at, number) => {
      const totals = new Map<Scalar, Scalar>()
      visitScalars(
        kernel.stores.map(({ value }) => value),
        (scalar) => {
          if (scalar.kind === "accumulator") totals.set(scalar, { ...scalar, number })
        },
      )
      return kernel.stores.map(rewriterOf(at, totals).store)
    }),
  }
}
