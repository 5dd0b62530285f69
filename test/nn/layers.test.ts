import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Array, evalShape, f32, grad, jit, np, random } from "../../src/array/index.ts"
import {
  activation,
  averagePool,
  batchNorm,
  convolution,
  dense,
  dropout,
  flatten,
  globalAveragePool,
  type Layer,
  type LayerKind,
  layerNorm,
  localResponseNorm,
  maxPool,
  Network,
  positions,
  residual,
  selfAttention,
  type Variables,
} from "../../src/nn/index.ts"

const small = fc.integer({ min: 1, max: 3 })
const pair = fc.tuple(small, small)
const padding = fc.constantFrom("SAME" as const, "VALID" as const, 1)
const images = fc.tuple(
  fc.integer({ min: 5, max: 8 }),
  fc.integer({ min: 5, max: 8 }),
  fc.constantFrom(2, 4),
)
const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })
const windows = fc
  .record({ window: pair, strides: pair, padding })
  .filter((each) => each.padding !== 1 || Math.min(...each.window) > 1)

/** Layers that take tokens, or need a layer that does. */
type TokenLayer = "embedding" | "unembedding"

const sequences = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(4, 8))

/** A random layer of each kind with an example's shape that it takes. */
const layers: {
  readonly [K in Exclude<LayerKind, TokenLayer>]: fc.Arbitrary<{
    layer: Layer
    input: readonly number[]
  }>
} = {
  dense: fc.record({
    layer: fc.tuple(small, fc.boolean()).map(([features, bias]) => dense(features, { bias })),
    input: shapes,
  }),
  convolution: fc.record({
    layer: fc
      .record({
        kernel: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
        strides: pair,
        dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
        groups: fc.constantFrom(1, 2),
        padding,
        bias: fc.boolean(),
      })
      .map(({ kernel, ...options }) => convolution(4, kernel, options)),
    input: images,
  }),
  maxPool: fc.record({
    layer: windows.map(({ window, ...options }) => maxPool(window, options)),
    input: images,
  }),
  averagePool: fc.record({
    layer: windows.map(({ window, ...options }) => averagePool(window, options)),
    input: images,
  }),
  globalAveragePool: fc.record({ layer: fc.constant(globalAveragePool()), input: images }),
  dropout: fc.record({ layer: fc.constantFrom(dropout(0), dropout(0.5)), input: shapes }),
  batchNorm: fc.record({ layer: fc.constant(batchNorm()), input: shapes }),
  layerNorm: fc.record({ layer: fc.constant(layerNorm()), input: shapes }),
  activation: fc.record({
    layer: fc
      .constantFrom(
        "relu" as const,
        "gelu" as const,
        "silu" as const,
        "sigmoid" as const,
        "tanh" as const,
        "elu" as const,
        "leakyRelu" as const,
        "softplus" as const,
        "softmax" as const,
      )
      .map(activation),
    input: shapes,
  }),
  flatten: fc.record({ layer: fc.constant(flatten()), input: shapes }),
  localResponseNorm: fc.record({
    layer: fc.integer({ min: 1, max: 5 }).map((size) => localResponseNorm({ size, alpha: 0.1 })),
    input: images,
  }),
  positions: fc.record({
    layer: fc
      .constantFrom("learned" as const, "sinusoidal" as const)
      .map((form) => positions(form)),
    input: sequences,
  }),
  selfAttention: fc.record({
    layer: fc
      .tuple(fc.constantFrom(1, 2, 4), fc.boolean(), fc.boolean())
      .map(([heads, causal, bias]) => selfAttention(heads, { causal, bias })),
    input: sequences,
  }),
  residual: fc.record({
    layer: fc.constantFrom(
      residual([dense(4), activation("tanh"), dense(4)], { shortcut: [dense(4)] }),
      residual([residual([layerNorm(), activation("gelu")]), dropout(0.25)]),
      residual([batchNorm()]),
    ),
    input: shapes,
  }),
}

const batch = 3

function run(network: Network, variables: Variables, x: Array, key: Array): Array {
  return network.apply(variables, x, { training: true, key }).output
}

