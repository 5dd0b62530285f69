import { describe, expect, expectTypeOf, test } from "vitest"
import {
  type Array,
  evalShape,
  f32,
  grad,
  graphOf,
  hessian,
  i32,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  nn,
  np,
  random,
  stopGradient,
  valueAndGrad,
  vjp,
  vmap,
} from "../../src/array/index.ts"
import { checkGraph, printGraph } from "../../src/graph/index.ts"

const numbers = async (x: Array): Promise<number[]> => [...(await x.data())]

async function expectClose(actual: Array, wanted: Array | number[], tolerance = 1e-4) {
  const [a, b] = [
    await numbers(actual),
    globalThis.Array.isArray(wanted) ? wanted : await numbers(wanted),
  ]
  expect(a.length).toBe(b.length)
  for (const [i, value] of a.entries()) {
    expect(Math.abs(value - b[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(b[i])))
  }
}

const x3 = () => np.array([0.5, -1.25, 2])

/** A small network's loss, with everything that one has. */
function loss(p: { w: Array; k: Array; b: Array }, x: Array): Array {
  const image = nn.relu(np.matmul(x.reshape([2, 9]), p.k).reshape([2, 4, 4, 1]))
  const pooled = nn.maxPool(image, [2, 2]).reshape([2, 4])
  return nn.logSoftmax(np.matmul(pooled, p.w).add(p.b)).slice([], 0).mean().neg()
}

const networkArguments = () => {
  const [k1, k2, k3] = random.split(random.key(0), 3)
  const p = { w: random.normal(k1, [4, 3]), k: random.normal(k2, [9, 16]), b: np.zeros([3]) }
  return { p, x: random.normal(k3, [2, 3, 3]) }
}

describe("grad", () => {
  test("has the form of the argument", async () => {
    const { p, x } = networkArguments()
    const g = grad(loss)(p, x)
    expectTypeOf(g).toEqualTypeOf<{ w: Array; k: Array; b: Array }>()
    expect([g.w.shape, g.k.shape, g.b.shape]).toEqual([[4, 3], [9, 16], [3]])
  })

  test("agrees with finite differences", async () => {
    const { p, x } = networkArguments()
    const [direction] = random.split(random.key(7), 1)
    const along = random.normal(direction, [4, 3])
    const at = async (t: number) => Number(await loss({ ...p, w: p.w.add(along.mul(t)) }, x).item())
    const slope = ((await at(1e-2)) - (await at(-1e-2))) / 2e-2
    await expectClose(grad(loss)(p, x).w.mul(along).sum(), [slope], 1e-3)
  })

  test("is by the arguments of argnums, in a list when that is one", async () => {
    const f = (x: Array, y: Array) => x.mul(y).mul(y).sum()
    const [x, y] = [np.array([2]), np.array([3])]
    await expectClose(grad(f)(x, y), [9])
    await expectClose(grad(f, { argnums: 1 })(x, y), [12])
    const both = grad(f, { argnums: [1, 0] })(x, y)
    expectTypeOf(both).toEqualTypeOf<[Array, Array]>()
    await expectClose(both[0], [12])
    await expectClose(both[1], [9])
  })

  test("returns what else the function does with hasAux", async () => {
    const f = (x: Array) => [x.mul(x).sum(), { twice: x.mul(2) }] as const
    const [g, aux] = grad(f, { hasAux: true })(np.array([3]))
    await expectClose(g, [6])
    await expectClose(aux.twice, [6])
    const [[value, more], gradient] = valueAndGrad(f, { hasAux: true })(np.array([3]))
    await expectClose(value, [9])
    await expectClose(more.twice, [6])
    await expectClose(gradient, [6])
  })

  test("of a gradient is the second derivative, and so on", async () => {
    const cube = (x: Array) => x.mul(x).mul(x)
    expect(await grad(grad(cube))(3).item()).toBe(18)
    expect(await grad(grad(grad(cube)))(3).item()).toBe(6)
  })

  test("leaves plain arguments to the function as they are", async () => {
    const f = (x: Array, n: number, square: boolean) => (square ? x.pow(n) : x).sum()
    await expectClose(grad(f)(np.array([3]), 2, true), [6])
    await expectClose(grad(f)(np.array([3]), 2, false), [1])
  })

  test("takes arrays from outside as constants", async () => {
    const w = np.array([1, 2])
    await expectClose(grad((x: Array) => x.mul(w).sum())(np.array([5, 5])), [1, 2])
  })

  test("is by what an inner function takes from outside, too", async () => {
    // d/dy of y · d/dx (x² y) at x = 3: y · 6y has the derivative 12y.
    const f = (y: Array) => y.mul(grad((x: Array) => x.mul(x).mul(y))(3))
    expect(await grad(f)(2).item()).toBe(24)
  })

  test("does not pass stopGradient", async () => {
    await expectClose(grad((x: Array) => x.mul(stopGradient(x)).sum())(np.array([3])), [3])
  })

  test("runs inside jit as one program", async () => {
    const { p, x } = networkArguments()
    const g = jit(grad(loss))(p, x)
    await expectClose(g.k, grad(loss)(p, x).k)
  })

  test("says why there is none", () => {
    expect(() => grad((x: Array) => x)(np.ones([2]))).toThrow("a gradient is of a float scalar")
    expect(() => grad((x: Array) => x.sum())(np.ones([2], { dtype: "int32" }))).toThrow(
      "grad: argument 0 holds i32[2], but a gradient is by floats",
    )
    expect(() => grad((x: Array) => [x, x])(1)).toThrow("one scalar result, not 2")
    expect(() => grad((x: Array) => x, { argnums: 1 })(1)).toThrow("argnums names argument 1")
  })
})

describe("jvp, vjp and linearize", () => {
  const f = (x: Array, y: Array) => ({ p: np.sin(x).mul(y), q: x.sum() })

  test("are transposes of each other", async () => {
    const [x, y] = [x3(), np.array([1, 2, 3])]
    const [dx, dy] = [np.array([1, 0.5, -1]), np.array([2, -1, 0])]
    const [value, tangent] = jvp(f, [x, y], [dx, dy])
    const [again, pullback] = vjp(f, [x, y])
    await expectClose(value.p, again.p)
    const seed = { p: np.array([1, -2, 3]), q: np.array(0.5).reshape([]) }
    const [cx, cy] = pullback(seed)
    const left = seed.p.mul(tangent.p).sum().add(seed.q.mul(tangent.q))
    const right = cx.mul(dx).sum().add(cy.mul(dy).sum())
    await expectClose(left, right)
  })

  test("agree: the linear function gives the tangents", async () => {
    const [x, y, d] = [x3(), np.array([1, 2, 3]), np.ones([3])]
    const [value, linear] = linearize(f, [x, y])
    await expectClose(value.q, [1.25])
    await expectClose(linear(d, d).p, jvp(f, [x, y], [d, d])[1].p)
    await expectClose(linear(d.mul(2), d).p, jvp(f, [x, y], [d.mul(2), d])[1].p)
  })

  test("return what else the function does with hasAux", async () => {
    const g = (x: Array) => [x.mul(x), { more: x }] as const
    const [value, pullback, aux] = vjp(g, [np.array([3])], { hasAux: true })
    await expectClose(value, [9])
    await expectClose(aux.more, [3])
    await expectClose(pullback(np.array([1]))[0], [6])
  })

  test("take numbers for scalars and nest", async () => {
    const derivative = (f: (x: Array) => Array) => (x: Array) => jvp(f, [x], [1])[1]
    expect(await derivative(derivative((x) => x.pow(3)))(np.array(2)).item()).toBe(12)
    expect(await jit(derivative(derivative((x) => x.pow(3))))(2).item()).toBe(12)
  })

  test("say which tangent does not fit", () => {
    expect(() => jvp((x: Array) => x, [x3()], [np.ones([2])])).toThrow(
      "jvp: the tangents: number 0 is f32[2], which must have the shape of its f32[3]",
    )
  })
})

describe("vmap", () => {
  test("agrees with a loop", async () => {
    const f = (x: Array, y: Array) => nn.softmax(np.matmul(x, y).add(x.sum()))
    const [x, y] = [random.normal(random.key(1), [5, 3, 4]), random.normal(random.key(2), [4, 5])]
    const loop = np.stack([...x].map((one, i) => f(one, y.slice([], i))))
    await expectClose(vmap(f, [0, 1])(x, y), loop)
    await expectClose(jit(vmap(f, [0, -1]))(x, y), loop)
  })

  test("maps some arguments and leaves others whole", async () => {
    const f = (x: Array, n: number, t: { a: Array; b: Array }) => x.mul(n).add(t.a).add(t.b)
    const g = vmap(f, [0, null, { a: null, b: 0 }])
    const t = {
      a: np.array([10, 20]),
      b: np.array([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
    }
    expect(await g(np.zeros([3, 2]), 5, t).toArray()).toEqual([
      [11, 21],
      [12, 22],
      [13, 23],
    ])
  })

  test("puts the mapped axis where outAxes says", async () => {
    const f = (x: Array) => ({ row: x, same: np.ones([2]) })
    const { row, same } = vmap(f, 0, { row: 1, same: null })(np.arange(6).reshape([3, 2]))
    expect([row.shape, same.shape]).toEqual([[2, 3], [2]])
  })

  test("nests, and maps gradients", async () => {
    const square = (x: Array) => x.mul(x)
    expect(await vmap(vmap(square))(np.arange(4).reshape([2, 2])).toArray()).toEqual([
      [0, 1],
      [4, 9],
    ])
    const x = np.array([1, 2, 3])
    expect(await vmap(grad((y: Array) => y.mul(y).mul(y)))(x).toArray()).toEqual([3, 12, 27])
    const sum = (y: Array) => vmap(square)(y).sum()
    expect(await grad(sum)(x).toArray()).toEqual([2, 4, 6])
  })

  test("reads outer mapped arrays inside an inner map", async () => {
    const table = vmap((x: Array) => vmap((y: Array) => x.mul(10).add(y))(np.array([1, 2])))
    expect(await table(np.array([1, 2, 3])).toArray()).toEqual([
      [11, 12],
      [21, 22],
      [31, 32],
    ])
  })

  test("says what does not fit", () => {
    const f = (x: Array, y: Array) => x.add(y)
    expect(() => vmap(f)(np.ones([2]), np.ones([3]))).toThrow("one extent, not 2 and 3")
    expect(() => vmap(f, [null, null])(1, 2)).toThrow("vmap maps no array")
    expect(() => vmap(f, [0])(np.ones([2]), 1)).toThrow("1 entries for 2 arguments")
    expect(() => vmap(f)(np.ones([2]), 1)).toThrow("vmap: inAxes is 0, but the array has rank 0")
  })
})

describe("Jacobians", () => {
  const f = (x: Array) => np.sin(x).mul(x.sum())

  test("are the same from both sides", async () => {
    const x = x3()
    const [forward, reverse] = [jacfwd(f)(x), jacrev(f)(x)]
    expect(forward.shape).toEqual([3, 3])
    await expectClose(forward, reverse)
    await expectClose(jit(jacrev(f))(x), reverse)
  })

  test("have the result's form outside and the argument's inside", async () => {
    const g = (p: { a: Array; b: Array }) => [np.outer(p.a, p.b), p.a.sum()] as const
    const p = { a: np.array([1, 2]), b: np.array([3, 4, 5]) }
    for (const jacobian of [jacfwd(g), jacrev(g)]) {
      const [outer, sum] = jacobian(p)
      expect(outer.a.shape).toEqual([2, 3, 2])
      expect(sum.b.shape).toEqual([3])
      expect(await sum.a.toArray()).toEqual([1, 1])
    }
  })

  test("of a gradient are the Hessian", async () => {
    const h = hessian((x: Array) => x.mul(x).mul(x).sum())(np.array([1, 2]))
    expect(await h.toArray()).toEqual([
      [6, 0],
      [0, 12],
    ])
  })
})

describe("graphs of functions", () => {
  test("have symbolic sizes and print", () => {
    const graph = graphOf((x: Array, y: Array) => x.mul(y).sum())(f32("N"), f32("N"))
    expect(printGraph(checkGraph(graph))).toBe(
      [
        "{ a: f32[N], b: f32[N] →",
        "  c: f32[N] = multiply a b",
        "  d: f32[] = reduceSum[axes=[0]] c",
        "  → d }",
      ].join("\n"),
    )
  })

  test("exist for networks and their gradients with a symbolic batch", () => {
    const f = (p: { w: Array; b: Array }, x: Array, labels: Array) => {
      const logits = nn.relu(np.matmul(x.reshape([x.shape[0], -1]), p.w).add(p.b))
      const chosen = np.takeAlongAxis(nn.logSoftmax(logits), labels.expandDims(-1), -1)
      return chosen.mean().neg()
    }
    const p = { w: f32(12, 5), b: f32(5) }
    const graph = graphOf(grad(f))(p, f32("B", 3, 4), i32("B"))
    expect(checkGraph(graph).outputs.map(({ shape }) => shape)).toEqual([[5], [12, 5]])
  })

  test("know the types of results without running", () => {
    const shape = evalShape((x: Array) => ({ a: x.sum(0), n: x.argmax() }), f32("N", 3))
    expect([shape.a.shape, shape.a.dtype, shape.n.dtype]).toEqual([[3], "float32", "int32"])
  })

  test("have what they take from outside as further inputs", () => {
    const w = np.ones([3])
    expect(graphOf((x: Array) => x.add(w))(f32(3)).inputs.length).toBe(2)
  })
})
