import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import {
  checkGraph,
  type Graph,
  GraphBuilder,
  operations as op,
  type Primitive,
  printGraph,
  type Variable,
} from "../../src/graph/index.ts"
import { type DType, isFloat, type Shape, symbol } from "../../src/size/index.ts"
import { batch, gradient, jvp, simplify } from "../../src/transform/index.ts"
import { difference, randomArguments, randomGraph, toleranceOf } from "../graph/random.ts"

test("a simplified random graph computes the same", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 20 }), (one) => {
      const simple = checkGraph(simplify(one.graph))
      const [got, expected] = [evaluate(simple, one.inputs), evaluate(one.graph, one.inputs)]
      expect(difference(got, expected, toleranceOf(one))).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

test("simplifying twice gives what simplifying once gave", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 15 }), ({ graph }) => {
      const once = simplify(graph)
      expect(printGraph(simplify(once))).toBe(printGraph(once))
    }),
    { numRuns: 200 },
  )
})

test("derivatives and batches of random graphs simplify to the same results", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 6, mostElements: 24 }), ({ graph, seed }) => {
      for (const made of [
        jvp(graph),
        batch(
          graph,
          graph.inputs.map(() => 0),
          2,
        ),
      ]) {
        const inputs = randomArguments(made, seed)
        const simple = evaluate(checkGraph(simplify(made)), inputs)
        const tolerance = toleranceOf({ graph: made, seed, inputs }, 1e-4)
        expect(difference(simple, evaluate(made, inputs), tolerance)).toBeUndefined()
      }
    }),
    { numRuns: 100 },
  )
})

type Build = (b: GraphBuilder, x: Variable, y: Variable) => Variable

/** The primitives that are left of a function of two arrays of a shape and dtype. */
function left(build: Build, dtype: DType = "float32", shape: Shape = [2, 3]): Primitive[] {
  const b = new GraphBuilder()
  const [x, y] = [b.input({ shape, dtype }), b.input({ shape, dtype })]
  const simple = checkGraph(simplify(b.build([build(b, x, y)])))
  return simple.equations.map(({ primitive }) => primitive)
}

/** Whether a function is seen to be its first operand. */
function isFirst(build: Build, dtype: DType = "float32", shape: Shape = [2, 3]): boolean {
  const b = new GraphBuilder()
  const [x, y] = [b.input({ shape, dtype }), b.input({ shape, dtype })]
  const simple = simplify(b.build([build(b, x, y)]))
  return simple.outputs[0] === simple.inputs[0]
}

describe("arithmetic", () => {
  test("neutral elements vanish", () => {
    expect(isFirst((b, x) => op.add(b, x, 0))).toBe(true)
    expect(isFirst((b, x) => op.subtract(b, x, 0))).toBe(true)
    expect(isFirst((b, x) => op.multiply(b, 1, x))).toBe(true)
    expect(isFirst((b, x) => op.divide(b, x, 1))).toBe(true)
    expect(isFirst((b, x) => op.combine(b, "power", x, 1))).toBe(true)
    expect(isFirst((b, x) => op.combine(b, "or", x, 0), "bool")).toBe(true)
    expect(isFirst((b, x) => op.combine(b, "and", x, 1), "bool")).toBe(true)
  })

  test("opposites cancel", () => {
    expect(isFirst((b, x) => op.negate(b, op.negate(b, x)))).toBe(true)
    expect(isFirst((b, x) => op.apply(b, "not", op.apply(b, "not", x)), "int32")).toBe(true)
    expect(left((b, x, y) => op.add(b, x, op.negate(b, y)))).toEqual(["subtract"])
    expect(left((b, x, y) => op.subtract(b, x, op.negate(b, y)))).toEqual(["add"])
  })

  test("zero times a float may be NaN, zero times an integer is zero", () => {
    expect(left((b, x) => op.multiply(b, x, 0))).toEqual(["full", "multiply"])
    expect(left((b, x) => op.multiply(b, x, 0), "int32")).toEqual(["full"])
    expect(left((b, x) => op.subtract(b, x, x))).toEqual(["subtract"])
    expect(left((b, x) => op.subtract(b, x, x), "int32")).toEqual(["full"])
    expect(left((b, x) => op.equal(b, x, x))).toEqual(["equal"])
    expect(left((b, x) => op.equal(b, x, x), "uint32")).toEqual(["full"])
  })

  test("constants fold as their dtype holds them", () => {
    const folded = (build: (b: GraphBuilder) => Variable): unknown => {
      const b = new GraphBuilder()
      const [equation] = simplify(b.build([build(b)])).equations
      return equation.params
    }
    const scalar = (dtype: DType) => ({ shape: [], dtype })
    const float = (b: GraphBuilder, value: number) => op.full(b, scalar("float32"), value)
    const int = (b: GraphBuilder, value: number) => op.full(b, scalar("int32"), value)
    expect(folded((b) => op.add(b, float(b, 0.1), float(b, 0.2)))).toEqual({
      ...scalar("float32"),
      value: Math.fround(Math.fround(0.1) + Math.fround(0.2)),
    })
    expect(folded((b) => op.add(b, int(b, 2 ** 31 - 1), 1))).toEqual({
      ...scalar("int32"),
      value: -(2 ** 31),
    })
    expect(folded((b) => op.less(b, float(b, Number.NaN), 1))).toEqual({
      ...scalar("bool"),
      value: 0,
    })
  })

  test("conditions that are known choose", () => {
    const truth = (b: GraphBuilder, value: number): Variable =>
      op.full(b, { shape: [2, 3], dtype: "bool" }, value)
    expect(isFirst((b, x, y) => op.select(b, truth(b, 1), x, y))).toBe(true)
    expect(isFirst((b, x, y) => op.select(b, truth(b, 0), y, x))).toBe(true)
    expect(isFirst((b, x, y) => op.select(b, op.less(b, x, y), x, x))).toBe(true)
    const opposite: Build = (b, x, y) => op.select(b, op.apply(b, "not", op.less(b, x, y)), x, y)
    expect(left(opposite)).toEqual(["less", "select"])
  })

  test("what is the same along an axis is computed once along it", () => {
    const shape = [symbol("N")]
    const wide = (b: GraphBuilder, x: Variable): Variable =>
      op.broadcast(b, x, [symbol("M"), ...x.shape], [1])
    const build: Build = (b, x, y) => op.multiply(b, op.add(b, wide(b, x), wide(b, y)), 2)
    expect(left(build, "float32", shape)).toEqual(["add", "full", "multiply", "broadcast"])
  })
})

