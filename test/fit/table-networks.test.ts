import { expect, test } from "vitest"
import { evalShape, f32, i32, jit, np, random } from "../../src/array/index.ts"
import { type BatchNetwork, parameterCountOf } from "../../src/fit/networks/batch-network.ts"
import { ftTransformer } from "../../src/fit/networks/ft-transformer.ts"
import { perceptron } from "../../src/fit/networks/perceptron.ts"

const inputs = {
  edges: [
    [0, 1, 2, 4],
    [-1, 1],
  ],
  cardinalities: [5, 40],
}

/** Width of the embedded columns: two numbers of 8, five places, a row of 16. */
const embedded = 2 * 8 + 5 + 16
/** Slopes, biases and bins (three at most) of two numbers, and the table of 40 rows. */
const embedding = 2 * 8 + 2 * 8 + 2 * 3 * 8 + 40 * 16

test("TabM-mini has its embeddings, a scale for each member, shared blocks and a head for each", () => {
  const network = perceptron({
    architecture: "tabm-mini",
    ...inputs,
    outputs: 3,
    members: 32,
    blocks: 2,
    width: 64,
    embedding: 8,
    dropout: 0.1,
  })
  const blocks = embedded * 64 + 64 + 64 * 64 + 64
  const heads = 32 * (64 * 3 + 3)
  expect(parameterCountOf(network)).toBe(embedding + 32 * embedded + blocks + heads)
  expect(outputOf(network)).toEqual([7, 32, 3])
})

test("an MLP is TabM without members", () => {
  const shape = { ...inputs, outputs: 3, blocks: 2, width: 64, embedding: 8, dropout: 0 }
  const network = perceptron({ architecture: "mlp", ...shape })
  const blocks = embedded * 64 + 64 + 64 * 64 + 64
  expect(parameterCountOf(network)).toBe(embedding + blocks + 64 * 3 + 3)
  expect(outputOf(network)).toEqual([7, 1, 3])
})

test("FT-Transformer in the paper's default size has the parameters of its layers", () => {
  const width = 192
  const hidden = 256
  const network = ftTransformer({
    architecture: "ft-transformer",
    ...inputs,
    outputs: 1,
    blocks: 3,
    width,
    heads: 8,
    hidden,
    attentionDropout: 0.2,
    dropout: 0.1,
  })
  // A summary, a weight for each number, a bias for each column, a row for each category.
  const tokens = width * (1 + 2 + 4 + 45)
  const attention = 4 * (width * width + width)
  const feedForward = width * 2 * hidden + 2 * hidden + hidden * width + width
  // Two normalisations in each block but the first one, which has one; one before the head.
  const normalisations = 2 * width * (1 + 2 + 2 + 1)
  const head = width + 1
  expect(parameterCountOf(network)).toBe(
    tokens + 3 * (attention + feedForward) + normalisations + head,
  )
  expect(outputOf(network)).toEqual([7, 1, 1])
})

test("at first every piecewise-linear embedding is linear, and outside its bins it goes on", async () => {
  const network = perceptron({
    architecture: "mlp",
    edges: [[0, 1, 2]],
    cardinalities: [],
    outputs: 1,
    blocks: 0,
    width: 4,
    embedding: 4,
    dropout: 0,
  })
  const variables = network.initialize(random.key(0))
  const values = np.array([-10, 0, 1, 2, 10]).reshape([5, 1])
  const run = jit((numbers: typeof values) => {
    const context = { training: false, key: undefined }
    return network.apply(variables, { numbers }, context).output
  })
  const [a, b, c, d, e] = await run(values).data()
  expect(c - b).toBeCloseTo(d - c, 4)
  expect(b - a).toBeCloseTo(10 * (c - b), 3)
  expect(e - d).toBeCloseTo(8 * (c - b), 3)
})

/** Shape of the output for seven rows. */
function outputOf(network: BatchNetwork): readonly number[] {
  const variables = network.initialize(random.key(0))
  const { shape } = evalShape(
    (numbers: ReturnType<typeof np.zeros>, categories: ReturnType<typeof np.zeros>) =>
      network.apply(variables, { numbers, categories }, { training: false, key: undefined }).output,
    f32(7, 2),
    i32(7, 2),
  )
  return shape.map(Number)
}
