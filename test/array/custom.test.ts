import { describe, expect, test } from "vitest"
import {
  type Array,
  checkpoint,
  closureConvert,
  customJvp,
  customVjp,
  f32,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  lax,
  linearize,
  linearTranspose,
  np,
  vjp,
  vmap,
} from "../../src/array/index.ts"
import fixture from "./fixtures/custom.json" with { type: "json" }

const x = () => np.array([0.5, -1.25, 2])
const d = () => np.array([1, 0.5, -2])
const rows = () => np.stack([x(), np.multiply(2, x())])

const doubled = customJvp((x: Array) => np.sin(x))
doubled.defjvp(([x], [dx]) => [doubled(x), np.multiply(dx, np.multiply(2, np.cos(x)))])

const tabled = customJvp((x: Array) => np.multiply(x, np.array([1, 2, 3])))
tabled.defjvp(([x], [dx]) => [tabled(x), dx.mul(x).mul(np.array([10, 20, 30]))])

const wave = customJvp((n: number, x: Array): Array => np.sin(np.multiply(n, x)), {
  nondiffArgnums: [0],
})
wave.defjvp((n, [x], [dx]) => [wave(n, x), np.multiply(dx, wave(n + 1, x))])

const pair = customJvp(({ a, b }: { a: Array; b: Array }) => ({ sum: a.add(b), product: a.mul(b) }))
pair.defjvp(([{ a, b }], [t]) => [
  pair({ a, b }),
  { sum: t.a.sub(t.b), product: t.a.mul(3).mul(b).add(t.b.mul(a)) },
])

const each = customJvp((x: Array, y: Array) => np.sin(x).mul(y))
each.defjvps((dx, result) => dx.mul(5).mul(result), null)

const product = customVjp((x: Array, y: Array) => x.mul(y))
product.defvjp(
  (x, y) => [product(x, y), [x, y] as [Array, Array]],
  ([x, y], ct) => [ct.mul(y), ct.mul(x).mul(7)],
)

const clipped = customVjp((x: Array, _limit: number): Array => np.exp(x), { nondiffArgnums: [1] })
clipped.defvjp(
  (x) => [np.exp(x), np.exp(x)],
  (limit, residual, ct) => [np.clip(ct.mul(residual), -limit, limit)],
)

type OneArray = (x: Array) => Array

const functions: Record<keyof typeof fixture, OneArray> = {
  doubled,
  tabled,
  wave: (x) => wave(2, x),
  pair: (x) => {
    const made = pair({ a: x, b: x.mul(x) })
    return made.sum.mul(made.product)
  },
  each: (x) => each(x, x.add(1)),
  product: (x) => product(np.sin(x), x),
  clipped: (x) => clipped(x, 2),
}

const scanned =
  (f: OneArray): OneArray =>
  (x) =>
    lax.scan(
      (c: Array, k: Array): [Array, Array] => [f(c.mul(k)), np.sum(c)],
      x,
      np.array([0.5, 0.25]),
    )[0]

const chosen =
  (f: OneArray): OneArray =>
  (x) =>
    lax.cond(
      np.greater(x.slice(0), 0),
      () => f(x),
      () => x,
    )

const total =
  (f: OneArray): OneArray =>
  (x) =>
    np.sum(f(x).mul(d()))

/** What the fixture holds of each function, taken here. */
const taken: Readonly<Record<string, (f: OneArray) => Array>> = {
  value: (f) => f(x()),
  grad: (f) => grad(total(f))(x()),
  "grad of scan": (f) => grad(total(scanned(f)))(x()),
  "grad of cond": (f) => grad(total(chosen(f)))(x()),
  "grad of checkpoint": (f) => grad(total(checkpoint(f)))(x()),
  "grad of checkpointed scan": (f) => grad(total(scanned(checkpoint(f))))(x()),
  "grad of vmap": (f) => grad((r: Array) => np.sum(np.square(vmap(f)(r))))(rows()),
  "vmap of grad": (f) => vmap(grad(total(f)))(rows()),
  "grad of grad": (f) => grad((x: Array) => np.sum(np.square(grad(total(f))(x))))(x()),
  jacrev: (f) => jacrev(f)(x()),
  "grad of linear": (f) => vjp(f, [x()])[1](d())[0],
  jvp: (f) => jvp(f, [x()], [d()])[1],
  jacfwd: (f) => jacfwd(f)(x()),
  hessian: (f) => hessian(total(f))(x()),
  linearize: (f) => linearize(f, [x()])[1](d()),
  "vmap of jvp": (f) => vmap((r: Array) => jvp(f, [r], [d()])[1])(rows()),
  "jvp of scan": (f) => jvp(scanned(f), [x()], [d()])[1],
}

