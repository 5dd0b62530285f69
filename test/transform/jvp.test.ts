import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import {
  checkGraph,
  GraphBuilder,
  operations as op,
  type Primitive,
  type Variable,
} from "../../src/graph/index.ts"
import { jvp } from "../../src/transform/index.ts"
import { difference, primitives, randomEquation } from "../graph/random.ts"
import { differenceAlong, directions, magnitude, smoothArguments } from "./calculus.ts"

/** A remainder jumps where the quotient is whole; the others stop derivatives. */
const exceptions: readonly Primitive[] = ["remainder", "bitcast", "stopGradient"]

describe("the tangent of every primitive is its derivative along the direction", () => {
  for (const primitive of primitives) {
    if (exceptions.includes(primitive)) continue
    test(primitive, () => {
      fc.assert(
        fc.property(
          randomEquation(primitive, { dtypes: ["float32"], mostElements: 40 }),
          ({ graph, seed }) => {
            const inputs = smoothArguments(graph, seed, primitive)
            const along = directions(graph, seed)
            const derivative = checkGraph(jvp(graph))
            const results = evaluate(derivative, [...inputs, ...along])
            const values = evaluate(graph, inputs)
            const slopes = differenceAlong(graph, inputs, along)
            const tangents = results.slice(values.length)
            expect(difference(results, values, 0)).toBeUndefined()
            const tolerance = 2e-3 * magnitude(values, tangents)
            expect(difference(tangents, slopes, tolerance)).toBeUndefined()
          },
        ),
        { numRuns: 40 },
      )
    })
  }
})

/** The tangent of f at x along t. */
function tangentOf(
  f: (b: GraphBuilder, x: Variable) => Variable,
  x: readonly number[],
  t: readonly number[],
): readonly number[] {
  const b = new GraphBuilder()
  const graph = b.build([f(b, b.input({ shape: [x.length], dtype: "float32" }))])
  const shape = [x.length]
  const [, tangent] = evaluate(jvp(graph), [
    { data: Float32Array.from(x), shape },
    { data: Float32Array.from(t), shape },
  ])
  return [...tangent.data]
}

test("equal operands of a maximum share its derivative", () => {
  const relu = (b: GraphBuilder, x: Variable): Variable => op.combine(b, "maximum", x, 0)
  expect(tangentOf(relu, [-1, 0, 2], [1, 1, 1])).toEqual([0, 0.5, 1])
  const lesser = (b: GraphBuilder, x: Variable): Variable => op.combine(b, "minimum", 0, x)
  expect(tangentOf(lesser, [-1, 0, 2], [1, 1, 1])).toEqual([1, 0.5, 0])
})

test("equal greatest elements share the derivative of a maximum over an axis", () => {
  const greatest = (b: GraphBuilder, x: Variable): Variable =>
    b.emit("reduceMax", [x], { axes: [0] })
  expect(tangentOf(greatest, [3, 1, 3, 3], [1, 10, 2, 3])).toEqual([2])
})

test("a running maximum follows the element that attained it first", () => {
  const running = (reverse: boolean) => (b: GraphBuilder, x: Variable) =>
    b.emit("cumulativeMax", [x], { axis: 0, reverse })
  expect(tangentOf(running(false), [1, 3, 3, 2], [1, 2, 3, 4])).toEqual([1, 2, 2, 2])
  expect(tangentOf(running(true), [1, 3, 3, 2], [1, 2, 3, 4])).toEqual([3, 3, 3, 4])
})

test("the derivative of |x| at 0 is 1", () => {
  const abs = (b: GraphBuilder, x: Variable): Variable => op.apply(b, "abs", x)
  expect(tangentOf(abs, [-2, 0, 2], [1, 1, 1])).toEqual([-1, 1, 1])
})

test("x⁰ has derivative 0 and x² derivative 0 at x = 0", () => {
  const power = (p: number) => (b: GraphBuilder, x: Variable) => op.combine(b, "power", x, p)
  expect(tangentOf(power(0), [0, 2], [1, 1])).toEqual([0, 0])
  expect(tangentOf(power(2), [0, 3], [1, 1])).toEqual([0, 6])
  expect(tangentOf(power(1), [0, 3], [1, 1])).toEqual([1, 1])
})

