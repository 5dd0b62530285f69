/** Blocks of tiles of images that a thread takes at a time when it convolves by Winograd's way. */

import { Axis, iterations } from "../axis.ts"
import { type Contraction, costOfOperand, type Slide } from "../contraction.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  type Index,
  indexUses,
  quotientIndex,
  remainderIndex,
  scaleIndex,
  strideOf,
} from "../index-function.ts"
import type { Buffer, LoopKernel, Scalar, Store } from "../kernel.ts"
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
export const mostShare = 0.85

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

/** Lines of tiles that are computed at a time: whole images, or a part of one. */
export interface Block {
  readonly images: number
  readonly lines: number
}

/** Equal blocks of lines of tiles. */
export function blocksOf(images: number, lines: number): readonly Block[] {
  return [
    ...divisors(lines).map((each) => ({ images: 1, lines: each })),
    ...divisors(images).map((each) => ({ images: each, lines })),
  ]
}

export function divisors(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((each) => n % each === 0)
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

/** The tiles of one block. */
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
   * @param size tiles of an image, downwards and across
   * @param at the number of the block
   */
  constructor(spatial: Spatial, size: readonly number[], { images, lines }: Block, at: Index) {
    const [down, across] = size
    const image = new Axis("image", images, "steps")
    const line = new Axis("line", lines, "steps")
    const place = new Axis("place", across, "steps")
    const parts = down / lines
    const first = scaleIndex(quotientIndex(at, parts), images)
    const firstLine = scaleIndex(remainderIndex(at, parts), lines)
    this.#spatial = spatial
    this.#image = addIndices(first, axisIndex(image))
    this.#at = [addIndices(firstLine, axisIndex(line)), axisIndex(place)]
    this.axes = [image, line, place]
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

  /** A value at output (i, j) of a tile; 0 where the last tile reaches beyond the image. */
  at(value: Scalar, i: number, j: number, taps: Replacements = []): Scalar {
    const replacements = this.outputAt(i, j)
    const found = rewriterOf([...replacements, ...taps]).scalar(value)
    return replacements.reduce((inside, [axis, index]) => within(axis, index, inside), found)
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

/** A value where an axis goes as far as `index`, and 0 beyond. */
export function within(axis: Axis, index: Index, value: Scalar): Scalar {
  const { conditions } = undilate(index, 1, axis.extent)
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
