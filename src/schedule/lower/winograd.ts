/**
 * Convolutions with 3×3 kernels by Winograd's way. A thread takes some lines of tiles at a time: it
 * transforms what they meet of the images, multiplies, and transforms back, all in memory of its own
 * that stays in the second cache. Lines and columns that make no whole tile are computed directly.
 */

import type { Variable } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis, iterations } from "../axis.ts"
import { type Contraction, sizesOf } from "../contraction.ts"
import { isGroupTarget } from "../group-target.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  scaleIndex,
} from "../index-function.ts"
import { Buffer, type ContractionKernel, type Scalar, type Store } from "../kernel.ts"
import type { Expressions } from "../scalars.ts"
import type { Step } from "../step.ts"
import type { Target } from "../target.ts"
import { chooseTile, cutNearProduct, multiplyCycles, type NearProduct } from "../tile.ts"
import { gridOf, kernelTaps, tileInputs, tileOutputs, tilePlaces, winograd } from "../winograd.ts"
import { enoughRounds } from "./control.ts"
import type { Draft, KernelList } from "./kernel-list.ts"
import {
  type Block,
  blocksOf,
  inputCycles,
  mapOf,
  mostShare,
  numberOf,
  placesOf,
  productSizes,
  readingCycles,
  rewriterOf,
  type Spatial,
  spatialOf,
  strideOfPlaces,
  Tiles,
  within,
} from "./tile-blocks.ts"
import { lowerKernelGradient } from "./winograd-gradient.ts"

/** Lowers a convolution so where that is estimated to be faster; tells whether it did. */
export function lowerWinograd(
  kernels: KernelList,
  result: Variable,
  contraction: Contraction,
  expressions: Expressions,
): boolean {
  const { target, threads } = kernels.machine
  const shape = concreteShape(result.shape)
  const { coordinates } = contraction
  const spatial = spatialOf(contraction, flattenIndex(coordinates, shape))
  if (spatial === undefined || isGroupTarget(target) || target.spreadsRounds !== true) return false
  const total: Scalar = { kind: "accumulator", dtype: "float32", number: 0 }
  const finish = spatial.isGradient
    ? lowerKernelGradient(kernels, spatial, target, total)
    : lowerOutputs(kernels, spatial, target, threads, total)
  if (finish === undefined) return false
  const accepts = (value: Scalar): boolean => value.dtype !== "float64"
  const draft: Draft = { expressions, shape, coordinates, stores: [], accepts, finish }
  kernels.add(draft, [])
  kernels.storeIn(kernels.last, draft, result, total, coordinates)
  return true
}

/** Cycles to transform a vector of a tile's products. */
const outputCycles = 56

/** Products near the edges are so many times as slow as others. */
const edgeCycles = 1.5

interface Choice {
  readonly block: Block
  readonly rounds: number
  readonly product: NearProduct
}

function lowerOutputs(
  kernels: KernelList,
  spatial: Spatial,
  target: Target,
  threads: number,
  total: Scalar,
): Draft["finish"] | undefined {
  const size = wholeTiles(spatial)
  const choice = chooseBlock(spatial, size, target)
  if (choice === undefined) return undefined
  const panels = transformKernel(kernels, spatial, choice.product.tile.columns)
  return (stores) => [
    roundsOf(spatial, size, choice, panels, total, stores),
    ...edgesOf(spatial, size, stores, target, threads),
  ]
}

/** Tiles of an image, downwards and across, all of whose outputs lie in it. */
function wholeTiles({ slides }: Spatial): readonly number[] {
  return slides.map(({ place }) => Math.floor(place.extent / tileOutputs))
}

function chooseBlock(
  spatial: Spatial,
  [down, across]: readonly number[],
  target: Target,
): Choice | undefined {
  const { contraction, image, channel, feature } = spatial
  const direct = multiplyCycles(sizesOf(contraction), target).cycles
  const edges = 1 - (image.extent * down * across * tileOutputs ** 2) / iterations(contraction.rows)
  const transforms =
    channel.extent * (inputCycles + readingCycles(spatial, target)) + feature.extent * outputCycles
  let least = direct * (mostShare - edges * edgeCycles)
  let best: Choice | undefined
  for (const block of blocksOf(image.extent, down)) {
    const { images, lines } = block
    const rounds = (image.extent * down) / (images * lines)
    const tiles = images * lines * across
    const fits = tilePlaces * tiles * (channel.extent + feature.extent) <= 2 * target.mostLeft
    if (!fits || rounds < enoughRounds) continue
    const sizes = productSizes(tiles, feature.extent, channel.extent, false)
    const product = cutNearProduct(sizes, target)
    const cycles = rounds * (product.cycles + (tiles * transforms) / target.lanes)
    if (cycles < least) [least, best] = [cycles, { block, rounds, product }]
  }
  return best
}

