import { describe, expect, test } from "vitest"
import { type Array, grad, jit, lax, linalg, nn, np, special } from "../../src/array/index.ts"
import { describeFixture, slackOfDivisions } from "./conformance.ts"

/** Series and sweeps, whose loops a software adapter compiles for minutes. */
const heavy = [
  ...["igammaGradA", "randomGammaGrad"].map((name) => `lax.${name}`),
  ...["hyp1f1", "hyp2f1", "besselJn"].map((name) => `special.${name}`),
  ...["polar", "solveSylvester", "expmFrechet"].map((name) => `linalg.${name}`),
]

describeFixture("gathers.json", { lax, nn, np, special })
describeFixture(
  "functions-more.json",
  { lax, laxLinalg: lax.linalg, linalg, np, special },
  { heavy, slack: slackOfDivisions },
)

describe("functions of single arrays are made functions of many", () => {
  const affine = np.vectorize((m: Array, x: Array, b: Array) => np.add(np.matmul(m, x), b), {
    signature: "(m,n),(n),()->(m)",
  })

  test("over the axes in front, which are broadcast", async () => {
    const m = np.arange(12).reshape([2, 3, 2])
    const found = affine(m, np.array([1, 2]), np.array([10, 20]))
    expect(await found.toArray()).toEqual([
      [12, 18, 24],
      [40, 46, 52],
    ])
    const sorted = np.vectorize((x: Array) => [np.min(x), np.max(x)] as const, {
      signature: "(n)->(),()",
    })
    const [least, most] = sorted(
      np.array([
        [3, 1],
        [4, 9],
      ]),
    )
    expect([await least.toArray(), await most.toArray()]).toEqual([
      [1, 4],
      [3, 9],
    ])
  })

  test("of elements without a signature, also inside of jit", async () => {
    const larger = np.vectorize((x: Array, y: Array) => np.where(np.greater(x, y), x, 0))
    expect(await jit(larger)(np.array([[1], [3]]), np.array([2, 0])).toArray()).toEqual([
      [0, 1],
      [3, 3],
    ])
    const powers = np.vectorize((x: Array, n: number) => np.power(x, n), { excluded: [1] })
    expect(await powers(np.array([1, 2]), 3).toArray()).toEqual([1, 8])
  })

  test("and refused where a signature or an extent does not fit", () => {
    expect(() => np.vectorize(np.sin, { signature: "n->n" })).toThrow("is no signature")
    expect(() => affine(np.ones([3, 2]), np.ones([3]), 0)).toThrow(
      "argument 1 of shape [3] does not end in (n = 2)",
    )
  })
})

test("places that a mask leaves are found", async () => {
  const [rows, columns] = await np.maskIndices(3, np.triu, 1)
  expect([await rows.toArray(), await columns.toArray()]).toEqual([
    [0, 0, 1],
    [1, 2, 2],
  ])
})

describe("reductions by any function", () => {
  const larger = (a: Array, b: Array) => np.where(np.greater(a, b), a, b)

  test("are those of the axes", async () => {
    const x = np.array([
      [3, 1, 2, 7, 5],
      [4, 9, 0, 1, 2],
    ])
    expect(await lax.reduce(x, 0, larger, [1]).toArray()).toEqual([7, 9])
    expect(await lax.reduce(x, 8, larger, [0, 1]).toArray()).toBe(9)
    expect(await lax.reduce(np.zeros([0, 2]), 4, larger, [0]).toArray()).toEqual([4, 4])
  })

  test("keep what belongs together in trees", async () => {
    const values = np.array([3, 9, 4])
    const places = np.arange(3)
    const best = jit((tree: [Array, Array]) =>
      lax.reduce(
        tree,
        [-1, -1],
        ([a, i], [b, j]): [Array, Array] => [np.maximum(a, b), np.where(np.greater(b, a), j, i)],
        [0],
      ),
    )
    const [value, place] = best([values, places])
    expect([await value.item(), await place.item()]).toEqual([9, 1])
  })

  test("of windows are those of named reductions", async () => {
    const x = np.array([1, 5, 2, 8, 3])
    const named = lax.reduceWindow(x, "max", [2], { strides: [2], padding: "SAME" })
    for (const f of [larger, lax.max]) {
      const found = lax.reduceWindow(x, -Infinity, f, [2], [2], "SAME")
      expect(await found.toArray()).toEqual(await named.toArray())
    }
    const spread = lax.reduceWindow(x, 1, lax.add, [2], [1], "VALID", [2], [3])
    expect(await spread.toArray()).toEqual([3, 4, 7, 10, 4, 5])
  })
})

