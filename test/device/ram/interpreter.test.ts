import { describe, expect, test } from "vitest"
import { evaluate, type HostArray } from "../../../src/device/ram/index.ts"
import {
  checkGraph,
  GraphBuilder,
  type ParamsOf,
  type Primitive,
} from "../../../src/graph/index.ts"
import { allocateTyped, type DType } from "../../../src/size/index.ts"

/** Elements of a dtype in a shape, one axis unless told otherwise. */
function array(dtype: DType, elements: readonly number[], shape = [elements.length]): HostArray {
  const data = allocateTyped(dtype, elements.length)
  data.set(elements)
  return { data, shape, dtype }
}

const f32 = (elements: readonly number[], shape?: number[]) => array("float32", elements, shape)
const i32 = (elements: readonly number[], shape?: number[]) => array("int32", elements, shape)
const u32 = (elements: readonly number[], shape?: number[]) => array("uint32", elements, shape)
const bool = (elements: readonly number[], shape?: number[]) => array("bool", elements, shape)

/** One primitive on arrays. */
function run<P extends Primitive>(
  primitive: P,
  operands: readonly HostArray[],
  params: ParamsOf[P],
): readonly HostArray[] {
  const b = new GraphBuilder()
  const results = b.emitAll(
    primitive,
    operands.map((operand) => b.input(operand)),
    params,
  )
  return evaluate(checkGraph(b.build(results)), operands)
}

/** The elements of one primitive's only result. */
function elements<P extends Primitive>(
  primitive: P,
  operands: readonly HostArray[],
  params: ParamsOf[P],
): number[] {
  return [...run(primitive, operands, params)[0].data]
}

const { fround, PI } = Math
const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY]
const [lowest, highest] = [-(2 ** 31), 2 ** 31 - 1]

describe("floats", () => {
  test("results are rounded to float32 once", () => {
    expect(elements("exp", [f32([1, 0, -inf])], {})).toEqual([fround(Math.E), 1, 0])
    expect(elements("atan2", [f32([1, -0]), f32([-1, -1])], {})).toEqual([
      fround(0.75 * PI),
      fround(-PI),
    ])
  })

  test("ties round to even and zero keeps its sign", () => {
    const rounded = elements("round", [f32([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, inf, nan])], {})
    expect(rounded).toEqual([0, 2, 2, -0, -2, 2, inf, nan])
  })

  test("division and remainder follow IEEE 754, the remainder's sign the dividend's", () => {
    expect(elements("divide", [f32([1, -1, 0]), f32([0, 0, 0])], {})).toEqual([inf, -inf, nan])
    const remainder = elements("remainder", [f32([5.5, -5.5, 5.5, 1]), f32([2, 2, -2, inf])], {})
    expect(remainder).toEqual([1.5, -1.5, 1.5, 1])
  })

  test("NaN wins maxima and minima", () => {
    expect(elements("maximum", [f32([nan, 1, 2]), f32([1, nan, 3])], {})).toEqual([nan, nan, 3])
    expect(elements("minimum", [f32([nan, 1, 2]), f32([1, nan, 3])], {})).toEqual([nan, nan, 2])
  })

  test("1 to the power of anything is 1, as in C", () => {
    const powers = elements("power", [f32([1, 1, -1, 2, 0]), f32([nan, inf, inf, 0.5, 0])], {})
    expect(powers).toEqual([1, 1, 1, fround(Math.SQRT2), 1])
  })

  test("the logistic function saturates without overflow", () => {
    expect(elements("logistic", [f32([0, 1000, -1000, -inf])], {})).toEqual([0.5, 1, 0, 0])
  })

  test("comparisons with NaN are false, except ≠", () => {
    const operands = [f32([nan, 1, -0]), f32([nan, 2, 0])]
    expect(elements("equal", operands, {})).toEqual([0, 0, 1])
    expect(elements("notEqual", operands, {})).toEqual([1, 1, 0])
    expect(elements("less", operands, {})).toEqual([0, 1, 0])
    expect(elements("greaterEqual", operands, {})).toEqual([0, 0, 1])
  })
})