/** Packs the transformed kernel into panels, one set of them for each place of a tile. */
function transformKernel(
  kernels: KernelList,
  { contraction, slides, channel, feature }: Spatial,
  width: number,
): Buffer {
  const panel = new Axis("panel", Math.ceil(feature.extent / width), "steps")
  const lane = new Axis("lane", width, "steps")
  const column = addIndices(scaleIndex(axisIndex(panel), width), axisIndex(lane))
  const axes = [panel, channel, lane]
  const elements = iterations(axes)
  const buffer = new Buffer("float32", tilePlaces * elements, "panels")
  const taps = gridOf(kernelTaps, (i, j) => {
    const rewriter = rewriterOf([
      [slides[0].tap, constantIndex(i)],
      [slides[1].tap, constantIndex(j)],
      [feature, column],
    ])
    return within(feature, column, rewriter.scalar(contraction.rhs))
  })
  const stores = placesOf(winograd.kernel(taps), buffer, elements, numberOf(axes))
  kernels.add(mapOf(axes, stores), [buffer])
  return buffer
}

/** The rounds that compute whole tiles; `total`, in the stores, is what an output comes to. */
function roundsOf(
  spatial: Spatial,
  size: readonly number[],
  { block, rounds, product }: Choice,
  panels: Buffer,
  total: Scalar,
  stores: readonly Store[],
): Step {
  const { channel, feature } = spatial
  const counter = new Axis("block", rounds, "threads")
  const tiles = new Tiles(spatial, size, block, axisIndex(counter))
  const [strideIn, strideOut] = [channel, feature].map(({ extent }) =>
    strideOfPlaces(tiles.count * extent),
  )
  const inputs = new Buffer("float32", tilePlaces * strideIn, "tiles")
  const products = new Buffer("float32", tilePlaces * strideOut, "products")
  const place = new Axis("place", tilePlaces, "steps")
  const tile = new Axis("tile", tiles.count, "steps")
  const at = (stride: number, along: Axis) =>
    addIndices(
      scaleIndex(axisIndex(place), stride),
      scaleIndex(axisIndex(tile), along.extent),
      axisIndex(along),
    )
  const multiply: ContractionKernel = {
    kind: "contraction",
    batch: [place],
    rows: [tile],
    columns: [feature],
    depth: [channel],
    lhs: { kind: "load", dtype: "float32", buffer: inputs, index: at(strideIn, channel) },
    rhs: { kind: "panels", buffer: panels },
    stores: [{ buffer: products, index: at(strideOut, feature), value: total }],
    tile: product.tile,
    scratchBytes: product.scratchBytes,
  }
  const own = addIndices(scaleIndex(tiles.number, feature.extent), axisIndex(feature))
  const outputs = winograd.outputs(
    gridOf(tileInputs, (i, j) => {
      const index = addIndices(constantIndex((i * tileInputs + j) * strideOut), own)
      return { kind: "load", dtype: "float32", buffer: products, index }
    }),
  )
  const back = outputs.flatMap((line, i) =>
    line.flatMap((value, j) =>
      stores.map(rewriterOf(tiles.outputAt(i, j), new Map([[total, value]])).store),
    ),
  )
  const steps = [
    tiles.transformed(inputs, strideIn),
    multiply,
    mapOf([...tiles.axes, feature], back),
  ]
  return { kind: "repeat", counter, steps }
}

/** The last line, and the last column of the lines before it, where no whole tile has them. */
function edgesOf(
  { contraction, slides }: Spatial,
  size: readonly number[],
  stores: readonly Store[],
  target: Target,
  threads: number,
): readonly ContractionKernel[] {
  const [down, across] = slides.map(({ place }) => place)
  const [lines, columns] = size.map((tiles) => tileOutputs * tiles)
  const edge = (last: Axis, other: Axis): ContractionKernel => {
    const rewriter = rewriterOf([
      [last === down ? down : across, constantIndex(last.extent - 1)],
      [last === down ? across : down, axisIndex(other)],
    ])
    const part: Contraction = {
      ...contraction,
      rows: contraction.rows.flatMap((axis) =>
        axis === last ? [] : axis === down || axis === across ? [other] : [axis],
      ),
      lhs: rewriter.scalar(contraction.lhs),
    }
    const { batch, rows, depth, lhs, rhs } = part
    const { tile, scratchBytes } = chooseTile(sizesOf(part), threads, target)
    const common = { batch, rows, columns: part.columns, depth, lhs, rhs, tile, scratchBytes }
    return { kind: "contraction", ...common, stores: stores.map(rewriter.store) }
  }
  const short = new Axis(down.name, lines, "steps")
  return [
    ...(lines < down.extent ? [edge(down, across)] : []),
    ...(columns < across.extent ? [edge(across, short)] : []),
  ]
}