describe("answers that equations define", () => {
  const root = (a: Array): Array =>
    lax.customRoot(
      (x: Array) => np.subtract(np.square(x), a),
      np.array(1),
      (f, x) =>
        lax.whileLoop(
          (y: Array) => np.greater(np.abs(f(y)), 1e-6),
          (y) => np.subtract(y, np.divide(f(y), np.multiply(2, y))),
          x,
        ),
      (g, y) => np.divide(y, g(np.array(1))),
    )

  test("are differentiated by the equation, not through the loop that finds them", async () => {
    expect(await root(np.array(9)).item()).toBeCloseTo(3, 5)
    expect(await grad(root)(9).item()).toBeCloseTo(1 / 6, 5)
    expect(await grad(grad(root))(9).item()).toBeCloseTo(-1 / 108, 5)
    expect(await jit(grad(root))(np.array(16)).item()).toBeCloseTo(1 / 8, 5)
  })

  test("of linear systems have the gradients of the inverse", async () => {
    const a = np.array([
      [3, 1],
      [1, 2],
    ])
    const steps = (matvec: (x: Array) => Array, b: Array): Array =>
      lax.foriLoop(
        0,
        60,
        (_, x: Array) => np.add(x, np.multiply(0.25, np.subtract(b, matvec(x)))),
        b,
      )
    const solve = (m: Array, b: Array, symmetric: boolean) =>
      lax.customLinearSolve((x: Array) => np.matmul(m, x), b, steps, steps, { symmetric })
    const b = np.array([2, 1])
    const plain = (m: Array, b: Array) => np.sum(np.power(np.matmul(np.linalg.inv(m), b), 3))
    for (const symmetric of [false, true]) {
      const cubes = (m: Array, b: Array) => np.sum(np.power(solve(m, b, symmetric), 3))
      const found = grad(cubes, { argnums: [0, 1] })(a, b)
      const wanted = grad(plain, { argnums: [0, 1] })(a, b)
      for (const [i, one] of found.entries()) {
        expect(await np.allclose(one, wanted[i], { rtol: 1e-3 }).item()).toBe(true)
      }
    }
  })
})

test("the root of an equation comes with what the solver tells of its way", async () => {
  const scaled = (a: Array) =>
    lax.customRoot(
      (x: Array) => np.subtract(np.multiply(2, x), a),
      np.array(0),
      (f, x) => [np.subtract(x, np.divide(f(x), 2)), { steps: np.array(1, { dtype: "int32" }) }],
      (g, y) => np.divide(y, g(np.array(1))),
      { hasAux: true },
    )
  const [x, { steps }] = scaled(np.array(6))
  expect([await x.item(), await steps.item()]).toEqual([3, 1])
  expect(await grad((a: Array) => scaled(a)[0])(np.array(6)).item()).toBe(0.5)
})

