/**
 * Gradients of 3×3 kernels by Winograd's way. Rounds each have some images, or parts of one, and go
 * over them some lines of tiles at a time; their sums are added at the end. How many rounds there are
 * depends on sizes alone, so that any number of threads gives the same bits.
 */

import { Axis } from "../axis.ts"
import { sizesOf } from "../contraction.ts"
import { addIndices, axisIndex, constantIndex, type Index, scaleIndex } from "../index-function.ts"
import {
  type Accumulator,
  Buffer,
  type ContractionKernel,
  type LoopKernel,
  type Scalar,
  type Store,
} from "../kernel.ts"
import type { Step } from "../step.ts"
import type { Target } from "../target.ts"
import { cutNearProduct, multiplyCycles, type NearProduct } from "../tile.ts"
import { gridOf, tileInputs, tileOutputs, tilePlaces, winograd } from "../winograd.ts"
import { enoughRounds } from "./control.ts"
import type { Draft, KernelList } from "./kernel-list.ts"
import {
  type Block,
  blocksOf,
  divisors,
  inputCycles,
  mapOf,
  mostShare,
  numberOf,
  placesOf,
  productSizes,
  readingCycles,
  rewriterOf,
  type Spatial,
  strideOfPlaces,
  Tiles,
  within,
} from "./tile-blocks.ts"

/** Cycles to transform a vector of cotangents, and to add one of sums. */
const [cotangentCycles, sumCycles] = [48, 48]

interface Choice {
  readonly block: Block
  /** Rounds that threads take, and blocks of each. */
  readonly rounds: number
  readonly turns: number
  readonly product: NearProduct
}

export function lowerKernelGradient(
  kernels: KernelList,
  spatial: Spatial,
  target: Target,
  total: Scalar,
): Draft["finish"] | undefined {
  const size = spatial.slides.map(({ place }) => Math.ceil(place.extent / tileOutputs))
  const choice = chooseBlock(spatial, size, target)
  if (choice === undefined) return undefined
  const { channel, feature } = spatial
  const elements = tilePlaces * channel.extent * feature.extent
  const sums = new Buffer("float32", choice.rounds * elements, "parts")
  kernels.add(roundsOf(spatial, size, choice, sums), [sums])
  return (stores) => together(spatial, choice.rounds, sums, total, stores)
}

function chooseBlock(
  spatial: Spatial,
  [down, across]: readonly number[],
  target: Target,
): Choice | undefined {
  const { contraction, image, channel, feature } = spatial
  const pairs = channel.extent * feature.extent
  const transforms =
    channel.extent * (inputCycles + readingCycles(spatial, target)) +
    feature.extent * cotangentCycles
  const direct = multiplyCycles(sizesOf(contraction), target).cycles
  let least = mostShare * direct
  let best: Choice | undefined
  for (const block of blocksOf(image.extent, down)) {
    const blocks = (image.extent * down) / (block.images * block.lines)
    const rounds = divisors(blocks).find((each) => each >= enoughRounds)
    if (rounds === undefined || rounds > 4 * enoughRounds) continue
    const tiles = block.images * block.lines * across
    const floats = tiles * (channel.extent + feature.extent) + pairs
    if (tilePlaces * floats > 2 * target.mostLeft) continue
    const product = cutNearProduct(
      productSizes(channel.extent, feature.extent, tiles, true),
      target,
    )
    const added = (blocks + rounds) * pairs * sumCycles
    const cycles = blocks * product.cycles + (blocks * tiles * transforms + added) / target.lanes
    if (cycles < least) {
      ;[least, best] = [cycles, { block, rounds, turns: blocks / rounds, product }]
    }
  }
  return best
}

