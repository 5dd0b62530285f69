import { describe, expect, test } from "vitest"
import { np, random } from "../../src/array/index.ts"
import {
  activation,
  convolution,
  dense,
  dropout,
  flatten,
  layerNorm,
  maxPool,
  Network,
  parameterCount,
} from "../../src/nn/index.ts"

/** LeNet-like, for images of 8×8 with one channel. */
const layers = [
  convolution(4, 3),
  activation("relu"),
  maxPool(2),
  flatten(),
  dense(10),
  layerNorm(),
] as const

describe("a network", () => {
  test("knows the shape after every layer", () => {
    const network = new Network([8, 8, 1], layers)
    expect(network.summary.map(({ name, output }) => [name, output])).toEqual([
      ["0_convolution", [8, 8, 4]],
      ["1_activation", [8, 8, 4]],
      ["2_maxPool", [4, 4, 4]],
      ["3_flatten", [64]],
      ["4_dense", [10]],
      ["5_layerNorm", [10]],
    ])
  })

  test("has as many parameters as its layers' formulas say", () => {
    const network = new Network([8, 8, 1], layers)
    const convolved = 3 * 3 * 1 * 4 + 4
    const connected = 64 * 10 + 10
    const normalized = 10 + 10
    const count = convolved + connected + normalized
    expect(parameterCount(network.initialize(random.key(0)))).toBe(count)
    const sizes = network.arrays().map(({ shape }) => shape.reduce((a, b) => a * b, 1))
    expect(sizes.reduce((a, b) => a + b)).toBe(count)
  })

  test("survives JSON", () => {
    const network = new Network([8, 8, 1], layers)
    const { input, layers: kept } = JSON.parse(JSON.stringify(network))
    expect(new Network(input, kept)).toEqual(network)
  })

  test("draws the same weights from the same key, and others from another", async () => {
    const network = new Network([3], [dense(5)])
    const draw = (seed: number) =>
      network.initialize(random.key(seed)).parameters["0_dense"].kernel.data()
    expect(await draw(1)).toEqual(await draw(1))
    expect(await draw(1)).not.toEqual(await draw(2))
  })

  test("starts with a variance that rectifiers keep (He et al. 2015)", async () => {
    const network = new Network([200], [dense(300)])
    const { kernel } = network.initialize(random.key(0)).parameters["0_dense"]
    expect(Number(await kernel.var().item())).toBeCloseTo(2 / 200, 3)
  })

  test("of nothing gives back its input", async () => {
    const network = new Network([2], [])
    const { output } = network.apply(network.initialize(random.key(0)), np.array([[1, 2]]))
    expect(await output.toArray()).toEqual([[1, 2]])
  })

  test("that does not fit together names the layer that cannot take what it gets", () => {
    expect(() => new Network([8, 8, 1], [flatten(), convolution(4, 3)])).toThrow(
      "layer 1_convolution: it takes examples of shape [height, width, channels], not [64]",
    )
    expect(() => new Network([2, 2, 1], [maxPool(3)])).toThrow(
      "layer 0_maxPool: a window of 3 does not fit an extent of 2",
    )
    expect(() => new Network([4, 4, 3], [convolution(4, 3, { groups: 2 })])).toThrow(
      "layer 0_convolution: 2 groups must divide 3 channels and 4 features",
    )
  })
})

describe("a layer's settings", () => {
  test("are checked where they are given", () => {
    expect(() => dense(0)).toThrow("dense: features is 0, which must be a whole number of at least")
    expect(() => convolution(4, 2.5)).toThrow("convolution: kernel is 2.5")
    expect(() => maxPool([2, -1])).toThrow("maxPool: window is -1")
    expect(() => dropout(1)).toThrow("dropout: rate is 1, which must be from 0 to below 1")
  })
})