describe.each(Object.entries(layers))("%s", (_kind, arbitrary) => {
  test("gives the shape that its rule claims", () => {
    fc.assert(
      fc.property(arbitrary, ({ layer, input }) => {
        const network = new Network(input, [layer])
        const { shape } = evalShape(
          (x: Array) => {
            const key = random.key(0)
            return run(network, network.initialize(key), x, key)
          },
          f32(batch, ...input),
        )
        expect(shape).toEqual([batch, ...network.output])
      }),
      { numRuns: 25 },
    )
  })

  test("has the gradient that differences have", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.nat(1000), async ({ layer, input }, seed) => {
        const network = new Network(input, [layer])
        const [key, forX, forLine, forWeights] = [0, 1, 2, 3].map((i) =>
          random.foldIn(random.key(seed), i),
        )
        const variables = network.initialize(key)
        // Values on a grid, shuffled: so far apart, and from 0, that no step crosses a kink.
        const shape = [batch, ...input]
        const size = shape.reduce((a, b) => a * b, 1)
        const x = random
          .permutation(forX, size)
          .astype("float32")
          .add(0.25)
          .mul(4 / size)
          .sub(2)
          .reshape(shape)
        const line = random.normal(forLine, shape)
        const weights = random.normal(forWeights, [batch, ...network.output])
        const objective = (parameters: Variables["parameters"], at: Array): Array =>
          run(network, { ...variables, parameters }, at, key)
            .mul(weights)
            .sum()
        const step = 0.2 / size
        const differences = jit((parameters: Variables["parameters"]) =>
          objective(parameters, x.add(line.mul(step)))
            .sub(objective(parameters, x.sub(line.mul(step))))
            .div(2 * step),
        )
        const slopes = jit((parameters: Variables["parameters"]) => {
          const each = grad(objective, { argnums: 1 })(parameters, x).mul(line)
          return [each.sum(), each.abs().sum()]
        })
        const [sum, sizes] = slopes(variables.parameters)
        const found = Number(await sum.item())
        const wanted = Number(await differences(variables.parameters).item())
        // Slopes of either sign cancel in the sum, their errors do not.
        const most = Number(await sizes.item())
        expect(Math.abs(found - wanted)).toBeLessThan(0.02 * (1 + most))
      }),
      { numRuns: 6 },
    )
  })
})

test("the gradient by a layer's own parameters is the one that differences have", async () => {
  const candidates: readonly [Layer, readonly number[]][] = [
    [dense(3), [4]],
    [convolution(2, 3), [5, 5, 2]],
    [batchNorm(), [4]],
    [layerNorm(), [4]],
  ]
  for (const [layer, input] of candidates) {
    const network = new Network(input, [layer])
    const key = random.key(7)
    const variables = network.initialize(key)
    const x = random.normal(key, [batch, ...input])
    const weights = random.normal(random.key(8), [batch, ...network.output])
    const objective = (parameters: Variables["parameters"]): Array =>
      run(network, { ...variables, parameters }, x, key)
        .mul(weights)
        .sum()
    const gradients = grad(objective)(variables.parameters)
    const [name] = Object.keys(variables.parameters)
    for (const [own, array] of Object.entries(variables.parameters[name])) {
      const line = random.normal(random.key(9), array.shape)
      const moved = (by: number): Array =>
        objective({ [name]: { ...variables.parameters[name], [own]: array.add(line.mul(by)) } })
      const wanted = Number(await moved(0.01).sub(moved(-0.01)).div(0.02).item())
      const found = Number(await np.sum(gradients[name][own].mul(line)).item())
      expect(Math.abs(found - wanted)).toBeLessThan(0.02 * (1 + Math.abs(wanted)))
    }
  }
})

test("batch normalisation has zero mean and unit variance, and remembers the moments", async () => {
  const network = new Network([2], [batchNorm({ momentum: 0.75 })])
  const variables = network.initialize(random.key(0))
  const x = np.array([
    [1, 10],
    [3, 10],
    [5, 40],
  ])
  const { output, state } = network.apply(variables, x, { training: true })
  expect(await output.mean(0).toArray()).toEqual([expect.closeTo(0, 5), expect.closeTo(0, 5)])
  expect(await output.var(0).toArray()).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4)])
  const [moments] = Object.values(state)
  // A quarter of the way from 0 to the means 3 and 20, and from 1 to the variances 8/3 and 200.
  expect(await moments.mean.toArray()).toEqual([0.75, 5])
  expect(await moments.variance.toArray()).toEqual([
    expect.closeTo(0.75 + 8 / 12, 5),
    expect.closeTo(50.75, 3),
  ])
})

test("batch normalisation uses the remembered moments when it does not train", async () => {
  const network = new Network([1], [batchNorm({ epsilon: 0 })])
  const variables: Variables = {
    ...network.initialize(random.key(0)),
    state: { "0_batchNorm": { mean: np.array([2]), variance: np.array([9]) } },
  }
  const { output, state } = network.apply(variables, np.array([[5], [2]]))
  expect(await output.toArray()).toEqual([[1], [0]])
  expect(state).toEqual(variables.state)
})

test("dropout keeps the expectation, drops its share, and does nothing outside training", async () => {
  const network = new Network([10_000], [dropout(0.25)])
  const variables = network.initialize(random.key(0))
  const x = np.ones([1, 10_000])
  const { output } = network.apply(variables, x, { training: true, key: random.key(3) })
  expect(Number(await output.mean().item())).toBeCloseTo(1, 1)
  const dropped = Number(await output.equal(0).astype("float32").mean().item())
  expect(Math.abs(dropped - 0.25)).toBeLessThan(0.02)
  const idle = network.apply(variables, x)
  expect(await idle.output.equal(1).all().item()).toBe(true)
})

test("dropout without a key says so", () => {
  const network = new Network([4], [dropout(0.5)])
  const variables = network.initialize(random.key(0))
  expect(() => network.apply(variables, np.ones([1, 4]), { training: true })).toThrow(
    "dropout needs a random key while training",
  )
})
