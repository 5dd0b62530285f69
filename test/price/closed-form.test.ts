import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type ClosedForm, closedFormOf } from "../../src/price/index.ts"
import { solveExactly } from "../../src/price/solve.ts"
import { order } from "../../src/size/index.ts"

const sizes = [2, 3, 4, 5, 6, 7, 8, 11, 12, 16, 23, 24, 32, 45, 64, 91, 128, 256, 512, 1024]
const powersOfTwo = sizes.filter((n) => Number.isInteger(Math.log2(n)))

function formOf(f: (n: number) => number, at = sizes): ClosedForm | undefined {
  return closedFormOf(
    at.map((size) => ({ size, value: f(size) })),
    "N",
  )
}

const log2 = (n: number): number => Math.ceil(Math.log2(n))

describe("closed forms", () => {
  test("are found for what grows as N, log N, N log N, N² and their like", () => {
    const forms: readonly (readonly [(n: number) => number, string, string])[] = [
      [() => 0, "0", "O(1)"],
      [() => 7, "7", "O(1)"],
      [(n) => n - 1, "N − 1", "O(N)"],
      [log2, "⌈log₂ N⌉", "O(log N)"],
      [(n) => Math.floor(Math.log2(n)), "⌈log₂ (N + 1)⌉ − 1", "O(log N)"],
      [(n) => Math.floor(n / 2), "⌊N/2⌋", "O(N)"],
      [(n) => 3 * n * log2(n) + 5, "3 N ⌈log₂ N⌉ + 5", "O(N log N)"],
      [(n) => (n * (n - 1)) / 2, "−N + ⌊(N² + N)/2⌋", "O(N²)"],
      [(n) => (n * (n + 1) * (2 * n + 1)) / 6, "⌊(2 N³ + 3 N² + N)/6⌋", "O(N³)"],
      [(n) => (log2(n) * (log2(n) + 1)) / 2, "⌊(⌈log₂ N⌉² + ⌈log₂ N⌉)/2⌋", "O(log² N)"],
    ]
    for (const [f, form, grows] of forms) {
      const found = formOf(f)
      expect([String(found?.form), order(found?.form ?? 0)]).toEqual([form, grows])
      expect([found?.holds, found?.from]).toEqual(["all sizes", 2])
      for (const n of [1000, 4097, 10_000]) {
        const { form: size = 0 } = found ?? {}
        expect(typeof size === "number" ? size : size.at({ N: n })).toBe(f(n))
      }
    }
  })

  test("are verified on sizes that did not decide them, the largest among these", () => {
    const found = formOf((n) => 2 * n)
    const [fitted, verified] = [found?.fitted ?? [], found?.verified ?? []]
    expect(fitted.filter((n) => verified.includes(n))).toEqual([])
    expect([...fitted, ...verified].sort((a, b) => a - b)).toEqual(sizes)
    expect(verified).toContain(1024)
    for (const wrong of verified) {
      expect(formOf((n) => (n === wrong ? 2 * n + 1 : 2 * n))?.verified ?? []).not.toContain(wrong)
    }
  })

  test("hold for powers of two alone where they do no more", () => {
    // N less the ones of its binary form: what halving with a remainder adds up to.
    const ones = (n: number): number => n.toString(2).replaceAll("0", "").length
    expect(formOf((n) => n - ones(n))).toMatchObject({ holds: "powers of two", from: 2 })
    expect(String(formOf((n) => n - ones(n))?.form)).toBe("N − 1")
    expect(formOf((n) => n - 1, powersOfTwo)?.holds).toBe("powers of two")
  })

  test("hold from where the larger of two parts is always the same", () => {
    const found = formOf((n) => Math.max(45, 8 * n))
    expect([String(found?.form), found?.holds, found?.from]).toEqual(["8 N", "all sizes", 6])
  })

  test("are not made up for what has none", () => {
    const others: readonly ((n: number) => number)[] = [
      (n) => Math.ceil(Math.sqrt(n)),
      (n) => Math.ceil(Math.log(n) / Math.log(3)),
      (n) => sizes.indexOf(n) ** 5,
      (n) => (n * 7919) % 101,
    ]
    for (const f of others) expect(formOf(f)).toBeUndefined()
    expect(formOf((n) => 2 ** n, sizes.slice(0, 12))).toBeUndefined()
    expect(formOf((n) => n, [2, 3, 4, 5, 6, 7, 8])).toBeUndefined()
  })
})

describe("exact solutions", () => {
  const columns = [
    [1n, 1n, 1n],
    [1n, 2n, 3n],
  ]

  test("are fractions in lowest terms", () => {
    expect(solveExactly(columns, [1n, 2n, 3n])).toEqual({ numerators: [0n, 1n], denominator: 1n })
    const halves = [
      [2n, 2n],
      [4n, 2n],
    ]
    expect(solveExactly(halves, [3n, 2n])).toEqual({ numerators: [1n, 1n], denominator: 2n })
  })

  test("are none where rows contradict each other or leave a choice", () => {
    expect(solveExactly(columns, [1n, 2n, 4n])).toBeUndefined()
    expect(
      solveExactly(
        [
          [1n, 2n],
          [2n, 4n],
        ],
        [1n, 2n],
      ),
    ).toBeUndefined()
  })

  test("solve what they are made from", () => {
    const small = fc.bigInt({ min: -9n, max: 9n })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }).chain((unknowns) =>
          fc.tuple(
            fc.array(fc.array(small, { minLength: 6, maxLength: 6 }), {
              minLength: unknowns,
              maxLength: unknowns,
            }),
            fc.array(small, { minLength: unknowns, maxLength: unknowns }),
          ),
        ),
        ([columns, chosen]) => {
          const values = Array.from({ length: 6 }, (_, row) =>
            chosen.reduce((sum, x, k) => sum + x * columns[k][row], 0n),
          )
          const solution = solveExactly(columns, values)
          if (solution === undefined) return
          const { numerators, denominator } = solution
          expect(numerators).toEqual(chosen.map((x) => x * denominator))
          expect(denominator).toBe(1n)
        },
      ),
    )
  })
})