describe("integers", () => {
  test("sums, differences and products wrap around", () => {
    expect(elements("add", [i32([highest]), i32([1])], {})).toEqual([lowest])
    expect(elements("subtract", [u32([0]), u32([1])], {})).toEqual([2 ** 32 - 1])
    expect(elements("multiply", [i32([123456789]), i32([987654321])], {})).toEqual([-67153019])
    expect(elements("negate", [i32([lowest, 5])], {})).toEqual([lowest, -5])
    expect(elements("abs", [i32([lowest, -5])], {})).toEqual([lowest, 5])
  })

  test("division truncates; by zero it gives all bits set", () => {
    const quotients = elements("divide", [i32([7, -7, 1, lowest]), i32([-2, 2, 0, -1])], {})
    expect(quotients).toEqual([-3, -3, -1, lowest])
    expect(elements("divide", [u32([7]), u32([0])], {})).toEqual([2 ** 32 - 1])
  })

  test("a remainder by zero is the dividend", () => {
    expect(elements("remainder", [i32([7, -7, 9]), i32([4, 4, 0])], {})).toEqual([3, -3, 9])
  })

  test("powers wrap; negative ones are truncated quotients", () => {
    const powers = elements("power", [i32([3, 2, -1, 1, 0, 2]), i32([4, 32, -3, -9, -1, -1])], {})
    expect(powers).toEqual([81, 0, -1, 1, -1, 0])
  })

  test("shifting by the width or more gives 0, or the sign", () => {
    const amounts = i32([1, 32, 40, -1])
    const left = elements("shiftLeft", [i32([1, 1, 1, 1]), amounts], {})
    expect(left).toEqual([2, 0, 0, 0])
    const arithmetic = elements("shiftRightArithmetic", [i32([-8, -8, 8, -1]), amounts], {})
    expect(arithmetic).toEqual([-4, -1, 0, -1])
    const logical = elements("shiftRightLogical", [i32([-2, -2, -2, -2]), amounts], {})
    expect(logical).toEqual([highest, 0, 0, 0])
  })

  test("bits are counted and negated", () => {
    expect(elements("populationCount", [u32([0, 255, 2 ** 32 - 1])], {})).toEqual([0, 8, 32])
    expect(elements("countLeadingZeros", [i32([0, 1, -1])], {})).toEqual([32, 31, 0])
    expect(elements("not", [i32([0, -1])], {})).toEqual([-1, 0])
    expect(elements("not", [bool([0, 1])], {})).toEqual([1, 0])
    expect(elements("xor", [bool([0, 1]), bool([1, 1])], {})).toEqual([1, 0])
  })
})

describe("casts", () => {
  test("floats truncate and saturate, NaN becomes 0", () => {
    const floats = f32([1.9, -1.9, 3e9, -3e9, nan, inf])
    expect(elements("cast", [floats], { dtype: "int32" })).toEqual([
      1,
      -1,
      highest,
      lowest,
      0,
      highest,
    ])
    expect(elements("cast", [floats], { dtype: "uint32" })).toEqual([1, 0, 3e9, 0, 0, 2 ** 32 - 1])
  })

  test("integers wrap into one another and anything but 0 is true", () => {
    expect(elements("cast", [i32([-1])], { dtype: "uint32" })).toEqual([2 ** 32 - 1])
    expect(elements("cast", [u32([2 ** 32 - 1])], { dtype: "int32" })).toEqual([-1])
    expect(elements("cast", [f32([0, -0, nan, 2])], { dtype: "bool" })).toEqual([0, 0, 1, 1])
    expect(elements("cast", [bool([0, 1])], { dtype: "float32" })).toEqual([0, 1])
  })

  test("a bitcast keeps every bit, those of NaN too", () => {
    const bits = u32([0x3f800000, 0x7fc00001, 0xffc12345])
    const [floats] = run("bitcast", [bits], { dtype: "float32" })
    expect(floats.data[0]).toBe(1)
    expect(elements("bitcast", [floats], { dtype: "uint32" })).toEqual([...bits.data])
  })
})

