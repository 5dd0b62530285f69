import { beforeAll, describe, expect, test } from "vitest"
import {
  type Array,
  f32,
  grad,
  jit,
  jvp,
  lax,
  linalg,
  np,
  random,
  setDefaultDevice,
  vmap,
} from "../../src/array/index.ts"
import { priceOf } from "../../src/trade/index.ts"

/** The greatest distance between two arrays. */
async function distance(x: Array, y: Array): Promise<number> {
  return Number(await np.max(np.absolute(np.subtract(x, y)), { initial: 0 }).item())
}

async function size(x: Array): Promise<number> {
  return Number(await np.max(np.absolute(x), { initial: 0 }).item())
}

const normal = (seed: number, ...shape: number[]): Array => random.normal(random.key(seed), shape)

/** A matrix with singular values from 1 down to 10^−decades. */
function graded(n: number, decades: number): Array {
  const [u] = linalg.qr(normal(n, n, n))
  const [v] = linalg.qr(normal(n + 1, n, n))
  const s = np.power(10, np.linspace(0, -decades, n))
  return np.matmul(np.multiply(u, s), v.T)
}

describe.each(["cpu", "ram"])("on %s", (device) => {
  beforeAll(() => {
    const before = setDefaultDevice(device)
    return () => {
      setDefaultDevice(before)
    }
  })

  const extents = device === "cpu" ? [0, 1, 2, 5, 33, 100] : [0, 1, 2, 5]

  describe.each(extents)("of extent %i", (n) => {
    const epsilon = 2e-6 * (n + 4)

    test("Cholesky factors multiply to the matrix and are lower triangular", async () => {
      const a = normal(n, n, n)
      const definite = np.add(np.matmul(a, a.T), np.eye(n))
      const l = linalg.cholesky(definite)
      expect(await distance(np.matmul(l, l.T), definite)).toBeLessThan(epsilon * (n + 1))
      expect(await distance(np.tril(l), l)).toBe(0)
    })

    test("L and U multiply to the rows in order, with factors of at most 1", async () => {
      const a = normal(n, n, n)
      const [p, l, u] = linalg.lu(a)
      expect(await distance(np.matmul(p, np.matmul(l, u)), a)).toBeLessThan(epsilon)
      expect(await size(l)).toBeLessThanOrEqual(1)
      expect(await distance(np.triu(u), u)).toBe(0)
    })

    test("a solution has a residual that rounding explains", async () => {
      const [a, b] = [normal(n, n, n), normal(n + 7, n, 3)]
      const x = linalg.solve(a, b)
      const scale = 1 + (await size(x))
      expect(await distance(np.matmul(a, x), b)).toBeLessThan(epsilon * scale)
    })

    test("Q is orthogonal and Q R is the matrix, tall and wide", async () => {
      for (const a of [normal(n, n, n), normal(n, n + 3, n), normal(n, n, n + 3)]) {
        const [q, r] = linalg.qr(a)
        expect(await distance(np.matmul(q, r), a)).toBeLessThan(epsilon)
        const k = Number(q.shape[1])
        expect(await distance(np.matmul(q.T, q), np.eye(k))).toBeLessThan(epsilon)
        expect(await distance(np.triu(r), r)).toBe(0)
      }
    })

    test("eigenvectors are orthonormal and A v is w v, eigenvalues rising", async () => {
      const a = normal(n, n, n)
      const symmetric = np.add(a, a.T)
      const [w, v] = linalg.eigh(symmetric)
      expect(await distance(np.matmul(symmetric, v), np.multiply(v, w))).toBeLessThan(epsilon)
      expect(await distance(np.matmul(v.T, v), np.eye(n))).toBeLessThan(epsilon)
      expect(await distance(np.sort(w), w)).toBe(0)
    })

    test("singular vectors are orthonormal and U S Vᵀ is the matrix, full and reduced", async () => {
      for (const a of [normal(n, n, n), normal(n, n + 2, n), normal(n, n, n + 2)]) {
        const k = Math.min(...a.shape.map(Number))
        const [u, s, vh] = linalg.svd(a, { fullMatrices: false })
        expect(await distance(np.matmul(np.multiply(u, s), vh), a)).toBeLessThan(epsilon)
        const [whole, , all] = linalg.svd(a)
        for (const q of [u, vh.T, whole, all.T]) {
          const columns = Number(q.shape[1])
          expect(await distance(np.matmul(q.T, q), np.eye(columns))).toBeLessThan(epsilon)
        }
        expect(whole.shape).toEqual([a.shape[0], a.shape[0]])
        expect(s.shape).toEqual([k])
      }
    })
  })

  test("singular values of a badly conditioned matrix keep the accuracy of its greatest", async () => {
    const s = linalg.svdvals(graded(20, 6))
    const wanted = np.power(10, np.linspace(0, -6, 20))
    expect(await distance(s, wanted)).toBeLessThan(2e-6)
  })

  test("a matrix of low rank has singular vectors that complete a basis", async () => {
    const a = np.matmul(normal(3, 6, 2), normal(4, 2, 6))
    const [u, s, vh] = linalg.svd(a)
    for (const q of [u, vh]) {
      expect(await distance(np.matmul(q, q.T), np.eye(6))).toBeLessThan(1e-5)
    }
    expect(await size(s.slice([2]))).toBeLessThan(1e-5)
    expect(await linalg.matrixRank(a).item()).toBe(2)
  })

  test("equal eigenvalues still have orthonormal vectors", async () => {
    const [q] = linalg.qr(normal(5, 6, 6))
    const a = np.matmul(np.multiply(q, np.array([1, 1, 1, 2, 2, -1])), q.T)
    const [w, v] = linalg.eigh(a)
    expect(await distance(w, np.array([-1, 1, 1, 1, 2, 2]))).toBeLessThan(1e-5)
    expect(await distance(np.matmul(v.T, v), np.eye(6))).toBeLessThan(1e-5)
  })

  test("huge and tiny matrices are decomposed as their multiples are", async () => {
    const a = normal(6, 4, 4)
    for (const factor of [1e30, 1e-30]) {
      const scaled = np.multiply(a, factor)
      const s = np.divide(linalg.svdvals(scaled), factor)
      expect(await distance(s, linalg.svdvals(a))).toBeLessThan(1e-5)
      const r = np.divide(linalg.qr(scaled, "r"), factor)
      expect(await distance(r, linalg.qr(a, "r"))).toBeLessThan(1e-5)
    }
  })

  test("what is not finite has no decomposition, but NaN", async () => {
    const a = np.array([
      [1, Number.NaN],
      [Number.NaN, 1],
    ])
    for (const part of [...linalg.eigh(a), ...linalg.svd(a), linalg.cholesky(a).slice(1)]) {
      expect(await np.all(np.isnan(part)).item()).toBe(true)
    }
  })

  test("stacks are decomposed matrix by matrix, under vmap as well", async () => {
    const stack = normal(8, 3, 4, 4)
    for (const f of [linalg.inv, linalg.det, linalg.svdvals, (a: Array) => linalg.qr(a)[1]]) {
      const whole = f(stack)
      expect(await distance(vmap(f)(stack), whole)).toBeLessThan(1e-6)
      const one = np.stack([0, 1, 2].map((i) => f(stack.slice(i))))
      expect(await distance(one, whole)).toBeLessThan(1e-4)
    }
  })

  test("derivatives agree with differences", async () => {
    const a = normal(9, 3, 3)
    const weights = normal(10, 3, 3)
    const weigh = (x: Array): Array =>
      np.sum(np.multiply(x, weights.slice([0, Number(x.shape[0])])))
    const functions: readonly ((a: Array) => Array)[] = [
      (a) => weigh(np.square(linalg.eigh(np.add(a, a.T))[1])),
      (a) => weigh(linalg.eigh(np.add(a, a.T))[0]),
      (a) => weigh(np.square(linalg.svd(a)[0])),
      (a) => weigh(np.square(linalg.svd(a)[2])),
      (a) => weigh(linalg.expm(a)),
      (a) => weigh(linalg.lu(a)[1]),
      (a) => weigh(linalg.cholesky(np.add(np.matmul(a, a.T), np.eye(3)))),
      (a) => linalg.slogdet(a)[1],
      (a) => weigh(linalg.lstsq(np.concatenate([a, weights]), np.arange(6))[0]),
    ]
    for (const f of functions) {
      const direction = normal(11, 3, 3)
      const step = 2e-3
      const at = async (t: number): Promise<number> =>
        Number(await f(np.add(a, np.multiply(direction, t))).item())
      const difference = ((await at(step)) - (await at(-step))) / (2 * step)
      const slope = Number(await np.vdot(grad(f)(a), direction).item())
      expect(Math.abs(slope - difference)).toBeLessThan(2e-2 * (1 + Math.abs(difference)))
    }
  })
})

