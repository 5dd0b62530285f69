/**
 * Convolutions with 3×3 kernels by Winograd's way. A thread takes some lines of tiles at a time: it
 * transforms what they meet of the images, multiplies, and transforms back, all in memory of its own
 * that stays in the second cache. Of tiles that reach beyond an image, what lies in it is stored.
 */

import type { Variable } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis, iterations } from "../axis.ts"
import { type Contraction, sizesOf } from "../contraction.ts"
import { Buffer, type Scalar } from "../expression.ts"
import { isGroupTarget } from "../group-target.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  scaleIndex,
} from "../index-function.ts"
import type { ContractionKernel, Store } from "../kernel.ts"
import type { Expressions } from "../scalars.ts"
import type { Step } from "../step.ts"
import { type Target, tableOf } from "../target.ts"
import { chooseTile, cutNearProduct, multiplyCycles, type NearProduct } from "../tile.ts"
import { gridOf, kernelTaps, tileInputs, tilePlaces, winograd } from "../winograd.ts"
import { enoughRounds } from "./control.ts"
import type { Draft, KernelList } from "./kernel-list.ts"
import {
  inputCycles,
  linesOfBlocks,
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
  tilesOf,
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

/** Threads that are taken to wait for the last rounds. */
const waiting = 2

/** Tiles, fewer than which transforming the kernel costs more than it saves. */
const leastTiles = 32

/** Floats of all tiles that threads may well share: 8 MiB. */
const mostShared = 2 ** 21

/** How the tiles of all images are gone through. */
interface Choice {
  /** Lines of tiles that a thread takes at a time; undefined where all go through each step together. */
  readonly lines?: number
  readonly product: NearProduct
}

function lowerOutputs(
  kernels: KernelList,
  spatial: Spatial,
  target: Target,
  threads: number,
  total: Scalar,
): Draft["finish"] | undefined {
  const choice = chooseBlock(spatial, target, threads)
  if (choice === undefined) return undefined
  const panels = transformKernel(kernels, spatial, choice.product.tile.columns)
  return (stores) => stepsOf(spatial, choice, panels, total, stores)
}

/**
 * Some lines of tiles a round, in memory of a thread's own, where there are rounds for all threads;
 * else all tiles at once, in shared memory, where that is little. Which does not change any bits.
 */
function chooseBlock(spatial: Spatial, target: Target, threads: number): Choice | undefined {
  const { contraction, image, channel, feature } = spatial
  const [down, across] = tilesOf(spatial)
  const total = image.extent * down
  const pairs = channel.extent * feature.extent
  const ahead = pairs * target.cycles.ahead
  const direct = multiplyCycles(sizesOf(contraction), target) + kernelTaps ** 2 * ahead
  const floats = tilePlaces * (channel.extent + feature.extent)
  const transforms =
    (channel.extent * (inputCycles + readingCycles(spatial, target)) +
      feature.extent * outputCycles) /
    target.lanes
  const sizesFor = (tiles: number) => productSizes(tiles, feature.extent, channel.extent, false)
  let least = mostShare * direct - tilePlaces * ahead
  let best: Choice | undefined
  const take = (cycles: number, choice: Choice): void => {
    if (cycles < least) [least, best] = [cycles, choice]
  }
  for (const lines of linesOfBlocks(total, (2 * tableOf(target).mostLeft) / (floats * across))) {
    const rounds = Math.ceil(total / lines)
    if (rounds < enoughRounds) continue
    const tiles = lines * across
    const product = cutNearProduct(sizesFor(tiles), target)
    const each = product.cycles + tiles * transforms
    take((rounds + waiting) * each, { lines, product })
  }
  const all = total * across
  if (all >= leastTiles && floats * all <= mostShared) {
    const { cycles } = cutNearProduct(sizesFor(all), target)
    const shared = transforms + floats * (target.cycles.ahead / 2)
    const product = { ...chooseTile(sizesFor(all), threads, target), cycles }
    take(cycles + all * shared + 2 * waiting * target.cycles.kernel, { product })
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
    return within([[feature, column]], rewriter.scalar(contraction.rhs))
  })
  const stores = placesOf(winograd.kernel(taps), buffer, elements, numberOf(axes))
  kernels.add(mapOf(axes, stores), [buffer])
  return buffer
}

/** The steps over all tiles; `total`, in the stores, is what an output comes to. */
function stepsOf(
  spatial: Spatial,
  { lines, product }: Choice,
  panels: Buffer,
  total: Scalar,
  stores: readonly Store[],
): readonly Step[] {
  const { image, channel, feature } = spatial
  const whole = image.extent * tilesOf(spatial)[0]
  const counter = new Axis("block", lines === undefined ? 1 : Math.ceil(whole / lines), "threads")
  const tiles = new Tiles(spatial, lines ?? whole, axisIndex(counter))
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
    line.flatMap((value, j) => tiles.stored(stores, i, j, total, value)),
  )
  const steps = [
    tiles.transformed(inputs, strideIn),
    multiply,
    mapOf([...tiles.axes, feature], back),
  ]
  return lines === undefined ? steps : [{ kind: "repeat", counter, steps }]
}