test("Threefry gives the words of its authors' test vectors", () => {
  const vectors = [
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ]
  for (const [key0, key1, counter0, counter1, first, second] of vectors) {
    const operands = [key0, key1, counter0, counter1].map((word) => u32([word]))
    expect(elements("threefry", operands, { word: "first" })).toEqual([first])
    expect(elements("threefry", operands, { word: "second" })).toEqual([second])
    expect(elements("threefry", operands, { word: "xor" })).toEqual([(first ^ second) >>> 0])
  }
})

describe("views and moves", () => {
  const matrix = f32([1, 2, 3, 4, 5, 6], [2, 3])

  test("views read the same elements in another order", () => {
    expect(elements("reshape", [matrix], { shape: [3, 2] })).toEqual([1, 2, 3, 4, 5, 6])
    expect(elements("transpose", [matrix], { permutation: [1, 0] })).toEqual([1, 4, 2, 5, 3, 6])
    expect(elements("flip", [matrix], { axes: [1] })).toEqual([3, 2, 1, 6, 5, 4])
    const column = elements("broadcast", [f32([1, 2], [2, 1])], { shape: [2, 2, 3], axes: [1, 2] })
    expect(column).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2])
    const slice = { starts: [0, 0], limits: [2, 3], strides: [1, 2] }
    expect(elements("slice", [matrix], slice)).toEqual([1, 3, 4, 6])
  })

  test("padding goes before, after and between elements", () => {
    const pad = { low: [1], high: [2], interior: [1], value: 9 }
    expect(elements("pad", [f32([1, 2])], pad)).toEqual([9, 1, 9, 2, 9, 9])
    expect(elements("pad", [f32([])], { ...pad, low: [1] })).toEqual([9, 9, 9])
  })

  test("windows overlap, and folding adds them back", () => {
    const params = { axes: [0], sizes: [3], strides: [1], dilations: [2] }
    const windows = elements("windows", [f32([1, 2, 3, 4, 5, 6])], params)
    expect(windows).toEqual([1, 3, 5, 2, 4, 6])
    const folded = elements("fold", [f32(windows, [2, 3])], { ...params, extents: [6] })
    expect(folded).toEqual([1, 2, 3, 4, 5, 6])
    const dense = { axes: [0], sizes: [2], strides: [1], dilations: [1], extents: [4] }
    expect(elements("fold", [f32([1, 1, 1, 1, 1, 1], [3, 2])], dense)).toEqual([1, 2, 2, 1])
  })

  test("concatenation joins along an axis, empty operands included", () => {
    const operands = [matrix, f32([], [2, 0]), f32([7, 8], [2, 1])]
    expect(elements("concatenate", operands, { axis: 1 })).toEqual([1, 2, 3, 7, 4, 5, 6, 8])
  })

  test("gather clamps indices out of range, or fills", () => {
    const rows = i32([1, -1, 2])
    const clip = elements("gather", [matrix, rows], { axes: [0], mode: "clip" })
    expect(clip).toEqual([4, 5, 6, 1, 2, 3, 4, 5, 6])
    const fill = elements("gather", [matrix, rows], { axes: [0], mode: "fill" })
    expect(fill).toEqual([4, 5, 6, nan, nan, nan, nan, nan, nan])
    const lowestFill = elements("gather", [i32([5]), i32([0, 1])], { axes: [0], mode: "fill" })
    expect(lowestFill).toEqual([5, lowest])
    const pairs = elements("gather", [matrix, i32([0, 1]), i32([2, 0])], {
      axes: [0, 1],
      mode: "clip",
    })
    expect(pairs).toEqual([3, 4])
  })

  test("scatter combines updates, drops those out of range, and the last one set stays", () => {
    const operands = [f32([10, 20, 30]), i32([2, 0, 2, 3, -1]), f32([1, 2, 3, 4, 5])]
    const scatter = (combine: ParamsOf["scatter"]["combine"]): number[] =>
      elements("scatter", operands, { axes: [0], combine })
    expect(scatter("add")).toEqual([12, 20, 34])
    expect(scatter("multiply")).toEqual([20, 20, 90])
    expect(scatter("minimum")).toEqual([2, 20, 1])
    expect(scatter("maximum")).toEqual([10, 20, 30])
    expect(scatter("set")).toEqual([2, 20, 3])
  })

  test("dynamic slices are clamped to fit", () => {
    const start = i32([5], [])
    expect(elements("dynamicSlice", [f32([1, 2, 3]), start], { sizes: [2] })).toEqual([2, 3])
    const updated = elements("dynamicUpdateSlice", [f32([1, 2, 3]), f32([8, 9]), start], {})
    expect(updated).toEqual([1, 8, 9])
  })

  test("iota counts along one axis", () => {
    const params = { shape: [2, 3], dtype: "int32", axis: 1 } as const
    expect(elements("iota", [], params)).toEqual([0, 1, 2, 0, 1, 2])
  })
})