test("second derivatives are what differences of gradients are", async () => {
  const double = (x: Array): Array => np.astype(x, "float64")
  const [a, weights, direction] = [1, 2, 3].map((seed) => double(normal(seed, 3, 3)))
  const eye = np.eye(3, 3, 0, { dtype: "float64" })
  const functions: readonly ((a: Array) => Array)[] = [
    (a) => linalg.solve(np.add(np.matmul(a, a.T), eye), weights),
    (a) => linalg.inv(np.add(a, np.multiply(4, eye))),
    (a) => linalg.det(a),
    (a) => linalg.slogdet(a)[1],
    (a) => linalg.expm(np.multiply(a, 0.5)),
    (a) => linalg.lu(np.add(a, np.multiply(4, eye)))[1],
    (a) => linalg.cholesky(np.add(np.matmul(a, a.T), eye)),
    (a) => linalg.qr(np.add(a, np.multiply(4, eye)))[1],
    (a) => linalg.solveTriangular(np.add(np.triu(a), np.multiply(4, eye)), weights),
    (a) => linalg.pinv(np.add(a, np.multiply(4, eye))),
  ]
  for (const f of functions) {
    const slope = grad((x: Array) => np.sum(np.multiply(f(x), weights)))
    const [, change] = jvp(slope, [a], [direction])
    const at = (t: number): Array => slope(np.add(a, np.multiply(direction, t)))
    const difference = np.divide(np.subtract(at(1e-5), at(-1e-5)), 2e-5)
    expect(await distance(change, difference)).toBeLessThan(1e-5 * (1 + (await size(change))))
    const back = grad((x: Array) => np.sum(np.multiply(slope(x), direction)))(a)
    expect(await distance(back, change)).toBeLessThan(1e-8 * (1 + (await size(change))))
  }
})

