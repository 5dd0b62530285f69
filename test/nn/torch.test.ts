import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type Array, np, random } from "../../src/array/index.ts"
import {
  activation,
  batchNorm,
  convolution,
  dense,
  dropout,
  flatten,
  globalAveragePool,
  importTorch,
  localResponseNorm,
  maxPool,
  Network,
  parameterCount,
  presets,
  residual,
} from "../../src/nn/index.ts"

const stored = await np.fromNpz(
  new Uint8Array(readFileSync(new URL("fixtures/torch.npz", import.meta.url))),
)

function weightsOf(name: string): Record<string, Array> {
  const start = `${name}/weights/`
  const found = Object.entries(stored).filter(([path]) => path.startsWith(start))
  return Object.fromEntries(found.map(([path, array]) => [path.slice(start.length), array]))
}

const relu = activation("relu")

const alexnet = new Network(
  [31, 23, 3],
  [
    convolution(8, 5, { strides: 2, padding: 2 }),
    relu,
    localResponseNorm(),
    maxPool(3, { strides: 2 }),
    convolution(12, 3, { padding: 1, groups: 2 }),
    relu,
    maxPool(3, { strides: 2 }),
    flatten(),
    dropout(0.5),
    dense(16),
    relu,
    dense(5),
  ],
)

function normed(features: number, kernel: number, strides: number) {
  const padding = (kernel - 1) / 2
  return [convolution(features, kernel, { strides, padding, bias: false }), batchNorm()]
}

function block(features: number, strides: number) {
  const shortcut = strides > 1 ? normed(features, 1, strides) : []
  const layers = [...normed(features, 3, strides), relu, ...normed(features, 3, 1)]
  return [residual(layers, { shortcut }), relu]
}

const resnet = new Network(
  [40, 32, 3],
  [
    ...normed(4, 7, 2),
    relu,
    maxPool(3, { strides: 2, padding: 1 }),
    ...[block(4, 1), block(4, 1), block(8, 2), block(8, 1)].flat(),
    globalAveragePool(),
    dense(5),
  ],
)

describe("weights of PyTorch", () => {
  test.each([
    ["alexnet", alexnet],
    ["resnet", resnet],
  ])("say of images what they say there: %s", async (name, network) => {
    const variables = importTorch(network, weightsOf(name))
    const { output } = network.apply(variables, stored[`${name}/x`])
    const [found, wanted] = await Promise.all([output.data(), stored[`${name}/y`].data()])
    expect(found.length).toBe(wanted.length)
    for (const [i, y] of wanted.entries()) expect(found[i]).toBeCloseTo(y, 4)
  })

  test("fill the presets, whatever their modules are called", () => {
    const shapes: readonly (readonly [string, readonly number[]])[] = [
      ["classifier.1", [4096, 9216]],
      ["classifier.4", [4096, 4096]],
      ["classifier.6", [10, 4096]],
      ["features.0", [96, 3, 11, 11]],
      ["features.3", [256, 48, 5, 5]],
      ["features.6", [384, 256, 3, 3]],
      ["features.8", [384, 192, 3, 3]],
      ["features.10", [256, 192, 3, 3]],
    ]
    const arrays = shapes.flatMap(([name, shape]) => [
      [`${name}.weight`, np.zeros(shape)],
      [`${name}.bias`, np.zeros([shape[0]])],
    ])
    const network = presets.alexnet(10)
    const imported = importTorch(network, Object.fromEntries(arrays))
    expect(parameterCount(imported)).toBe(
      network.arrays().reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    )
  })

  test("that are too few or too many are refused with their names", () => {
    const { "classifier.4.bias": _, ...few } = weightsOf("alexnet")
    expect(() => importTorch(alexnet, few)).toThrow(
      /^importTorch: no module that is left fits layer 11_dense on \[16\]: left are classifier\.4 \[5, 16\]$/,
    )
    const more = { ...weightsOf("alexnet"), "head.weight": random.normal(random.key(0), [3, 5]) }
    expect(() => importTorch(alexnet, more)).toThrow(
      /^importTorch: the network has no layer for head \[3, 5\]$/,
    )
  })
})