describe("folds", () => {
  test("reductions go along any axes", () => {
    const cube = f32([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])
    expect(elements("reduceSum", [cube], { axes: [0, 2] })).toEqual([14, 22])
    expect(elements("reduceProd", [cube], { axes: [2] })).toEqual([2, 12, 30, 56])
    expect(elements("reduceMax", [f32([1, nan, 3])], { axes: [0] })).toEqual([nan])
    expect(elements("reduceMin", [bool([1, 0, 1])], { axes: [0] })).toEqual([0])
  })

  test("an empty reduction is its identity", () => {
    const empty = f32([], [0])
    expect(elements("reduceSum", [empty], { axes: [0] })).toEqual([0])
    expect(elements("reduceProd", [empty], { axes: [0] })).toEqual([1])
    expect(elements("reduceMax", [empty], { axes: [0] })).toEqual([-inf])
    expect(elements("reduceMin", [empty], { axes: [0] })).toEqual([inf])
    expect(elements("reduceMax", [i32([], [0])], { axes: [0] })).toEqual([lowest])
    expect(elements("reduceMin", [u32([], [0])], { axes: [0] })).toEqual([2 ** 32 - 1])
    expect(elements("reduceMin", [bool([], [0])], { axes: [0] })).toEqual([1])
  })

  test("integer sums and products wrap around", () => {
    expect(elements("reduceSum", [i32([highest, highest, 3])], { axes: [0] })).toEqual([1])
    expect(elements("reduceProd", [u32([65536, 65537])], { axes: [0] })).toEqual([65536])
  })

  test("a float sum is rounded once, at its end", () => {
    expect(elements("reduceSum", [f32([2 ** 24, 1, 1])], { axes: [0] })).toEqual([2 ** 24 + 2])
  })

  test("the first greatest element wins, the first NaN before it", () => {
    expect(elements("argmax", [f32([1, 3, 3, 2])], { axis: 0 })).toEqual([1])
    expect(elements("argmax", [f32([1, nan, 3, nan])], { axis: 0 })).toEqual([1])
    expect(elements("argmin", [f32([2, 1, 1, 5], [2, 2])], { axis: 0 })).toEqual([1, 0])
  })

  test("scans include their own element and run from either end", () => {
    const x = f32([1, 2, 3])
    expect(elements("cumulativeSum", [x], { axis: 0, reverse: false })).toEqual([1, 3, 6])
    expect(elements("cumulativeSum", [x], { axis: 0, reverse: true })).toEqual([6, 5, 3])
    const maxima = elements("cumulativeMax", [f32([1, nan, 3])], { axis: 0, reverse: false })
    expect(maxima).toEqual([1, nan, nan])
  })

  test("sorting is stable, by keys in turn, NaN last", () => {
    const floats = elements("sort", [f32([3, nan, 0, -0, -inf])], { axis: 0, keys: 1 })
    expect(floats).toEqual([-inf, 0, -0, 3, nan])
    const [first, second, payload] = run(
      "sort",
      [i32([1, 0, 1, 0]), i32([5, 7, 5, 6]), i32([0, 1, 2, 3])],
      { axis: 0, keys: 2 },
    )
    expect([first, second, payload].map(({ data }) => [...data])).toEqual([
      [0, 0, 1, 1],
      [6, 7, 5, 5],
      [3, 1, 0, 2],
    ])
  })
})