test("a factorisation is a loop with a price, however large the matrix", () => {
  const small = priceOf((a: Array) => linalg.cholesky(a), f32(96, 96))
  const large = priceOf((a: Array) => linalg.cholesky(a), f32(960, 960))
  const [few, many] = [small, large].map(({ work }) => Number(work))
  expect(many / few).toBeGreaterThan(500)
  expect(many / few).toBeLessThan(2000)
})

test("a jitted factorisation gives what the eager one gives", async () => {
  const a = normal(12, 40, 40)
  const f = (a: Array): Array => lax.linalg.lu(a)[0]
  expect(await distance(jit(f)(a), f(a))).toBe(0)
})

test("what does not fit is said with its shapes", () => {
  expect(() => linalg.inv(np.ones([2, 3]))).toThrow(
    "inv: a must be square in its last 2 axes, not [2, 3]",
  )
  expect(() => linalg.cholesky(np.ones([3]))).toThrow(
    "cholesky: a must have at least 2 axes, not shape [3]",
  )
  expect(() => linalg.solve(np.eye(3), np.ones([2, 1]))).toThrow(/\[3, 3\].*\[2, 1\]/)
  expect(() => linalg.norm(np.ones([2, 2, 2]), 2)).toThrow("an axis or two")
  expect(() => linalg.norm(np.ones([2, 2]), 3)).toThrow("matrices have")
})
