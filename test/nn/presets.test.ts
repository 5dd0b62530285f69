import { expect, test } from "vitest"
import { type Array, evalShape, i32, np, random } from "../../src/array/index.ts"
import { dense, embedding, Network, presets, residual, unembedding } from "../../src/nn/index.ts"

/** Parameters of a network, counted without drawing them. */
function parametersOf(network: Network): number {
  return network
    .arrays()
    .filter(({ name }) => name.startsWith("parameters/"))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
}

test.each([
  ["AlexNet", presets.alexnet(), 60_965_224],
  ["ResNet-18", presets.resnet18(), 11_689_512],
  ["ResNet-34", presets.resnet34(), 21_797_672],
  ["GPT-2 small", presets.gpt2("small"), 124_439_808],
  ["GPT-2 medium", presets.gpt2("medium"), 354_823_168],
  ["GPT-2 large", presets.gpt2("large"), 774_030_080],
  ["GPT-2 xl", presets.gpt2("xl"), 1_557_611_200],
])("%s has as many parameters as were published", (_name, network, count) => {
  expect(parametersOf(network)).toBe(count)
})

test("AlexNet's layers have the places and channels of the paper", () => {
  const gives = presets
    .alexnet()
    .summary.filter(({ layer }) => ["convolution", "maxPool", "dense"].includes(layer.kind))
    .map(({ output }) => output.join("×"))
  expect(gives).toEqual([
    "55×55×96",
    "27×27×96",
    "27×27×256",
    "13×13×256",
    "13×13×384",
    "13×13×384",
    "13×13×256",
    "6×6×256",
    "4096",
    "4096",
    "1000",
  ])
})

test("a decoder's logits for a token depend on no later token", async () => {
  const network = presets.gpt({ vocabulary: 11, context: 6, layers: 2, heads: 2, width: 8 })
  const variables = network.initialize(random.key(1))
  const early = np.array([[1, 2, 3, 4, 5, 6]], { dtype: "int32" })
  const late = np.array([[1, 2, 3, 9, 9, 9]], { dtype: "int32" })
  const [a, b] = [early, late].map((x: Array) => network.apply(variables, x).output)
  expect(a.shape).toEqual([1, 6, 11])
  const first = await a.slice(0, [0, 3]).toArray()
  expect(first).toEqual(await b.slice(0, [0, 3]).toArray())
  expect(await a.slice(0, 3).toArray()).not.toEqual(await b.slice(0, 3).toArray())
})

test("an encoder gives one row of logits for each example", () => {
  const network = presets.encoder({ vocabulary: 11, context: 6, layers: 1, heads: 2, width: 8 }, 3)
  const { shape } = evalShape(
    (x: Array) => network.apply(network.initialize(random.key(0)), x).output,
    i32(5, 6),
  )
  expect(shape).toEqual([5, 3])
})

test("an unembedding shares the embedding's table, and says so where there is none", async () => {
  const network = new Network([2], [embedding(3, 4), unembedding(3)])
  const variables = network.initialize(random.key(0))
  const { output } = network.apply(variables, np.array([[0, 2]], { dtype: "int32" }))
  const { table } = variables.parameters["0_embedding"]
  expect(await output.slice(0).toArray()).toEqual(
    await np.matmul(table.slice(np.array([0, 2], { dtype: "int32" })), table.T).toArray(),
  )
  const alone = new Network([4], [unembedding(3)])
  expect(() => alone.apply(alone.initialize(random.key(0)), np.ones([1, 4]))).toThrow(
    "the network has no embedding of 3 tokens to share",
  )
})

test("a residual layer whose branches differ in shape is refused with both shapes", () => {
  expect(() => new Network([4], [residual([dense(3)])])).toThrow(
    "layer 0_residual: its layers give [3], its shortcut [4]",
  )
})