test("the exponent of 0 has derivative 0 instead of the logarithm of 0", () => {
  const ofZero = (b: GraphBuilder, x: Variable): Variable => op.combine(b, "power", 0, x)
  expect(tangentOf(ofZero, [2, 3], [1, 1])).toEqual([0, 0])
})

test("a remainder follows the dividend, and loses the divisor once for each time that it fits", () => {
  const byDivisor = (b: GraphBuilder, x: Variable): Variable => op.combine(b, "remainder", 7.25, x)
  expect(tangentOf(byDivisor, [2, -2], [1, 1])).toEqual([-3, 3])
  const byDividend = (b: GraphBuilder, x: Variable): Variable => op.combine(b, "remainder", x, 2)
  expect(tangentOf(byDividend, [7.25, -7.25], [1, 1])).toEqual([1, 1])
})

test("products with zeros have the derivative of the other factors", () => {
  const product = (b: GraphBuilder, x: Variable): Variable =>
    b.emit("reduceProd", [x], { axes: [0] })
  expect(tangentOf(product, [2, 0, 3], [1, 1, 1])).toEqual([6])
  expect(tangentOf(product, [2, 0, 0], [1, 1, 1])).toEqual([0])
  const running = (b: GraphBuilder, x: Variable): Variable =>
    b.emit("cumulativeProd", [x], { axis: 0, reverse: false })
  expect(tangentOf(running, [2, 0, 3, 5, 0], [1, 1, 1, 1, 1])).toEqual([1, 2, 6, 30, 0])
})

test("a scattered product with zeros has the derivative of the other factors", () => {
  const scattered = (b: GraphBuilder, x: Variable): Variable => {
    const indices = op.full(b, { shape: [3], dtype: "int32" }, 1)
    const operands = [op.full(b, { shape: [2], dtype: "float32" }, 5), indices, x]
    return b.emit("scatter", operands, { axes: [0], combine: "multiply" })
  }
  expect(tangentOf(scattered, [2, 0, 3], [1, 1, 1])).toEqual([0, 30])
  expect(tangentOf(scattered, [2, 4, 3], [1, 0, 0])).toEqual([0, 60])
  expect(tangentOf(scattered, [2, 0, 0], [1, 1, 1])).toEqual([0, 0])
})

test("of updates to one place only the last one's tangent stays", () => {
  const written = (b: GraphBuilder, x: Variable): Variable => {
    const indices = b.emit("cast", [op.full(b, { shape: [4], dtype: "bool" }, 1)], {
      dtype: "int32",
    })
    return b.emit("scatter", [op.negate(b, x), indices, x], { axes: [0], combine: "set" })
  }
  expect(tangentOf(written, [1, 2, 3, 4], [1, 2, 3, 4])).toEqual([-1, 4, -3, -4])
})

test("no derivative passes a stopped gradient, a bit pattern or an integer", () => {
  const stopped = (b: GraphBuilder, x: Variable): Variable =>
    op.multiply(b, x, op.apply(b, "stopGradient", x))
  expect(tangentOf(stopped, [3], [1])).toEqual([3])
  const bits = (b: GraphBuilder, x: Variable): Variable =>
    b.emit("bitcast", [b.emit("bitcast", [x], { dtype: "int32" })], { dtype: "float32" })
  expect(tangentOf(bits, [3], [1])).toEqual([0])
  const whole = (b: GraphBuilder, x: Variable): Variable =>
    op.cast(b, op.cast(b, x, "int32"), "float32")
  expect(tangentOf(whole, [3.5], [1])).toEqual([0])
})

test("inputs without tangents are constants", () => {
  const b = new GraphBuilder()
  const type = { shape: [], dtype: "float32" } as const
  const [x, y] = [b.input(type), b.input(type)]
  const graph = jvp(b.build([op.multiply(b, x, y)]), [false, true])
  expect(graph.inputs.length).toBe(3)
  const scalar = (value: number) => ({ data: Float32Array.of(value), shape: [] })
  const [product, tangent] = evaluate(graph, [scalar(3), scalar(5), scalar(1)])
  expect([product.data[0], tangent.data[0]]).toEqual([15, 3])
})

test("one choice per input is needed", () => {
  const b = new GraphBuilder()
  const graph = b.build([b.input({ shape: [], dtype: "float32" })])
  expect(() => jvp(graph, [true, false])).toThrow(
    "the graph has 1 inputs, but 2 choices were given",
  )
})
