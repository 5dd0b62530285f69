import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  add,
  type Bindings,
  ceilDivide,
  ceilLog2,
  divideExactly,
  evaluate,
  floorDivide,
  isAtMost,
  lowerBound,
  maximum,
  minimum,
  multiply,
  order,
  remainder,
  type Size,
  sizesEqual,
  substitute,
  subtract,
  symbol,
  symbolsOf,
} from "../../src/size/index.ts"

const N = symbol("N")
const M = symbol("M")

describe("canonical form", () => {
  test("equal polynomials are equal however they were written", () => {
    const square = multiply(add(N, 1), add(N, 1))
    expect(sizesEqual(square, add(multiply(N, N), multiply(2, N), 1))).toBe(true)
    expect(subtract(square, square)).toBe(0)
  })

  test("quotients come in lowest terms", () => {
    expect(String(floorDivide(multiply(2, N), 4))).toBe("⌊N/2⌋")
    expect(String(floorDivide(floorDivide(N, 2), 3))).toBe("⌊N/6⌋")
    expect(String(floorDivide(multiply(3, N), 2))).toBe("N + ⌊N/2⌋")
    expect(String(ceilDivide(N, 2))).toBe("⌈N/2⌉")
    expect(sizesEqual(ceilDivide(N, 4), ceilDivide(ceilDivide(N, 2), 2))).toBe(true)
    expect(floorDivide(multiply(N, M), N)).toEqual(M)
    expect(divideExactly(add(multiply(N, N), N), add(N, 1))).toEqual(N)
    expect(divideExactly(N, 2)).toBeUndefined()
    expect(remainder(add(multiply(4, N), 5), 4)).toBe(1)
  })

  test("a power of two comes out of a logarithm", () => {
    expect(String(ceilLog2(multiply(8, N)))).toBe("⌈log₂ N⌉ + 3")
    expect(String(ceilLog2(multiply(6, N)))).toBe("⌈log₂ (3 N)⌉ + 1")
    expect([0, 1, 2, 3, 4, 2 ** 29, 2 ** 29 + 1].map(ceilLog2)).toEqual([0, 0, 1, 2, 2, 29, 30])
  })

  test("an extreme drops what is certain to be beaten", () => {
    expect(maximum(N, floorDivide(N, 2), 1)).toEqual(N)
    expect(minimum(N, multiply(N, M), 1)).toBe(1)
    expect(maximum(N, ceilLog2(N))).toEqual(N)
    expect(String(maximum(N, M, 7))).toBe("max(7, M, N)")
    expect(maximum(ceilLog2(N), ceilLog2(add(N, 1)))).toEqual(ceilLog2(add(N, 1)))
    expect(maximum(add(N, 3), maximum(N, 2))).toEqual(add(N, 3))
  })

  test("sizes print as people write them", () => {
    expect(String(add(multiply(4, N), 4))).toBe("4 N + 4")
    expect(String(subtract(multiply(N, N, M), N))).toBe("M N² − N")
    expect(String(multiply(-1, N))).toBe("−N")
    expect(String(maximum(subtract(N, 2), 0))).toBe("max(0, N − 2)")
  })
})

/** Random sizes in two symbols, none of them negative for symbols of at least 1. */
const sizes = fc.letrec<{ size: Size }>((tie) => ({
  size: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Size>(N, M, 0, 1, 2, 3),
    fc.tuple(tie("size"), tie("size")).map(([a, b]) => add(a, b)),
    fc.tuple(tie("size"), tie("size")).map(([a, b]) => multiply(a, b)),
    fc.tuple(tie("size"), tie("size")).map(([a, b]) => maximum(a, b)),
    fc.tuple(tie("size"), tie("size")).map(([a, b]) => minimum(a, b)),
    fc.tuple(tie("size"), tie("size")).map(([a, b]) => maximum(0, subtract(a, b))),
    fc.tuple(tie("size"), fc.integer({ min: 1, max: 6 })).map(([a, b]) => floorDivide(a, b)),
    fc.tuple(tie("size"), fc.integer({ min: 1, max: 6 })).map(([a, b]) => ceilDivide(a, b)),
    fc.tuple(tie("size"), fc.integer({ min: 1, max: 6 })).map(([a, b]) => remainder(a, b)),
    tie("size").map((a) => ceilLog2(a)),
  ),
})).size

