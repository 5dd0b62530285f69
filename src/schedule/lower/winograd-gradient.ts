/**
 * Gradients of 3×3 kernels by Winograd's way. Rounds each have some lines of tiles and a part of the
 * channels and features, and go over them a few lines at a time; their sums are added at the end. How
 * many there are depends on sizes alone, so that any number of threads gives the same bits.
 */

import { Axis } from "../axis.ts"
import { sizesOf } from "../contraction.ts"
import { Buffer, type Index, type Scalar } from "../expression.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  quotientIndex,
  remainderIndex,
  scaleIndex,
} from "../index-function.ts"
import type { Accumulator, ContractionKernel, LoopKernel, Store } from "../kernel.ts"
import type { Step } from "../step.ts"
import { type Target, tableOf } from "../target.ts"
import { cutNearProduct, multiplyCycles, type NearProduct } from "../tile.ts"
import { gridOf, tileInputs, tileOutputs, tilePlaces, winograd } from "../winograd.ts"
import { enoughRounds } from "./control.ts"
import type { Draft, KernelList } from "./kernel-list.ts"
import {
  inputCycles,
  linesOfBlocks,
  mapOf,
  numberOf,
  placesOf,
  productSizes,
  readingCycles,
  rewriterOf,
  type Spatial,
  strideOfPlaces,
  Tiles,
  tilesOf,
  within,
} from "./tile-blocks.ts"

/** Cycles to transform a vector of cotangents, and to add one of sums. */
const [cotangentCycles, sumCycles] = [48, 48]

/** Channels, or features, that are enough for a part of them. */
const leastPart = 32

interface Choice {
  /** Lines of tiles that a thread takes at a time. */
  readonly lines: number
  /** Parts of the channels and of the features that rounds take. */
  readonly channels: number
  readonly features: number
  /** Groups of blocks whose sums stay apart until the end, and blocks of each. */
  readonly groups: number
  readonly turns: number
  readonly product: NearProduct
}

export function lowerKernelGradient(
  kernels: KernelList,
  spatial: Spatial,
  target: Target,
  total: Scalar,
): Draft["finish"] | undefined {
  const choice = chooseBlock(spatial, target)
  if (choice === undefined) return undefined
  const { channel, feature } = spatial
  const elements = tilePlaces * channel.extent * feature.extent
  const sums = new Buffer("float32", choice.groups * elements, "parts")
  kernels.add(roundsOf(spatial, choice, sums), [sums])
  return (stores) => together(spatial, choice.groups, sums, total, stores)
}

function chooseBlock(spatial: Spatial, target: Target): Choice | undefined {
  const { contraction, image, channel, feature } = spatial
  const [down, across] = tilesOf(spatial)
  const total = image.extent * down
  const reading = inputCycles + readingCycles(spatial, target)
  let least = multiplyCycles(sizesOf(contraction), target)
  let best: Choice | undefined
  for (const channels of partsOf(channel)) {
    for (const features of partsOf(feature)) {
      const [height, width] = [channel.extent / channels, feature.extent / features]
      const parts = channels * features
      const room = (2 * tableOf(target).mostLeft) / tilePlaces - height * width
      for (const lines of linesOfBlocks(total, room / ((height + width) * across))) {
        const tiles = lines * across
        const blocks = Math.ceil(total / lines)
        const groups = Math.ceil(enoughRounds / parts)
        if (blocks < groups) break
        const turns = Math.ceil(blocks / groups)
        const product = cutNearProduct(productSizes(height, width, tiles, true), target)
        const vectors = tiles * (height * reading + width * cotangentCycles)
        const added = height * width * sumCycles
        const each = product.cycles + (vectors + added) / target.lanes
        const cycles = parts * groups * (turns * each + added / target.lanes)
        if (cycles < least) {
          ;[least, best] = [cycles, { lines, channels, features, groups, turns, product }]
        }
      }
    }
  }
  return best
}

/** Equal parts of an axis, none of them small. */
function partsOf({ extent }: Axis): readonly number[] {
  return [1, 2, 4, 8, 16].filter(
    (parts) => parts === 1 || (extent % parts === 0 && extent / parts >= leastPart),
  )
}

/** The rounds: each stores its sums, of the whole's [groups, 16, channels, features], in `sums`. */
function roundsOf(
  whole: Spatial,
  { lines, channels, features, groups, turns, product }: Choice,
  sums: Buffer,
): Step {
  const round = new Axis("round", groups * channels * features, "threads")
  const turn = new Axis("turn", turns, "steps")
  const part = axisIndex(round)
  const [channelPart, rest] = [remainderIndex(part, channels), quotientIndex(part, channels)]
  const [featurePart, group] = [remainderIndex(rest, features), quotientIndex(rest, features)]
  const channel = new Axis("channel", whole.channel.extent / channels, "steps")
  const feature = new Axis("feature", whole.feature.extent / features, "steps")
  const [fromChannel, fromFeature] = [
    addIndices(scaleIndex(channelPart, channel.extent), axisIndex(channel)),
    addIndices(scaleIndex(featurePart, feature.extent), axisIndex(feature)),
  ]
  const spatial = partOf(whole, channel, fromChannel, feature, fromFeature)
  const tiles = new Tiles(spatial, lines, addIndices(scaleIndex(group, turns), axisIndex(turn)))
  const stride = strideOfPlaces(tiles.count * channel.extent)
  const inputs = new Buffer("float32", tilePlaces * stride, "tiles")
  const place = new Axis("place", tilePlaces, "steps")
  const tile = new Axis("tile", tiles.count, "steps")
  const sumAt = flattenIndex(
    [group, axisIndex(place), fromChannel, fromFeature],
    [groups, tilePlaces, whole.channel.extent, whole.feature.extent],
  )
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

/** The convolution of a part of the channels and of the features. */
function partOf(
  { contraction, ...spatial }: Spatial,
  channel: Axis,
  fromChannel: Index,
  feature: Axis,
  fromFeature: Index,
): Spatial {
  const { scalar } = rewriterOf([
    [spatial.channel, fromChannel],
    [spatial.feature, fromFeature],
  ])
  const { lhs, rhs } = contraction
  return {
    ...spatial,
    channel,
    feature,
    contraction: { ...contraction, lhs: scalar(lhs), rhs: scalar(rhs) },
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
    within([[feature, column]], tiles.at(contraction.rhs, i, j, [[feature, column]])),
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