describe("views", () => {
  test("views that change nothing vanish", () => {
    expect(isFirst((b, x) => op.reshape(b, op.reshape(b, x, [6]), x.shape))).toBe(true)
    const turned: Build = (b, x) => op.transpose(b, op.transpose(b, x, [1, 0]), [1, 0])
    expect(isFirst(turned)).toBe(true)
    expect(isFirst((b, x) => op.flip(b, op.flip(b, x, [1]), [1]))).toBe(true)
    const whole: Build = (b, x) =>
      b.emit("slice", [x], { starts: [0, 0], limits: x.shape, strides: [1, 1] })
    expect(isFirst(whole)).toBe(true)
    expect(isFirst((b, x) => op.padAxis(b, x, 0, [0, 0, 0], 7))).toBe(true)
    expect(isFirst((b, x) => b.emit("concatenate", [x], { axis: 0 }))).toBe(true)
    expect(isFirst((b, x) => b.emit("reduceSum", [x], { axes: [] }))).toBe(true)
    const toOwn: Build = (b, x) => b.emit("cast", [x], { dtype: x.dtype })
    expect(isFirst(toOwn)).toBe(true)
  })

  test("views of views are one view", () => {
    const shape = [4, 6]
    const reshaped: Build = (b, x) => op.reshape(b, op.reshape(b, x, [24]), [2, 12])
    expect(left(reshaped, "float32", shape)).toEqual(["reshape"])
    const sliced: Build = (b, x) => op.sliceAxis(b, op.sliceAxis(b, x, 0, 1, 4), 1, 2, 6, 2)
    expect(left(sliced, "float32", shape)).toEqual(["slice"])
    const widened: Build = (b, x) =>
      op.broadcast(b, op.broadcast(b, x, [4, 5, 6], [0, 2]), [3, 4, 5, 6], [1, 2, 3])
    expect(left(widened, "float32", shape)).toEqual(["broadcast"])
    const summed: Build = (b, x) => op.reduceSum(b, op.reduceSum(b, x, [1]), [0])
    expect(left(summed, "float32", shape)).toEqual(["reduceSum"])
  })

  test("a view of one value is one value", () => {
    const build: Build = (b, x) =>
      op.flip(b, op.transpose(b, op.reshape(b, op.ones(b, x), [3, 2]), [1, 0]), [0])
    expect(left(build)).toEqual(["full"])
  })
})

test("equal equations are computed once, unneeded ones never", () => {
  const b = new GraphBuilder()
  const x = b.input({ shape: [2], dtype: "float32" })
  const y = b.input({ shape: [2], dtype: "float32" })
  op.apply(b, "exp", y)
  const sum = op.add(b, op.multiply(b, x, y), op.multiply(b, y, x))
  const simple = simplify(b.build([sum, sum]))
  expect(simple.equations.map(({ primitive }) => primitive)).toEqual(["multiply", "add"])
  expect(simple.inputs.length).toBe(2)
  expect(simple.outputs[0]).toBe(simple.outputs[1])
})

test("−0 and 0 are different constants, NaN is one", () => {
  const b = new GraphBuilder()
  const type = { shape: [], dtype: "float32" } as const
  const values = [0, -0, Number.NaN, Number.NaN].map((value) => op.full(b, type, value))
  expect(simplify(b.build(values)).equations.length).toBe(3)
})

test("a stopped gradient goes only when nothing will be differentiated any more", () => {
  const b = new GraphBuilder()
  const x = b.input({ shape: [], dtype: "float32" })
  const graph = b.build([op.multiply(b, x, op.apply(b, "stopGradient", x))])
  expect(simplify(graph).equations.length).toBe(2)
  expect(simplify(graph, { differentiable: false }).equations.length).toBe(1)
  const slope = gradient(graph)
  const value = { data: Float32Array.of(3), shape: [] }
  expect(evaluate(slope, [value])[1].data[0]).toBe(3)
})

test("a long chain neither overflows the stack nor keeps what cancels", () => {
  const b = new GraphBuilder()
  let x = b.input({ shape: [3], dtype: "float32" })
  for (let i = 0; i < 20_000; i++) x = i % 2 === 0 ? op.negate(b, x) : op.add(b, x, 0)
  const sum = (v: Variable): Variable => op.reduceSum(b, v, [0])
  const long: Graph = b.build([sum(op.apply(b, "sin", x))])
  expect(simplify(long).equations.length).toBe(2)
  expect(isFloat(gradient(long).outputs[1].dtype)).toBe(true)
})