const bindings = fc.record({
  N: fc.integer({ min: 1, max: 40 }),
  M: fc.integer({ min: 1, max: 40 }),
})

describe("symbolic sizes mean what numbers do", () => {
  const same = (f: (a: Size, b: Size) => Size, g: (a: number, b: number) => number): void => {
    fc.assert(
      fc.property(sizes, sizes, bindings, (a, b, values) => {
        expect(evaluate(f(a, b), values)).toBe(g(evaluate(a, values), evaluate(b, values)))
      }),
    )
  }

  test("sums, products, extremes", () => {
    same(add, (a, b) => a + b)
    same(subtract, (a, b) => a - b)
    same(multiply, (a, b) => a * b)
    same(maximum, Math.max)
    same(minimum, Math.min)
  })

  test("quotients, remainders, logarithms", () => {
    same(
      (a, b) => floorDivide(a, add(b, 1)),
      (a, b) => Math.floor(a / (b + 1)),
    )
    same(
      (a, b) => remainder(a, add(b, 1)),
      (a, b) => a % (b + 1),
    )
    same(
      (a) => ceilLog2(a),
      (a) => (a <= 1 ? 0 : Math.ceil(Math.log2(a) - 1e-12)),
    )
  })

  test("substitution is evaluation of a part", () => {
    fc.assert(
      fc.property(sizes, bindings, (a, values) => {
        expect(evaluate(substitute(a, { N: values.N }), { M: values.M })).toBe(evaluate(a, values))
      }),
    )
  })
})

describe("what is claimed for all symbols holds for each", () => {
  test("lower bounds", () => {
    expect(lowerBound(subtract(multiply(N, N), N))).toBe(0)
    expect(lowerBound(add(multiply(2, N), 1))).toBe(3)
    fc.assert(
      fc.property(sizes, sizes, bindings, (a, b, values) => {
        const difference = subtract(a, b)
        expect(evaluate(difference, values)).toBeGreaterThanOrEqual(lowerBound(difference))
      }),
    )
  })

  test("comparisons", () => {
    expect(isAtMost(floorDivide(N, 2), N)).toBe(true)
    expect(isAtMost(N, floorDivide(N, 2))).toBe(false)
    expect(isAtMost(maximum(N, M), add(N, M))).toBe(true)
    expect(isAtMost(multiply(2, floorDivide(N, 2)), N)).toBe(true)
    fc.assert(
      fc.property(sizes, sizes, bindings, (a, b, values) => {
        if (isAtMost(a, b)) {
          expect(evaluate(a, values)).toBeLessThanOrEqual(evaluate(b, values))
        }
      }),
      { numRuns: 300 },
    )
  })
})

test("order keeps the fastest growth in every variable", () => {
  expect(order(7)).toBe("O(1)")
  expect(order(add(multiply(3, N, N), multiply(5, N, ceilLog2(N)), 2))).toBe("O(N²)")
  expect(order(add(multiply(N, ceilLog2(N)), multiply(9, N)))).toBe("O(N log N)")
  expect(order(add(multiply(N, M), multiply(N, N), M))).toBe("O(M N + N²)")
  expect(order(ceilLog2(multiply(3, N, M)))).toBe("O(log M + log N)")
  expect(order(multiply(ceilLog2(N), ceilLog2(N)))).toBe("O(log² N)")
  expect(order(maximum(N, M))).toBe("O(M + N)")
  expect(order(minimum(N, 7))).toBe("O(1)")
  expect(order(floorDivide(multiply(N, M), add(N, 1)))).toBe("O(M)")
  expect(order(subtract(N, 1))).toBe("O(N)")
})

test("a symbol without a value, or with an impossible one, is named", () => {
  const at = (values: Bindings) => () => evaluate(add(N, M), values)
  expect(at({ N: 1 })).toThrow("size M has no value: bind it, as in { M: 1024 }")
  expect(at({ N: 1, M: 1.5 })).toThrow("size M is 1.5: sizes are whole numbers of at least 0")
  expect(at({ N: -1, M: 1 })).toThrow("size N is -1")
  expect(symbolsOf(add(ceilLog2(N), M))).toEqual(["M", "N"])
})
