import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import {
  type AbstractArray,
  type Array,
  bool,
  f32,
  i32,
  lax,
  nn,
  np,
  special,
} from "../../src/array/index.ts"
import { ceilLog2, evaluate, parseSize } from "../../src/size/index.ts"
import { priceOf } from "../../src/trade/index.ts"

/** Rows, elements of a row, of a sum, and batches: numbers that no formula confuses. */
const [m, n, k, b] = [7, 38, 11, 3]

interface Claim {
  readonly name: string
  readonly operands: 1 | 2
  readonly work: string
  readonly span: string
}

/** What the docstrings of a file say of work and span. */
function claimsOf(file: string): readonly Claim[] {
  const text = readFileSync(new URL(`../../src/array/${file}`, import.meta.url), "utf8")
  const documented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const (\w+):([\s\S]*?)=/g
  return [...text.matchAll(documented)].flatMap(([, doc, name, type]) => {
    const plain = doc.replaceAll(/\s*\n \* ?/g, " ")
    const said = /Work ([^,.;]+), span ([^,.;]+?)(?: for bools| by tanh)?[.,;]/.exec(plain)
    if (said === null) return []
    const binary = /Binary|Comparison|y: ArrayLike/.test(type)
    return [{ name, operands: binary ? 2 : 1, work: said[1], span: said[2] }]
  })
}

/** A docstring's formula in b, m, n, k and their logarithms as a number. */
function valueOf(formula: string): number {
  const written = formula
    .replaceAll("⌈log₂ n⌉", "L")
    .replaceAll("⌈log₂ k⌉", "K")
    .replaceAll("−", "-")
    .replaceAll(/(?<=[\dbmnkLK)])(?=[bmnkLK(])/g, "*")
  const logarithms = { L: Number(ceilLog2(n)), K: Number(ceilLog2(k)) }
  return evaluate(parseSize(written), { b, m, n, k, ...logarithms })
}

const truths = ["any", "all", "countNonzero", "logicalAnd", "logicalOr", "logicalXor", "logicalNot"]

function specOf(name: string) {
  if (truths.includes(name)) return bool
  return name.startsWith("bitwise") || name.endsWith("Shift") ? i32 : f32
}

const files = {
  "operations/functions.ts": { ...lax, ...np },
  "operations/arithmetic.ts": np,
  "operations/logic.ts": { ...lax, ...np },
  "nn/activations.ts": nn,
  "nn/activations-sparse.ts": nn,
  "operations/reductions.ts": np,
  "numpy/nan-reductions.ts": np,
  "special/bessel.ts": special,
  "special/beta.ts": special,
  "special/entropy.ts": special,
  "special/gamma.ts": special,
  "special/normal.ts": special,
}

test("work and span are stated, as formulas, for more than 150 functions", () => {
  expect(Object.keys(files).flatMap(claimsOf).length).toBeGreaterThan(150)
})

describe.each(Object.entries(files))("work and span in the docstrings of %s", (file, space) => {
  const functions: Readonly<Record<string, unknown>> = space
  const stated = claimsOf(file).filter(({ name }) => name !== "where" && name !== "clip")
  const claims = stated.filter(({ work }) => !work.startsWith("below"))
  const bounds = stated.filter(({ work }) => work.startsWith("below"))

  test("are stated for most functions", () => {
    expect(claims.length).toBeGreaterThan(2)
  })

  test.each(bounds)("are above the price: $name", ({ name, work, span }) => {
    const f = functions[name]
    if (typeof f !== "function") throw new TypeError(`${name} is no function`)
    const priced = priceOf((x: Array): Array => f(x), f32(n))
    expect(priced.work).toBeLessThan(valueOf(work.replace("below", "")))
    expect(priced.span).toBeLessThan(valueOf(span.replace("below", "")))
  })

  test.each(claims)("are what the price says: $name", ({ name, operands, work, span }) => {
    const f = functions[name]
    if (typeof f !== "function") throw new TypeError(`${name} is no function`)
    const perRow = /m/.test(work) || /log/.test(span)
    const spec = perRow ? specOf(name)(m, n) : specOf(name)(n)
    const priced =
      operands === 2
        ? priceOf((x: Array, y: Array): Array => f(x, y), spec, spec)
        : priceOf((x: Array): Array => (perRow ? f(x, 1) : f(x)), spec)
    expect({ work: priced.work, span: priced.span }).toEqual({
      work: valueOf(work),
      span: valueOf(span),
    })
  })
})

describe("work and span in the docstrings of linear.ts", () => {
  const matrices = [f32(m, k), f32(k, n)] as const
  const batches = { lhsContracting: [2], rhsContracting: [1], lhsBatch: [0], rhsBatch: [0] }
  const prices: Readonly<Record<string, readonly [Product, AbstractArray, AbstractArray]>> = {
    matmul: [np.matmul, f32(b, m, k), f32(b, k, n)],
    dot: [np.dot, ...matrices],
    inner: [np.inner, f32(m, k), f32(n, k)],
    vdot: [np.vdot, f32(n), f32(n)],
    vecdot: [np.vecdot, f32(m, n), f32(m, n)],
    outer: [np.outer, f32(m), f32(n)],
    tensordot: [(x, y) => np.tensordot(x, y, 1), ...matrices],
    kron: [np.kron, f32(m), f32(n)],
    trace: [(x) => np.trace(x), f32(n, n), f32()],
    dotGeneral: [(x, y) => lax.dotGeneral(x, y, batches), f32(b, m, k), f32(b, k, n)],
  }

  test.each(claimsOf("operations/linear.ts"))(
    "are what the price says: $name",
    ({ name, work, span }) => {
      const [f, x, y] = prices[name]
      const priced = priceOf((x: Array, y: Array): Array => f(x, y), x, y)
      expect({ work: priced.work, span: priced.span }).toEqual({
        work: valueOf(work),
        span: valueOf(span),
      })
    },
  )
})

type Product = (x: Array, y: Array) => Array
