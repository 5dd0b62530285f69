import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type Array,
  checkpoint,
  checkpointName,
  checkpointPolicies,
  customJvp,
  f32,
  grad,
  graphOf,
  hessian,
  jacfwd,
  jit,
  lax,
  linearize,
  np,
  remat,
  vjp,
  vmap,
} from "../../src/array/index.ts"
import type { Graph, Primitive } from "../../src/graph/index.ts"
import { priceGraph } from "../../src/price/index.ts"
import { schedule } from "../../src/schedule/index.ts"

type OneArray = (x: Array) => Array

const count = ({ equations }: Graph, primitive: Primitive): number =>
  equations.filter((equation) => equation.primitive === primitive).length

const layers = 16

/** A chain of layers that each make two values of which derivatives need both. */
const chain =
  (wrap: (f: OneArray) => OneArray): OneArray =>
  (x) => {
    const layer = wrap((y) => np.tanh(np.sin(np.cumsum(y, 0))))
    let y = x
    for (let i = 0; i < layers; i++) y = layer(y)
    return np.sum(y)
  }

describe("a checkpointed chain", () => {
  const slope = (wrap: (f: OneArray) => OneArray) => graphOf(grad(chain(wrap)))(f32(1000, 4))
  const [plain, again] = [slope((f) => f), slope((f) => checkpoint(f))]

  test("computes its layers again, which simplification does not undo", () => {
    expect(count(plain, "tanh")).toBe(layers)
    // Of the last layer nothing is asked before the derivative: it is computed once.
    expect(count(again, "tanh")).toBe(2 * layers - 1)
    expect(count(again, "cumulativeSum")).toBe(count(plain, "cumulativeSum") + layers - 1)
  })

  test("takes less memory, in its price and in its program, and at most about the work again", () => {
    const [a, b] = [priceGraph(plain), priceGraph(again)]
    expect(Number(b.ram.memory)).toBeLessThan(Number(a.ram.memory) * 0.75)
    expect(Number(b.gpu.memory)).toBeLessThan(Number(a.gpu.memory) * 0.75)
    expect(Number(b.work)).toBeLessThan(Number(a.work) * 1.6)
    expect(schedule(again).arenaBytes).toBeLessThan(schedule(plain).arenaBytes * 0.75)
  })

  test("has the same gradient", async () => {
    const x = np.reshape(np.linspace(-1, 1, 24), [6, 4])
    const [a, b] = [grad(chain((f) => f))(x), grad(chain((f) => checkpoint(f)))(x)]
    expect([...(await b.data())]).toEqual([...(await a.data())])
  })
})

describe("policies choose what is kept", () => {
  const layer: OneArray = (x) => np.sin(checkpointName(np.tanh(np.sin(np.matmul(x, x))), "angle"))
  const counts = (policy?: Parameters<typeof checkpoint>[1]) => {
    const graph = graphOf(grad((x: Array) => np.sum(checkpoint(layer, policy)(x).mul(2))))(
      f32(3, 3),
    )
    return [count(graph, "dot"), count(graph, "tanh")]
  }
  const {
    everythingSaveable,
    nothingSaveable,
    dotsSaveable,
    dotsWithNoBatchDimsSaveable,
    saveOnlyTheseNames,
    saveAnyNamesButThese,
    saveAnythingExceptTheseNames,
    saveFromBothPolicies,
  } = checkpointPolicies

  // The result itself is not asked for: what is not computed again is computed once.
  test.each([
    ["nothing, unless said otherwise", undefined, [3, 1]],
    ["nothing", { policy: nothingSaveable }, [3, 1]],
    ["everything", { policy: everythingSaveable }, [3, 1]],
  ])("%s", (_name, options, wanted) => {
    expect(counts(options)).toEqual(wanted)
  })

  const kept = (policy: typeof nothingSaveable) => {
    const step = checkpoint(layer, { policy })
    const graph = graphOf(grad((x: Array) => np.sum(step(step(x)))))(f32(3, 3))
    return [count(graph, "dot"), count(graph, "tanh")]
  }
  test.each([
    ["nothing", nothingSaveable, [7, 3]],
    ["everything", everythingSaveable, [6, 2]],
    ["dots", dotsSaveable, [6, 3]],
    ["dots without batch axes", dotsWithNoBatchDimsSaveable, [6, 3]],
    // What is saved is computed where the layer is, and what leads to it again where it is needed.
    ["a name", saveOnlyTheseNames("angle"), [8, 4]],
    ["another name", saveOnlyTheseNames("other"), [7, 3]],
    ["names but one", saveAnyNamesButThese("angle"), [7, 3]],
    ["all but a name", saveAnythingExceptTheseNames("angle"), [6, 2]],
    ["dots and a name", saveFromBothPolicies(dotsSaveable, saveOnlyTheseNames("angle")), [6, 4]],
  ])("%s, twice", (_name, policy, wanted) => {
    expect(kept(policy)).toEqual(wanted)
  })

  test("a name needs a text", () => {
    expect(() => checkpointName(np.ones([2]), "")).toThrow("must be a text that is not empty")
  })
})

