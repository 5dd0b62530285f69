import { expect, test } from "vitest"
import { type Array, evalShape, f32, graphOf, i32, np, random, u32 } from "../../src/array/index.ts"
import { parametersOf, preset, trainingFlopOf } from "../../src/cluster/index.ts"
import { colourAxes } from "../../src/fit/images/colours.ts"
import { imageChoices } from "../../src/fit/networks/image-classifiers.ts"
import type { ImageSettings } from "../../src/fit/networks/image-settings.ts"
import { varied, viewsOf } from "../../src/fit/networks/image-views.ts"
import { crossEntropies } from "../../src/fit/training/objective.ts"
import { descentStart, descentStep } from "../../src/fit/training/programs.ts"
import { rateAt } from "../../src/fit/training/recipe.ts"
import type { Graph } from "../../src/graph/index.ts"
import { priceGraph } from "../../src/price/index.ts"
import { evaluate } from "../../src/size/index.ts"

const colours = [
  [40, 40, 40],
  [10, 0, -10],
  [2, -4, 2],
]
const settings: ImageSettings = {
  architecture: "alexnet",
  side: 256,
  channels: 3,
  classes: 1000,
  widths: [],
  depth: 0,
  mean: 120,
  deviation: 1,
  mirror: true,
  shift: 16,
  colours,
}
const [{ network, recipe }] = imageChoices("alexnet", settings, 1_000_000)

/** The training step of a batch. */
function stepOf(batch: number): Graph {
  const start = evalShape((key: Array) => descentStart(network, recipe, key), u32(2))
  const given = { image: f32(batch, 256, 256, 3), target: i32(batch) }
  return graphOf(descentStep(network, crossEntropies(), recipe))(start, given, f32(), u32(2))
}

const workOf = (graph: Graph): number => evaluate(priceGraph(graph).work, {})

test("a training step of AlexNet costs what the planner counts for its images", () => {
  // What every image adds: the update of the weights is paid once.
  const perImage = (workOf(stepOf(128)) - workOf(stepOf(64))) / 64
  const seen = graphOf((x: Array, key: Array) => varied(x, settings, key))
  const cutting = workOf(seen(f32(64, 256, 256, 3), u32(2))) / 64
  const planned = trainingFlopOf(preset("alexnet"))
  // The planner counts products and their sums, the price rectifiers, norms and pooling as well.
  expect((perImage - cutting) / planned).toBeGreaterThan(1)
  expect((perImage - cutting) / planned).toBeLessThan(1.01)
})

test("it has the parameters of the planner's", () => {
  const own = network.arrays().reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  expect(own).toBe(parametersOf(preset("alexnet")).total)
})

test("its rate falls to a tenth three times, and its momentum does not look ahead", () => {
  const rates = [0.1, 0.3, 0.6, 0.9].map((done) => rateAt(recipe, done))
  expect(rates).toEqual([1e-2, 1e-3, 1e-4, 1e-5].map((rate) => expect.closeTo(rate, 9)))
  expect(recipe).toMatchObject({ batch: 128, momentum: 0.9, weightDecay: 5e-4, nesterov: false })
})

test("training sees a part of each image with its colours shifted, and use sees ten parts", async () => {
  const grey = np.full([2, 256, 256, 3], 100)
  const seen = varied(grey, settings, random.key(1))
  expect(seen.shape).toEqual([2, 224, 224, 3])
  const [first, second] = [await seen.slice(0).data(), await seen.slice(1).data()]
  const colourOf = (image: ArrayLike<number>): number[] => [image[0], image[1], image[2]]
  // One colour all over each image, and another one on the next.
  expect(new Set(globalThis.Array.from(first)).size).toBeLessThanOrEqual(3)
  expect(colourOf(first)).not.toEqual(colourOf(second))
  expect(viewsOf(grey, settings, false)).toHaveLength(1)
  const shapes = viewsOf(grey, settings, true).map(({ shape }) => shape)
  expect(shapes).toEqual(shapes.map(() => [2, 224, 224, 3]))
  expect(shapes).toHaveLength(10)
})

test("the axes of colours are those along which pixels differ", () => {
  // Grey of deviation 50 along (1, 1, 1)/√3, and red against blue of deviation 10.
  const values = Uint8Array.from({ length: 3 * 400 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3]
    const grey = pixel % 2 === 0 ? 50 : -50
    const tint = Math.floor(pixel / 2) % 2 === 0 ? 10 : -10
    return 128 + Math.round(grey / Math.sqrt(3) + ((1 - channel) * tint) / Math.sqrt(2))
  })
  const axes = colourAxes({ values })
  const lengths = axes.map((axis) => Math.hypot(...axis)).sort((a, b) => b - a)
  expect(lengths).toEqual([50, 10, 0].map((length) => expect.closeTo(length, 0)))
  const longest = axes.find((axis) => Math.hypot(...axis) > 40) ?? []
  expect(Math.abs(longest[0] - longest[2])).toBeLessThan(0.5)
})
