/** Blocks of tiles of images that a thread takes at a time when it convolves by Winograd's way. */

import { Axis, iterations } from "../axis.ts"
import { type Contraction, costOfOperand, type Slide } from "../contraction.ts"
import type { Buffer, Index, Scalar } from "../expression.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  indexUses,
  quotientIndex,
  remainderIndex,
  scaleIndex,
  strideOf,
} from "../index-function.ts"
import type { LoopKernel, Store } from "../kernel.ts"
import { loadsUnder } from "../placement.ts"
import { ScalarRewriter } from "../rewrite.ts"
import { undilate } from "../scalars.ts"
import type { Target } from "../target.ts"
import type { ContractionSizes } from "../tile.ts"
import {
  type Grid,
  gridOf,
  kernelTaps,
  tileInputs,
  tileOutputs,
  tilePlaces,
  winograd,
} from "../winograd.ts"

/** A convolution with 3×3 kernels, or the gradient of its kernel: the axes by what they are. */
export interface Spatial {
  /** Its left operand is the images. */
  readonly contraction: Contraction
  readonly image: Axis
  /** Places in an image, and the three taps that meet the input there. */
  readonly slides: readonly [Slide, Slide]
  readonly channel: Axis
  readonly feature: Axis
  /** Whether it is the kernel's gradient: a sum over images and places for each tap and channel. */
  readonly isGradient: boolean
}

/** Reads a contraction so, where it is one and vectors lie along channels and features in memory. */
export function spatialOf(contraction: Contraction, store: Index): Spatial | undefined {
  const { batch, rows, columns, depth, lhs, rhs } = contraction
  const [first, second, ...more] = contraction.slides ?? []
  if (second === undefined || more.length > 0 || iterations(batch) > 1) return undefined
  const slides = [first, second] as const
  const mapped = rows.find((axis) => slides.every(({ place }) => place !== axis))
  const summed = depth.find((axis) => slides.every(({ tap }) => tap !== axis))
  const [feature] = columns
  if (mapped === undefined || summed === undefined || strideOf(store, feature) !== 1) {
    return undefined
  }
  if (slides.every(({ tap }) => tap.extent === kernelTaps)) {
    const [image, channel] = [mapped, summed]
    if (!runsAlong(lhs, channel)) return undefined
    return { contraction, image, slides, channel, feature, isGradient: false }
  }
  if (slides.every(({ place }) => place.extent === kernelTaps)) {
    const [image, channel] = [summed, mapped]
    if (!runsAlong(lhs, channel) || !runsAlong(rhs, feature)) return undefined
    // Where a tap and a place meet depends on their sum: either may be called the place.
    const [down, across] = slides.map(({ place, tap }) => ({ place: tap, tap: place }))
    return { contraction, image, slides: [down, across], channel, feature, isGradient: true }
  }
  return undefined
}

/** The product of matrices for each place of a tile, [rows, depth] · [depth, columns]. */
export function productSizes(
  rows: number,
  columns: number,
  depth: number,
  sliced: boolean,
): ContractionSizes {
  const cost = { work: 0, sliced }
  return { batch: tilePlaces, rows, columns, depth, innerDepth: depth, lhs: cost, rhs: cost }
}

/** Cycles to transform a vector of a tile's inputs. */
export const inputCycles = 64

/** Tiles pay where they take so much of the time of multiplying directly. */
export const mostShare = 0.95

/** Elementwise work to read an input once for each tile that meets it, in cycles of a vector. */
export function readingCycles({ contraction }: Spatial, { cycles, lanes }: Target): number {
  const { lhs, rows } = contraction
  return tilePlaces * costOfOperand(lhs, rows).work * cycles.unit * lanes
}

/** Whether all that varies with an axis lies side by side along it. */
function runsAlong(value: Scalar, axis: Axis): boolean {
  return loadsUnder([value]).every(
    (index) => !indexUses(index, axis) || strideOf(index, axis) === 1,
  )
}

/** Tiles of an image, downwards and across: the last ones may reach beyond it. */
export function tilesOf({ slides }: Spatial): readonly [number, number] {
  const [down, across] = slides.map(({ place }) => Math.ceil(place.extent / tileOutputs))
  return [down, across]
}

/** Lines of tiles of all images that a thread may take at a time, so many of them at most. */
export function linesOfBlocks(lines: number, most: number): readonly number[] {
  return Array.from({ length: Math.min(lines, Math.floor(most)) }, (_, i) => i + 1)
}

export type Replacements = readonly (readonly [Axis, Index])[]

