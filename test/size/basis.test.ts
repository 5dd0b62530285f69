import fc from "fast-check"
import { expect, test } from "vitest"
import {
  add,
  addVectors,
  Basis,
  ceilLog2,
  evaluate,
  floorDivide,
  isAtMost,
  maximum,
  multiply,
  type Size,
  sizesEqual,
  subtract,
  subtractVectors,
  symbol,
} from "../../src/size/index.ts"

const N = symbol("N")
const M = symbol("M")
const products: readonly Size[] = [1, N, M, multiply(N, M), ceilLog2(N), floorDivide(M, 2)]

const sizes: fc.Arbitrary<Size> = fc
  .array(fc.tuple(fc.constantFrom(...products), fc.integer({ min: -4, max: 9 })), { maxLength: 4 })
  .map((terms) => add(...terms.map(([product, times]) => multiply(product, times))))

test("a size is its vector, and vectors add up as sizes do", () => {
  fc.assert(
    fc.property(sizes, sizes, (a, b) => {
      const basis = new Basis()
      const [v, w] = [basis.vectorOf(a), basis.vectorOf(b)]
      expect(sizesEqual(basis.sizeOf(v), a)).toBe(true)
      expect(sizesEqual(basis.sizeOf(addVectors(v, w)), add(a, b))).toBe(true)
      expect(sizesEqual(basis.sizeOf(subtractVectors(v, w)), subtract(a, b))).toBe(true)
    }),
  )
})

test("vectors compare as their sizes do", () => {
  fc.assert(
    fc.property(sizes, sizes, (a, b) => {
      const basis = new Basis()
      expect(basis.isAtMost(basis.vectorOf(a), basis.vectorOf(b))).toBe(isAtMost(a, b))
    }),
  )
})

test("the greatest of vectors is the maximum of their sizes and 0", () => {
  const values = fc.record({
    N: fc.integer({ min: 1, max: 50 }),
    M: fc.integer({ min: 1, max: 50 }),
  })
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 6 }), values, (list, bindings) => {
      const basis = new Basis()
      const greatest = basis.maximum(list.map((size) => basis.vectorOf(size)))
      const truth = Math.max(0, ...list.map((size) => evaluate(size, bindings)))
      expect(evaluate(greatest, bindings)).toBe(truth)
    }),
  )
})

test("of lines in one size only those stay that are greatest somewhere", () => {
  const line = (slope: number, constant: number): Size => add(multiply(slope, N), constant)
  const greatest = maximum(line(1, 100), line(2, 60), line(3, 40), line(10, 1))
  expect(String(greatest)).toBe("max(10 N + 1, N + 100)")
})
