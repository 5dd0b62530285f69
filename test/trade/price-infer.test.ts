import { describe, expect, test } from "vitest"
import { type Array, f32, np, price, priceAt, type SpecLike } from "../../src/index.ts"
import { symbol } from "../../src/size/index.ts"
import { inferPrice, printInferred } from "../../src/trade/price-infer.ts"

const length = (x: Array): number => Number(x.shape[0])

/** Multiplies neighbours until one number is left. */
function halving(x: Array): Array {
  let y = x
  while (length(y) > 1) {
    const halves = y.reshape(2, length(y) / 2)
    y = np.multiply(halves.slice(0), halves.slice(1))
  }
  return y
}

/** Appends an array to itself until it has the square of its length. */
function doubling(x: Array): Array {
  let y = x
  while (length(y) < length(x) ** 2) y = np.concatenate([y, y])
  return y
}

/** Each number times each. */
function pairs(x: Array): Array {
  let sum = np.zeros([])
  for (let i = 0; i < length(x); i++) {
    for (let j = 0; j < length(x); j++) sum = np.add(sum, np.multiply(x.slice(i), x.slice(j)))
  }
  return sum
}

/** As many exponentials as the size has whole numbers below its root. */
function roots(x: Array): Array {
  let y = x.slice(0)
  for (let i = 1; i * i <= length(x); i++) y = np.exp(y)
  return y
}

const ofOne = (n: number): [SpecLike] => [f32(n)]

describe("loops that run while a function is traced", () => {
  test("cannot be traced with a name for a size, and say so rather than not run", () => {
    expect(() => price(halving, f32("N"))).toThrow(
      "size N has no value here: JavaScript's arithmetic and loops need numbers",
    )
    const compared = (x: Array): Array => (length(x) > 3 ? x : np.exp(x))
    expect(() => price(compared, f32("N"))).toThrow("size N has no value here")
    expect(`${symbol("N")}`).toBe("N")
  })

  test("by halving take N − 1 operations in log N steps", () => {
    const { price: inferred, forms, failed } = inferPrice(halving, ofOne)
    expect([inferred?.work, inferred?.span, inferred?.gpu.threads].map(String)).toEqual([
      "N − 1",
      "⌈log₂ N⌉",
      "⌊N/2⌋",
    ])
    expect(forms.work).toMatchObject({ holds: "powers of two", from: 2 })
    expect(failed.map(({ size }) => size)).toEqual([3, 5, 6, 7, 11, 12, 23, 24, 45, 91])
    expect(price(halving, f32(8192)).work).toBe(8191)
  })

  test("by doubling move N² + N² / 2 + … elements", () => {
    const { forms } = inferPrice(doubling, ofOne, { sizes: [2, 4, 8, 16, 32, 64, 128, 256, 512] })
    expect(String(forms.work?.form)).toBe("2 N² − 2 N")
    expect(String(forms.span?.form)).toBe("⌈log₂ N⌉")
    expect(forms.traffic?.form.toString()).toBe("4 N² + 4 N")
  })

  test("within each other take N² times their body, and do nothing twice", () => {
    const { forms } = inferPrice(pairs, ofOne)
    // N(N + 1)/2 products, of which each but the squares is used twice, in N² − 1 sums.
    expect(String(forms.work?.form)).toBe("N² + ⌊(N² + N)/2⌋ − 1")
    expect(forms.work).toMatchObject({ holds: "all sizes", from: 2 })
    expect(Math.max(...(forms.work?.verified ?? []))).toBeGreaterThan(
      Math.max(...(forms.work?.fitted ?? [])),
    )
    expect(String(forms.span?.form)).toBe("N²")
  })

  test("of which no closed form is known have none", () => {
    const inferred = inferPrice(roots, ofOne)
    expect(inferred.forms.work).toBeUndefined()
    expect(inferred.price).toBeUndefined()
    const text = printInferred(inferred)
    expect(text).toMatch(/work +no closed form/)
    expect(text).toContain("no closed form: work, span are no sums of 1, ⌊N/2⌋ and N to N⁴")
  })

  test("are marked as inferred, with the sizes that say so", () => {
    expect(printInferred(inferPrice(halving, ofOne))).toMatchInlineSnapshot(`
      "inferred     form      order     N                     fitted at                           verified at
      work         N − 1     O(N)      powers of two from 2  2, 4, 16, 32, 128, 256, 1024, 2048  8, 64, 512, 4096
      span         ⌈log₂ N⌉  O(log N)  powers of two from 2  2, 4, 16, 32, 128, 256, 1024, 2048  8, 64, 512, 4096
      traffic      4 N + 4   O(N)      powers of two from 2  2, 4, 16, 32, 128, 256, 1024, 2048  8, 64, 512, 4096
      RAM memory   7 N       O(N)      powers of two from 4  4, 8, 32, 64, 256, 512, 2048        16, 128, 1024, 4096
      GPU threads  ⌊N/2⌋     O(N)      powers of two from 2  2, 4, 16, 32, 128, 256, 1024, 2048  8, 64, 512, 4096
      GPU memory   7 N       O(N)      powers of two from 4  4, 8, 32, 64, 256, 512, 2048        16, 128, 1024, 4096

      inferred from 12 sizes, not derived: beyond them the forms are a conjecture
      not traced at N = 3, 5, 6, 7, 11, 12, 23, 24, 45, 91: reshape: shape [2, 1.5] has an extent 1.5, which must be a whole number of at least -1"
    `)
  })
})

test("what is inferred is what is derived, where both can be", () => {
  const functions: readonly ((x: Array) => Array)[] = [
    (x) => np.prod(x),
    (x) => np.sum(np.multiply(np.expandDims(x, 0), np.expandDims(x, 1))),
    (x) => np.dot(np.exp(x), x),
    (x) => np.divide(np.exp(x), np.sum(np.exp(x))),
  ]
  // ⌈log₂ N²⌉ is no sum of the terms that are tried, but for powers of two.
  expect(functions.map((f) => inferPrice(f, ofOne).holds)).toEqual([
    "all sizes",
    "powers of two",
    "all sizes",
    "all sizes",
  ])
  for (const f of functions) {
    const { price: inferred, holds, from } = inferPrice(f, ofOne)
    expect(inferred).toBeDefined()
    if (inferred === undefined) continue
    const derived = price(f, f32("N"))
    expect(from).toBeLessThanOrEqual(4)
    for (const N of holds === "all sizes" ? [9, 100, 1023, 8192] : [128, 8192, 2 ** 20]) {
      expect(priceAt(inferred, { N })).toEqual(priceAt(derived, { N }))
    }
  }
})

describe("what cannot be inferred", () => {
  test("says what the function said", () => {
    expect(() => inferPrice((x: Array) => x.reshape(3), ofOne)).toThrow(
      /^a price cannot be inferred from 1 sizes, it takes at least 8; at N = 2 it says: [^\n]+$/,
    )
  })

  test("asks for rising whole sizes", () => {
    for (const sizes of [[4, 2], [1.5], [0], [-2, 4]]) {
      expect(() => inferPrice(halving, ofOne, { sizes })).toThrow(
        "sizes are whole numbers from 1 up that rise",
      )
    }
    expect(() => inferPrice(halving, ofOne, { sizes: [2, 4] })).toThrow(
      "cannot be inferred from 2 sizes",
    )
  })
})