/** The rounds: each stores its sums [16, channels, features] in a part of `sums`. */
function roundsOf(
  spatial: Spatial,
  size: readonly number[],
  { block, rounds, turns, product }: Choice,
  sums: Buffer,
): Step {
  const { channel, feature } = spatial
  const round = new Axis("round", rounds, "threads")
  const turn = new Axis("turn", turns, "steps")
  const number = addIndices(scaleIndex(axisIndex(round), turns), axisIndex(turn))
  const tiles = new Tiles(spatial, size, block, number)
  const stride = strideOfPlaces(tiles.count * channel.extent)
  const inputs = new Buffer("float32", tilePlaces * stride, "tiles")
  const place = new Axis("place", tilePlaces, "steps")
  const tile = new Axis("tile", tiles.count, "steps")
  const sumAt = numberOf([round, place, channel, feature])
  const sumsSoFar: Scalar = { kind: "load", dtype: "float32", buffer: sums, index: sumAt }
  const products: Scalar = { kind: "accumulator", dtype: "float32", number: 0 }
  const added: Scalar = {
    kind: "apply",
    primitive: "add",
    dtype: "float32",
    params: {},
    operands: [sumsSoFar, products],
  }
  const panels = cotangentPanels(spatial, tiles, product.tile.columns)
  const multiply: ContractionKernel = {
    kind: "contraction",
    batch: [place],
    rows: [channel],
    columns: [feature],
    depth: [tile],
    lhs: {
      kind: "load",
      dtype: "float32",
      buffer: inputs,
      index: addIndices(
        scaleIndex(axisIndex(place), stride),
        scaleIndex(axisIndex(tile), channel.extent),
        axisIndex(channel),
      ),
    },
    rhs: { kind: "panels", buffer: panels.buffer },
    stores: [{ buffer: sums, index: sumAt, value: added }],
    tile: product.tile,
    scratchBytes: product.scratchBytes,
  }
  const zero: Scalar = { kind: "constant", dtype: "float32", value: 0 }
  const clear = mapOf([place, channel, feature], [{ buffer: sums, index: sumAt, value: zero }])
  const steps = [tiles.transformed(inputs, stride), panels.kernel, multiply]
  return {
    kind: "repeat",
    counter: round,
    steps: [clear, { kind: "repeat", counter: turn, steps }],
  }
}

/** The transforms of the cotangents of all tiles, in panels of features. */
function cotangentPanels(
  { contraction, feature }: Spatial,
  tiles: Tiles,
  width: number,
): { readonly buffer: Buffer; readonly kernel: LoopKernel } {
  const panel = new Axis("panel", Math.ceil(feature.extent / width), "steps")
  const lane = new Axis("lane", width, "steps")
  const column = addIndices(scaleIndex(axisIndex(panel), width), axisIndex(lane))
  const elements = panel.extent * tiles.count * width
  const buffer = new Buffer("float32", tilePlaces * elements, "panels")
  const index = addIndices(
    scaleIndex(axisIndex(panel), tiles.count * width),
    scaleIndex(tiles.number, width),
    axisIndex(lane),
  )
  const cotangents = gridOf(tileOutputs, (i, j) =>
    within(feature, column, tiles.at(contraction.rhs, i, j, [[feature, column]])),
  )
  const stores = placesOf(winograd.cotangents(cotangents), buffer, elements, index)
  return { buffer, kernel: mapOf([panel, ...tiles.axes, lane], stores) }
}

/** Adds the sums of all rounds and transforms them: `total`, in the stores, is what a tap comes to. */
function together(
  { slides, channel, feature }: Spatial,
  rounds: number,
  sums: Buffer,
  total: Scalar,
  stores: readonly Store[],
): LoopKernel {
  const part = new Axis("part", rounds, "steps")
  const accumulatorAt = (at: Index): Accumulator => ({
    combine: "sum",
    dtype: "float32",
    value: { kind: "load", dtype: "float32", buffer: sums, index: at },
  })
  const pairs = channel.extent * feature.extent
  const accumulators = Array.from({ length: tilePlaces }, (_, p) =>
    accumulatorAt(
      addIndices(
        scaleIndex(axisIndex(part), tilePlaces * pairs),
        constantIndex(p * pairs),
        numberOf([channel, feature]),
      ),
    ),
  )
  const gradients = winograd.gradients(
    gridOf(tileInputs, (i, j) => ({
      kind: "accumulator",
      dtype: "float32",
      number: i * tileInputs + j,
    })),
  )
  const taps = gradients.flatMap((line, i) =>
    line.flatMap((value, j) => {
      const rewriter = rewriterOf(
        [
          [slides[0].tap, constantIndex(i)],
          [slides[1].tap, constantIndex(j)],
        ],
        new Map([[total, value]]),
      )
      return stores.map(rewriter.store)
    }),
  )
  return { kind: "loop", axes: [channel, feature], reduced: [part], accumulators, stores: taps }
}