/** A rewriter that puts index functions in place of axes, and scalars in place of others. */
export function rewriterOf(
  by: Replacements,
  given: ReadonlyMap<Scalar, Scalar> = new Map(),
): ScalarRewriter {
  const map = new Map(by)
  return new ScalarRewriter((axis) => map.get(axis), given)
}

/** The tiles of one block: some lines, counted through all images. The last one may reach beyond them. */
export class Tiles {
  readonly axes: readonly Axis[]
  readonly count: number
  /** The number of a tile in its block. */
  readonly number: Index
  readonly #spatial: Spatial
  readonly #image: Index
  /** A tile's line and place in its image. */
  readonly #at: readonly [Index, Index]

  /**
   * @param lines how many
   * @param at the number of the block
   */
  constructor(spatial: Spatial, lines: number, at: Index) {
    const [down, across] = tilesOf(spatial)
    const line = new Axis("line", lines, "steps")
    const place = new Axis("place", across, "steps")
    const number = addIndices(scaleIndex(at, lines), axisIndex(line))
    this.#spatial = spatial
    this.#image = quotientIndex(number, down)
    this.#at = [remainderIndex(number, down), axisIndex(place)]
    this.axes = [line, place]
    this.count = iterations(this.axes)
    this.number = numberOf(this.axes)
  }

  /** What the axes of the convolution are at output (i, j) of a tile. */
  outputAt(i: number, j: number): Replacements {
    const { image, slides } = this.#spatial
    const places = [i, j].map((n, k) =>
      addIndices(scaleIndex(this.#at[k], tileOutputs), constantIndex(n)),
    )
    return [
      [image, this.#image],
      [slides[0].place, places[0]],
      [slides[1].place, places[1]],
    ]
  }

  /** A value at output (i, j) of a tile; 0 where the tile reaches beyond the images. */
  at(value: Scalar, i: number, j: number, taps: Replacements = []): Scalar {
    const replacements = this.outputAt(i, j)
    return within(replacements, rewriterOf([...replacements, ...taps]).scalar(value))
  }

  /** Stores at output (i, j) of a tile, in which `total` stands for what it comes to. */
  stored(stores: readonly Store[], i: number, j: number, total: Scalar, value: Scalar): Store[] {
    const replacements = this.outputAt(i, j)
    const rewriter = rewriterOf(replacements, new Map([[total, value]]))
    return stores.map((store) => {
      const here = rewriter.store(store)
      const inside = within(replacements, here.value)
      return inside === here.value ? here : { ...here, value: inside, skips: true }
    })
  }

  /** The transforms of all tiles of the input, place by place: [16, tiles, channels]. */
  transformed(buffer: Buffer, stride: number): LoopKernel {
    const { contraction, slides, channel } = this.#spatial
    const tile = gridOf(tileInputs, (i, j) => {
      const [a, b] = [Math.max(0, i - tileOutputs), Math.max(0, j - tileOutputs)]
      return this.at(contraction.lhs, a, b, [
        [slides[0].tap, constantIndex(i - a)],
        [slides[1].tap, constantIndex(j - b)],
      ])
    })
    const own = addIndices(scaleIndex(this.number, channel.extent), axisIndex(channel))
    return mapOf([...this.axes, channel], placesOf(winograd.input(tile), buffer, stride, own))
  }
}

/** A value where axes go as far as their index functions, and 0 beyond. */
export function within(places: Replacements, value: Scalar): Scalar {
  const conditions = places.flatMap(([axis, index]) => undilate(index, 1, axis.extent).conditions)
  if (conditions.length === 0) return value
  const otherwise: Scalar = { kind: "constant", dtype: value.dtype, value: 0 }
  return { kind: "guard", dtype: value.dtype, conditions, value, otherwise }
}

/** A kernel that only stores. */
export function mapOf(axes: readonly Axis[], stores: readonly Store[]): LoopKernel {
  return { kind: "loop", axes, reduced: [], accumulators: [], stores }
}

/** Stores of a tile's places, so far apart. */
export function placesOf(grid: Grid, buffer: Buffer, stride: number, own: Index): readonly Store[] {
  return grid
    .flat()
    .map((value, p) => ({ buffer, index: addIndices(constantIndex(p * stride), own), value }))
}

/** Elements from one place of a tile to the next: more than there are where caches would collide. */
export function strideOfPlaces(elements: number): number {
  return elements % 256 === 0 ? elements + 16 : elements
}

/** The row-major number that axes stand at. */
export function numberOf(axes: readonly Axis[]): Index {
  return flattenIndex(
    axes.map(axisIndex),
    axes.map(({ extent }) => extent),
  )
}