describe("contractions", () => {
  test("dot pairs batch axes, then sums over contracted ones", () => {
    const lhs = f32([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])
    const rhs = f32([1, 0, 0, 1, 2, 0, 0, 2], [2, 2, 2])
    const product = elements("dot", [lhs, rhs], { contract: [[2], [1]], batch: [[0], [0]] })
    expect(product).toEqual([1, 2, 3, 4, 10, 12, 14, 16])
    const empty = elements("dot", [f32([], [2, 0]), f32([], [0, 2])], {
      contract: [[1], [0]],
      batch: [[], []],
    })
    expect(empty).toEqual([0, 0, 0, 0])
    const wrapped = elements("dot", [i32([65536, 1]), i32([65536, 3])], {
      contract: [[0], [0]],
      batch: [[], []],
    })
    expect(wrapped).toEqual([3])
  })

  const plain: ParamsOf["convolve"] = {
    lhs: [0, 1, 2],
    rhs: [0, 1, 2],
    out: [0, 1, 2],
    strides: [1],
    padding: [[0, 0]],
    lhsDilation: [1],
    rhsDilation: [1],
    featureGroups: 1,
    batchGroups: 1,
  }

  test("convolution slides the kernel, padded, strided and dilated", () => {
    const x = f32([1, 2, 3, 4], [1, 1, 4])
    const k = f32([1, 10], [1, 1, 2])
    expect(elements("convolve", [x, k], plain)).toEqual([21, 32, 43])
    expect(elements("convolve", [x, k], { ...plain, padding: [[1, 1]] })).toEqual([
      10, 21, 32, 43, 4,
    ])
    expect(elements("convolve", [x, k], { ...plain, strides: [2] })).toEqual([21, 43])
    expect(elements("convolve", [x, k], { ...plain, rhsDilation: [2] })).toEqual([31, 42])
    const dilated = { ...plain, lhsDilation: [2] }
    expect(elements("convolve", [x, k], dilated)).toEqual([1, 20, 2, 30, 3, 40])
    expect(elements("convolve", [x, k], { ...plain, padding: [[-1, 0]] })).toEqual([32, 43])
  })

  test("groups keep features and batches apart", () => {
    const x = f32([1, 2, 3, 4], [1, 2, 2])
    const k = f32([1, 10], [2, 1, 1])
    expect(elements("convolve", [x, k], { ...plain, featureGroups: 2 })).toEqual([1, 2, 30, 40])
    const batches = f32([1, 2, 3, 4], [2, 1, 2])
    expect(elements("convolve", [batches, k], { ...plain, batchGroups: 2 })).toEqual([1, 2, 30, 40])
  })

  test("axes may stand in any order", () => {
    const x = f32([1, 2, 3, 4, 5, 6], [1, 3, 2])
    const k = f32([1, 0, 0, 1], [1, 2, 2])
    const last = { ...plain, lhs: [0, 2, 1], rhs: [2, 1, 0], out: [0, 2, 1] }
    expect(elements("convolve", [x, k], last)).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe("evaluation", () => {
  test("inputs that do not fit are named", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [3], dtype: "float32" })
    const graph = b.build([b.emit("exp", [x], {})])
    expect(() => evaluate(graph, [])).toThrow("the graph takes 1 inputs, not 0")
    expect(() => evaluate(graph, [f32([1, 2])])).toThrow("input 0 is f32[3], but was given 2")
    expect(() => evaluate(graph, [i32([1, 2, 3])])).toThrow("Int32Array")
  })

  test("an input may be an output, and an output come twice", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [1], dtype: "float32" })
    const y = b.emit("negate", [x], {})
    const outputs = evaluate(b.build([x, y, y]), [f32([2])])
    expect(outputs.map(({ data }) => data[0])).toEqual([2, -2, -2])
  })
})
