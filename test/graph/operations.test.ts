import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import {
  type ArrayType,
  checkGraph,
  GraphBuilder,
  operations as op,
  printType,
  type Variable,
} from "../../src/graph/index.ts"
import { symbol, type TypedArray } from "../../src/size/index.ts"

/** The elements of a function of an array that counts 0, 1, 2, …. */
function of(shape: readonly number[], f: (b: GraphBuilder, x: Variable) => Variable): TypedArray {
  const b = new GraphBuilder()
  const x = b.input({ shape, dtype: "float32" })
  const count = shape.reduce((p, q) => p * q, 1)
  const [result] = evaluate(checkGraph(b.build([f(b, x)])), [
    { data: Float32Array.from({ length: count }, (_, i) => i), shape },
  ])
  return result.data
}

function typeOf(type: ArrayType, f: (b: GraphBuilder, x: Variable) => Variable): string {
  const b = new GraphBuilder()
  return printType(f(b, b.input(type)))
}

test("a number takes the other operand's type", () => {
  expect([...of([3], (b, x) => op.subtract(b, 1, x))]).toEqual([1, 0, -1])
  expect([...of([3], (b, x) => op.select(b, op.less(b, x, 1), 7, x))]).toEqual([7, 1, 2])
  const b = new GraphBuilder()
  expect(() => op.add(b, 1, 2)).toThrow("add of two numbers has no type")
})

test("views that change nothing emit nothing", () => {
  const b = new GraphBuilder()
  const x = b.input({ shape: [2, 3], dtype: "float32" })
  const views = [
    op.reshape(b, x, [2, 3]),
    op.transpose(b, x, [0, 1]),
    op.moveAxis(b, x, 1, 1),
    op.broadcast(b, x, [2, 3], [0, 1]),
    op.sliceAxis(b, x, 1, 0, 3),
    op.flip(b, x, []),
    op.reduceSum(b, x, []),
    op.concatenate(b, [x], 0),
    op.cast(b, x, "float32"),
    op.moveGroups(b, x, 0, 1, 1),
  ]
  expect(views.every((view) => view === x)).toBe(true)
})

describe("axes", () => {
  const tensor: ArrayType = { shape: [symbol("N"), 6, 5], dtype: "float32" }

  test("move, the others keeping their order", () => {
    expect(typeOf(tensor, (b, x) => op.moveAxis(b, x, 2, 0))).toBe("f32[5, N, 6]")
    expect(typeOf(tensor, (b, x) => op.moveAxis(b, x, 0, 1))).toBe("f32[6, N, 5]")
  })

  test("split and merge", () => {
    expect(typeOf(tensor, (b, x) => op.splitAxis(b, x, 1, 2))).toBe("f32[N, 2, 3, 5]")
    expect(typeOf(tensor, (b, x) => op.mergeAxes(b, x, 0))).toBe("f32[6 N, 5]")
    expect([...of([2, 2], (b, x) => op.mergeAxes(b, op.splitAxis(b, x, 1, 2), 1))]).toEqual([
      0, 1, 2, 3,
    ])
  })

  test("give groups to each other, either way", () => {
    // (2 groups of 1, 2) becomes (1, 2 groups of 2).
    expect([...of([2, 2], (b, x) => op.moveGroups(b, x, 0, 1, 2))]).toEqual([0, 1, 2, 3])
    // (2, 2 groups of 1) becomes (2 groups of 2, 1).
    expect([...of([2, 2], (b, x) => op.moveGroups(b, x, 1, 0, 2))]).toEqual([0, 2, 1, 3])
    const there = (b: GraphBuilder, x: Variable) => op.moveGroups(b, x, 1, 0, 3)
    expect([...of([2, 6], (b, x) => op.moveGroups(b, there(b, x), 0, 1, 3))]).toEqual([
      ...of([2, 6], (_, x) => x),
    ])
  })

  test("come back after a reduction", () => {
    const mean = (b: GraphBuilder, x: Variable) =>
      op.broadcastBack(b, op.reduceSum(b, x, [0]), x.shape, [0])
    expect([...of([2, 3], mean)]).toEqual([3, 5, 7, 3, 5, 7])
  })
})

describe("indices", () => {
  test("a size is a scalar, known or not", () => {
    const b = new GraphBuilder()
    expect(printType(op.sizeScalar(b, symbol("N")))).toBe("i32[]")
    const sized = new GraphBuilder()
    const four = op.reshape(sized, op.sliceAxis(sized, op.iota(sized, [5], 0), 0, 4, 5), [])
    const [counted, known] = evaluate(sized.build([four, op.sizeScalar(sized, 4)]), [])
    expect(counted.data[0]).toBe(known.data[0])
  })

  test("are clamped to the axis", () => {
    const clamped = (b: GraphBuilder, x: Variable) =>
      op.clampIndex(b, op.subtract(b, op.cast(b, x, "int32"), 1), 2)
    expect([...of([5], clamped)]).toEqual([0, 0, 1, 2, 2])
  })

  test("take elements along one axis", () => {
    const reversed = (b: GraphBuilder, x: Variable) =>
      op.takeAlong(b, x, op.subtract(b, 2, op.iota(b, x.shape, 1)), 1)
    expect([...of([2, 3], reversed)]).toEqual([2, 1, 0, 5, 4, 3])
  })
})
