/**
 * Convolutions of an input that is spread, as the input's gradient of a convolution by steps is and as
 * transposed convolutions are: for each phase of the output one dense convolution with the taps that it
 * meets, so that nothing is multiplied by what lies between.
 *
 * Source: Shi et al., Is the deconvolution layer the same as a convolutional layer?, 2016.
 */

import type { Variable } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis, iterations } from "../axis.ts"
import { type Contraction, sizesOf } from "../contraction.ts"
import type { Scalar } from "../expression.ts"
import { isGroupTarget } from "../group-target.ts"
import { axisIndex, flattenIndex } from "../index-function.ts"
import type { Kernel, Store } from "../kernel.ts"
import type { ScalarRewriter } from "../rewrite.ts"
import type { Expressions } from "../scalars.ts"
import { partsOfDepth, worthTiling } from "../tile.ts"
import { groupPartsOfDepth, worthGroupTiling } from "../tile-groups.ts"
import type { Draft, KernelList } from "./kernel-list.ts"
import { mapOf, type Replacements, rewriterOf } from "./tile-blocks.ts"
import { facing, targetOf, tiled, windowOf } from "./tiled.ts"

/** Lowers the phases of a convolution where each of them fills tiles; tells whether it did. */
export function lowerPhases(
  kernels: KernelList,
  result: Variable,
  phases: readonly Contraction[],
  expressions: Expressions,
  accepts: (value: Scalar) => boolean,
): boolean {
  const full = phases.filter(({ depth, rows }) => iterations(depth) * iterations(rows) > 0)
  if (!full.every((phase) => isTiled(kernels, phase))) return false
  const shape = concreteShape(result.shape)
  const axes = shape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
  const coordinates = axes.map(axisIndex)
  const total: Scalar = { kind: "accumulator", dtype: result.dtype, number: 0 }
  const zero: Scalar = { kind: "constant", dtype: result.dtype, value: 0 }
  const apart = {}
  const kernelsOf = phases.map((phase): ((stores: readonly Store[]) => readonly Kernel[]) => {
    const { batch, rows, columns } = phase
    if (iterations(rows) === 0) return () => []
    const at: Replacements = axes.map((axis, i) => [axis, phase.coordinates[i]])
    if (!full.includes(phase)) {
      const rewriter = rewriterOf(at, new Map([[total, zero]]))
      return (stores) => [mapOf([...batch, ...rows, ...columns], storesAt(rewriter, stores))]
    }
    const target = targetOf(phase, kernels.machine.target)
    const own = flattenIndex(phase.coordinates, shape)
    const isBoxed = windowOf(phase, own, target) !== undefined
    const kernel = tiled(kernels, isBoxed ? phase : facing(phase, own), [])
    const rewriter = rewriterOf(at)
    return (stores) => [{ ...kernel, stores: storesAt(rewriter, stores) }]
  })
  const storesAt = (rewriter: ScalarRewriter, stores: readonly Store[]): readonly Store[] =>
    stores.map((store) => ({ ...rewriter.store(store), apart }))
  const draft: Draft = {
    expressions,
    shape,
    coordinates,
    stores: [],
    accepts,
    finish: (stores) => kernelsOf.flatMap((made) => made(stores)),
  }
  kernels.add(draft, [])
  kernels.storeIn(kernels.last, draft, result, total, coordinates)
  return true
}

/** Whether a phase fills register tiles, and has enough of them without parts of its depth. */
function isTiled({ machine }: KernelList, phase: Contraction): boolean {
  const [rows, columns, depth] = [phase.rows, phase.columns, phase.depth].map(iterations)
  const target = targetOf(phase, machine.target)
  return isGroupTarget(target)
    ? worthGroupTiling(rows, columns, depth) && groupPartsOfDepth(sizesOf(phase), target) === 1
    : worthTiling(rows, columns, depth) && partsOfDepth(sizesOf(phase)) === 1
}
