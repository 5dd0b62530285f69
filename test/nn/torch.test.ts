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
    const half = { ...weightsOf("alexnet"), "classifier.4.bias": np.zeros([4]) }
    expect(() => importTorch(alexnet, half)).toThrow(
      "fits layer 11_dense on [16]: left are classifier.4 [5, 16] with bias [4]",
    )
    const more = { ...weightsOf("alexnet"), "head.weight": random.normal(random.key(0), [3, 5]) }
    expect(() => importTorch(alexnet, more)).toThrow(
      /^importTorch: the network has no layer for head \[3, 5\]$/,
    )
  })

  const broken: readonly [string, Record<string, Array | undefined>, string][] = [
    [
      "a normalisation without its shift",
      { "bn1.bias": undefined },
      "bn1 [4] with running_mean [4] and",
    ],
    [
      "a normalisation without what it has seen",
      { "bn1.running_var": undefined },
      "bn1 [4] with bias [4] and running_mean [4],",
    ],
    [
      "a mean of one number for all",
      { "bn1.running_mean": np.zeros([1]) },
      "with bias [4] and running_mean [1]",
    ],
    ["a kernel of another size", { "conv1.weight": np.zeros([4, 3, 5, 5]) }, "on [40, 32, 3]"],
    [
      "weights split for weight normalisation",
      { "fc.weight_g": np.zeros([5, 1]) },
      "weight_g [5, 1]",
    ],
    ["a vector for a matrix", { "fc.weight": np.zeros([40]) }, "fc [40] with bias [5]"],
    [
      "no arrays",
      Object.fromEntries(Object.keys(weightsOf("resnet")).map((key) => [key, undefined])),
      "left are none",
    ],
  ]
  test.each(broken)("of %s are refused, telling what is there", (_what, changes, message) => {
    const changed = Object.entries({ ...weightsOf("resnet"), ...changes })
    const arrays = Object.fromEntries(
      changed.flatMap(([name, array]) => (array === undefined ? [] : [[name, array] as const])),
    )
    expect(() => importTorch(resnet, arrays)).toThrow(message)
  })

  test("of halves, whole numbers and views are taken as float32", async () => {
    const network = new Network([2], [dense(3)])
    const weight = np.array(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { dtype: "float16" },
    )
    const bias = np.array([0, 1, 2, 3], { dtype: "int32" }).slice([1, 4])
    const { parameters } = importTorch(network, { "fc.weight": weight, "fc.bias": bias })
    const [{ kernel, bias: own }] = Object.values(parameters)
    expect([kernel.dtype, own.dtype]).toEqual(["float32", "float32"])
    expect([...(await kernel.data())]).toEqual([1, 3, 5, 2, 4, 6])
    expect([...(await own.data())]).toEqual([1, 2, 3])
  })
})
