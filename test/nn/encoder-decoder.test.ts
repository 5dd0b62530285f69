import { expect, test } from "vitest"
import { type Array, grad, jit, np, random } from "../../src/array/index.ts"
import {
  adam,
  EncoderDecoder,
  losses,
  presets,
  schedules,
  translate,
  type Variables,
} from "../../src/nn/index.ts"

const tokens = (rows: number[][]): Array => np.array(rows, { dtype: "int32" })

test.each([
  ["base", 63_082_496, 65e6],
  ["big", 214_245_376, 213e6],
] as const)(
  "the Transformer %s has about as many parameters as were published",
  (name, count, published) => {
    const network = presets.transformer(name)
    const own = network
      .arrays()
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    expect(own).toBe(count)
    expect(Math.abs(own / published - 1)).toBeLessThan(0.03)
  },
)

test("its layers have the parameters of PyTorch's Transformer, which has a norm more on each side", () => {
  const embedding = 37_000 * 512
  expect(63_082_496 - embedding).toBe(44_140_544 - 2 * 2 * 512)
})

const small = { vocabulary: 11, context: 6, layers: 2, heads: 2, width: 8, hidden: 16, dropout: 0 }

test("decoded token by token it gives what it gives for the whole target", async () => {
  const network = new EncoderDecoder(small)
  const variables = network.initialize(random.key(1))
  const source = tokens([
    [4, 5, 6, 7, 8, 9],
    [3, 9, 0, 0, 0, 0],
  ])
  const target = tokens([
    [1, 5, 2, 7],
    [1, 3, 3, 10],
  ])
  const whole = network.apply(variables, source, target)
  let cache = network.begin(variables, source)
  for (const [from, to] of [
    [0, 2],
    [2, 3],
    [3, 4],
  ]) {
    const at = np.array(from, { dtype: "int32" })
    const part = network.decode(variables, cache, target.slice([], [from, to]), at)
    const difference = np.abs(part.output.sub(whole.slice([], [from, to]))).max()
    expect(Number(await difference.item())).toBeLessThan(1e-5)
    cache = part.cache
  }
})

test("padding of a source and later tokens of a target change nothing", async () => {
  const network = new EncoderDecoder(small)
  const variables = network.initialize(random.key(2))
  const of = (source: number[], target: number[]) =>
    network.apply(variables, tokens([source]), tokens([target]))
  const first = of([4, 5, 0], [1, 6, 7]).slice([], [0, 2])
  for (const other of [of([4, 5, 0, 0, 0], [1, 6, 7]), of([4, 5], [1, 6, 9, 3])]) {
    const difference = np.abs(other.slice([], [0, 2]).sub(first)).max()
    expect(Number(await difference.item())).toBeLessThan(1e-6)
  }
  expect(
    Number(
      await np
        .abs(of([4, 6], [1, 6]).sub(first))
        .max()
        .item(),
    ),
  ).toBeGreaterThan(1e-3)
})

test("it learns to write sequences backwards, and writes them with and without its cache", async () => {
  const [begin, end, first, symbols, length] = [1, 2, 3, 6, 5]
  const network = new EncoderDecoder({
    ...{ vocabulary: first + symbols, context: length + 1, layers: 1, heads: 4, width: 32 },
    ...{ hidden: 64, dropout: 0 },
  })
  const optimizer = adam(schedules.inverseRoot(32, 60), { beta2: 0.98, epsilon: 1e-9 })
  const step = jit(
    (parameters: Variables["parameters"], state: ReturnType<typeof begun>, key: Array) => {
      const source = random.randint(key, [64, length], first, first + symbols)
      const backwards = np.flip(source, 1)
      const column = (token: number): Array => np.full([64, 1], token, { dtype: "int32" })
      const target = np.concatenate([column(begin), backwards], 1)
      const next = np.concatenate([backwards, column(end)], 1)
      const loss = (own: Variables["parameters"]): Array =>
        losses.crossEntropy(network.apply({ parameters: own, state: {} }, source, target), next)
      return optimizer.update(grad(loss)(parameters), state, parameters)
    },
  )
  const begun = (own: Variables["parameters"]) => optimizer.initialize(own)
  let { parameters } = network.initialize(random.key(3))
  let state = begun(parameters)
  for (let i = 0; i < 400; i++) {
    ;({ parameters, state } = step(parameters, state, random.foldIn(random.key(4), i)))
  }
  const variables = { parameters, state: {} }
  for (const source of [
    [3, 4, 5, 6, 7],
    [8, 8, 3, 7, 4],
    [5, 3, 3, 3, 6],
  ]) {
    expect(await translate(network, variables, source, { begin, end })).toEqual(source.toReversed())
    const again = await translate(network, variables, source, { begin, end, cache: false })
    expect(again).toEqual(source.toReversed())
  }
})

test.each([
  [{ heads: 3 }, "3 heads must divide a width of 8"],
  [{ layers: 0 }, "layers"],
  [{ dropout: 1 }, "dropout is 1"],
])("%j is refused", (wrong, message) => {
  expect(() => new EncoderDecoder({ ...small, ...wrong })).toThrow(message)
})
