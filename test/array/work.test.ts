import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type Array, bool, f32, i32, lax, nn, np } from "../../src/array/index.ts"
import { ceilLog2, evaluate, parseSize } from "../../src/size/index.ts"
import { priceOf } from "../../src/trade/index.ts"

/** Rows and elements of a row: numbers that no formula confuses. */
const [m, n] = [7, 38]

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
    if (said === null || said[1].startsWith("below")) return []
    const binary = /Binary|y: ArrayLike/.test(type)
    return [{ name, operands: binary ? 2 : 1, work: said[1], span: said[2] }]
  })
}

/** A docstring's formula in m, n and ⌈log₂ n⌉ as a number. */
function valueOf(formula: string): number {
  const written = formula
    .replaceAll("⌈log₂ n⌉", "L")
    .replaceAll("−", "-")
    .replaceAll(/(?<=[\dmnL)])(?=[mnL(])/g, "*")
  return evaluate(parseSize(written), { m, n, L: Number(ceilLog2(n)) })
}

const truths = ["any", "all", "countNonzero", "logicalAnd", "logicalOr", "logicalXor", "logicalNot"]

function specOf(name: string) {
  if (truths.includes(name)) return bool
  return name.startsWith("bitwise") || name.endsWith("Shift") ? i32 : f32
}

const files = {
  "functions.ts": { ...lax, ...np },
  "arithmetic.ts": np,
  "logic.ts": { ...lax, ...np },
  "activations.ts": nn,
  "reductions.ts": np,
}

describe.each(Object.entries(files))("work and span in the docstrings of %s", (file, space) => {
  const functions: Readonly<Record<string, unknown>> = space
  const claims = claimsOf(file).filter(({ name }) => name !== "where" && name !== "clip")

  test("are stated for most functions", () => {
    expect(claims.length).toBeGreaterThan(10)
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