test("in a loop over layers, the steps back compute their step again and keep carries alone", () => {
  const step = remat((c: Array, w: Array) => np.tanh(np.sin(np.matmul(c, w))))
  const body = (c: Array, w: Array): [Array, null] => [step(c, w), null]
  const graph = graphOf(grad((x: Array, ws: Array) => np.sum(lax.scan(body, x, ws)[0])))(
    f32(8, 8),
    f32(5, 8, 8),
  )
  const [forward, backward] = graph.equations.filter(({ primitive }) => primitive === "loop")
  // The last carry and the carry of each step; nothing else is stacked.
  expect(forward.results.length).toBeLessThanOrEqual(2)
  expect(backward).toBeDefined()
})

test("takes trees, static numbers, and functions from outside", async () => {
  const scale = np.array(2)
  const f = checkpoint(
    ({ a, b }: { a: Array; b: Array }, n: number) => ({ c: a.mul(b).mul(scale).mul(n) }),
    { static: [1] },
  )
  const g = grad((p: { a: Array; b: Array }) => np.sum(f(p, 3).c))({ a: np.ones([2]), b: 5 })
  expect([...(await g.a.data())]).toEqual([30, 30])
  expect(await g.b.item()).toBe(12)
})

/** The square, whose rule is right. */
const squared = customJvp((x: Array) => x.mul(x))
squared.defjvp(([x], [dx]) => [squared(x), dx.mul(x).mul(2)])

/** Ways to wrap a function that leave its value what it is. */
const wraps: Readonly<Record<string, (f: OneArray) => OneArray>> = {
  jit: (f) => jit(f),
  checkpoint: (f) => checkpoint(f),
  dots: (f) => checkpoint(f, { policy: checkpointPolicies.dotsSaveable }),
  vmap: (f) => (x) => vmap(f)(x.reshape([1, ...x.shape])).reshape(x.shape),
  scan: (f) => (x) =>
    lax.scan((c: Array, _: Array): [Array, null] => [f(c), null], x, np.zeros([1]))[0],
  cond: (f) => (x) => lax.cond(np.less(np.sum(x), 1e9), f, (y: Array) => y, x),
  custom: (f) => (x) => f(x).add(squared(x)).sub(x.mul(x)),
  linearize: (f) => (x) => {
    // f(x) as what its linear map and its value give together.
    const [y, linear] = linearize(f, [x])
    return y.add(linear(x)).sub(linear(x))
  },
  vjp: (f) => (x) => {
    const [y, pull] = vjp(f, [x])
    return y.add(pull(y)[0]).sub(pull(y)[0])
  },
}

/** Derivatives that a chain of wraps must not change. */
const derivatives: Readonly<Record<string, (f: OneArray) => OneArray>> = {
  grad: (f) => grad((x: Array) => np.sum(f(x))),
  hessian: (f) => hessian((x: Array) => np.sum(f(x))),
  jacfwd: (f) => jacfwd(f),
  "grad of grad": (f) => grad((x: Array) => np.sum(np.sin(grad((y: Array) => np.sum(f(y)))(x)))),
  "checkpoint of grad": (f) => checkpoint(grad((x: Array) => np.sum(f(x)))),
}

test("whatever is nested in whatever, values and derivatives stay", async () => {
  const core: OneArray = (x) => np.tanh(np.sin(x).mul(x)).add(np.cumsum(x).mul(0.25))
  const x = np.array([0.3, -0.7, 1.1])
  const wanted = new Map<string, readonly number[]>()
  for (const [name, derivative] of Object.entries(derivatives)) {
    wanted.set(name, [...(await derivative(core)(x).data())])
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(wraps)), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...Object.keys(derivatives)),
      async (names, derivative) => {
        const f = names.reduce((inner, name) => wraps[name](inner), core)
        const got = [...(await derivatives[derivative](f)(x).data())]
        for (const [i, value] of (wanted.get(derivative) ?? []).entries()) {
          expect(Math.abs(got[i] - value)).toBeLessThanOrEqual(5e-4 * (1 + Math.abs(value)))
        }
      },
    ),
    { numRuns: 120 },
  )
}, 60_000)