async function expectClose(actual: Array, wanted: readonly number[]): Promise<void> {
  const data = [...(await actual.data())]
  expect(data.length).toBe(wanted.length)
  for (const [i, value] of data.entries()) {
    expect(Math.abs(value - wanted[i])).toBeLessThanOrEqual(2e-5 * (1 + Math.abs(wanted[i])))
  }
}

describe("a rule of one's own is used as JAX uses it", () => {
  for (const [name, cases] of Object.entries(fixture)) {
    const f = functions[name as keyof typeof fixture]
    test(name, async () => {
      for (const [how, wanted] of Object.entries(cases)) {
        await expectClose(taken[how](f), wanted)
        await expectClose(jit(() => taken[how](f))(), wanted)
      }
    })
  }
})

describe("customJvp", () => {
  test("takes numbers, and reads what it takes from outside", async () => {
    const scale = np.array(3)
    const f = customJvp((x: Array) => x.mul(scale))
    f.defjvp(([x], [dx]) => [f(x), dx.mul(scale).mul(scale)])
    expect(await f(2).item()).toBe(6)
    expect(await grad((x: Array) => f(x))(2).item()).toBe(9)
  })

  test("reads values of a surrounding vmap and jit", async () => {
    const by = (y: Array) => {
      const f = customJvp((x: Array) => x.mul(y))
      f.defjvp(([x], [dx]) => [f(x), dx.mul(y).mul(y)])
      return grad((x: Array) => f(x))(1)
    }
    await expectClose(jit(vmap(by))(np.array([2, 3])), [4, 9])
  })

  test("refuses derivatives by what it takes from outside", () => {
    const f = (y: Array) => {
      const g = customJvp((x: Array) => x.mul(y))
      g.defjvp(([x], [dx]) => [g(x), dx])
      return g(1)
    }
    expect(() => grad(f)(2)).toThrow("takes a value from outside that is being differentiated")
  })

  test("says what is wrong with a rule", () => {
    const missing = customJvp(function half(x: Array) {
      return x.mul(0.5)
    })
    expect(() => missing(1)).toThrow(
      "a customJvp function half is called before defjvp said how to differentiate it",
    )
    const f = customJvp((x: Array) => x)
    f.defjvp(([x], [dx]) => [x, np.stack([dx, dx])])
    expect(() => grad((x: Array) => f(x))(1)).toThrow(
      "customJvp: the rule's tangent is f32[2] where f32[] is needed",
    )
    const g = customJvp((x: Array) => x, { nondiffArgnums: [3] })
    g.defjvp(([x], [dx]) => [x, dx])
    expect(() => g(1)).toThrow("nondiffArgnums names argument 3, but the call has 1")
  })
})

describe("customVjp", () => {
  test("is not differentiated forwards", () => {
    expect(() => jvp(product, [x(), x()], [d(), d()])).toThrow("known only backwards")
  })

  test("adds up over a batch what is the same for all of it", async () => {
    const f = (x: Array, y: Array) => np.sum(vmap(product, [0, null])(x, y))
    const [byX, byY] = grad(f, { argnums: [0, 1] })(np.array([1, 2]), 3)
    await expectClose(byX, [3, 3])
    await expectClose(byY, [21])
  })

  test("says what is wrong with a rule", () => {
    const f = customVjp((x: Array) => x)
    f.defvjp(
      (x) => [x, null],
      (_, ct) => [ct, ct],
    )
    expect(() => grad((x: Array) => f(x))(1)).toThrow(
      "must return a list with a cotangent for each of the 1 arguments",
    )
  })
})

describe("linearTranspose", () => {
  test("is the transpose of a matrix", async () => {
    const a = np.array([
      [1, 2, 3],
      [4, 5, 6],
    ])
    const [ct] = linearTranspose((x: Array) => np.matmul(a, x), f32(3))(np.array([1, -1]))
    await expectClose(ct, [-3, -3, -3])
  })

  test("refuses what is not linear, and cotangents that do not fit", () => {
    expect(() => linearTranspose((x: Array) => np.sin(x), f32(3))(x())).toThrow("not linear")
    expect(() => linearTranspose((x: Array) => x, f32(3))(np.ones([2]))).toThrow("[3]")
  })
})

test("closureConvert makes arguments of what a function takes from outside", async () => {
  const y = np.array([1, 2])
  const [converted, consts] = closureConvert((x: Array) => x.mul(y), f32(2))
  expect(consts.length).toBe(1)
  await expectClose(converted(np.array([3, 4]), ...consts), [3, 8])
  await expectClose(converted(np.array([3, 4]), np.array([10, 10])), [30, 40])
})