describe("places where a mask holds", () => {
  const x = np.array([
    [1, -2, 3],
    [-4, 5, -6],
  ])
  const negative = np.less(x, 0)
  const second = np.array([false, true])

  test("are replaced and combined with", async () => {
    expect(await x.at(negative).set(0).toArray()).toEqual([
      [1, 0, 3],
      [0, 5, 0],
    ])
    expect(
      await x
        .at(second)
        .add(np.array([1, 2, 3]))
        .toArray(),
    ).toEqual([
      [1, -2, 3],
      [-3, 7, -3],
    ])
    expect(await x.at(second).subtract(1).toArray()).toEqual([
      [1, -2, 3],
      [-5, 4, -7],
    ])
    expect(await x.at(negative).multiply(-1).toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(await x.at(negative).divide(-2).toArray()).toEqual([
      [1, 1, 3],
      [2, 5, 3],
    ])
    expect(await x.at(negative).power(2).toArray()).toEqual([
      [1, 4, 3],
      [16, 5, 36],
    ])
    expect(await x.at(second).min(0).toArray()).toEqual([
      [1, -2, 3],
      [-4, 0, -6],
    ])
    expect(await x.at(second).max(0).toArray()).toEqual([
      [1, -2, 3],
      [0, 5, 0],
    ])
    expect(
      await x
        .at(negative)
        .apply((part) => part.abs())
        .toArray(),
    ).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(x.astype("int32").at(negative).set(0.5).dtype).toBe("int32")
  })

  test("choose inside of traced functions, and have derivatives", async () => {
    const f = jit((x: Array) => x.at(np.less(x, 0)).multiply(x))
    expect(await f(x).toArray()).toEqual([
      [1, 4, 3],
      [16, 5, 36],
    ])
    const roots = grad((x: Array) => np.sum(x.at(np.greater(x, 0)).power(0.5)))
    expect(await roots(np.array([4, -1, 0])).toArray()).toEqual([0.25, 1, 1])
    const values = grad((v: Array) => np.sum(x.at(second).multiply(v)))
    expect(await values(np.array([1, 1, 1])).toArray()).toEqual([-4, 5, -6])
  })

  test("are refused where a shape would depend on them", () => {
    expect(() => x.slice(negative)).toThrow("use await np.extract(mask, x)")
    expect(() => x.at(negative).get()).toThrow("use await np.extract(mask, x)")
    expect(() => x.at(np.array([true, false, true])).set(0)).toThrow(
      "a mask of shape [3] must have the leading axes of the array, whose shape is [2, 3]",
    )
    expect(() => x.at(negative).set(np.ones([4]))).toThrow("must broadcast to the array's shape")
  })
})

describe("places", () => {
  const x = np.array([1, 2, 3])
  const at = (...index: number[]) => x.at(np.array(index, { dtype: "int32" }))

  test("out of range are dropped, filled or clamped", async () => {
    expect(await at(0, 7).set(9).toArray()).toEqual([9, 2, 3])
    expect(await at(0, 7).set(9, { mode: "clip" }).toArray()).toEqual([9, 2, 9])
    expect(await at(0, 7).get().toArray()).toEqual([1, 3])
    expect(await at(0, 7).get({ mode: "fill", fillValue: -1 }).toArray()).toEqual([1, -1])
  })

  test("are divided, raised and mapped", async () => {
    expect(await at(1).divide(4).toArray()).toEqual([1, 0.5, 3])
    expect(await at(1, 2).power(2).toArray()).toEqual([1, 4, 9])
    expect(
      await at(0)
        .apply((part) => np.negative(part))
        .toArray(),
    ).toEqual([-1, 2, 3])
  })

  test("that are no index are refused in a sentence", () => {
    const wrong: unknown = "::2"
    expect(() => Reflect.apply(np.slice, undefined, [x, wrong])).toThrow(
      /an index is "::2", which must be/,
    )
    expect(() => x.slice(np.array([true, false, true]))).toThrow(/bool array.*np.compress/)
    expect(() => np.pad(x, 1, "around" as "edge")).toThrow(/mode around is none of/)
  })
})

test("transforms of XLA's names are NumPy's", async () => {
  const x = np.array([1, 0, 2, 0])
  const half = lax.fft(x, "RFFT", [4])
  expect(await half.real.toArray()).toEqual([3, -1, 3])
  expect(await lax.fft(half, "IRFFT", [4]).toArray()).toEqual([1, 0, 2, 0])
})
