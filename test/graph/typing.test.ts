import { describe, expect, test } from "vitest"
import {
  type ArrayType,
  convolvedExtent,
  inferTypes,
  type ParamsOf,
  type Primitive,
  printType,
} from "../../src/graph/index.ts"
import { type DType, type Shape, symbol } from "../../src/size/index.ts"

const float = (...shape: Shape): ArrayType => ({ shape, dtype: "float32" })
const of = (dtype: DType, ...shape: Shape): ArrayType => ({ shape, dtype })

function typeOf<P extends Primitive>(
  primitive: P,
  operands: readonly ArrayType[],
  params: ParamsOf[P],
): string {
  return inferTypes(primitive, operands, params).map(printType).join(", ")
}

const [N, M] = [symbol("N"), symbol("M")]

const convolution: ParamsOf["convolve"] = {
  lhs: [0, 1, 2],
  rhs: [0, 1, 2],
  out: [0, 1, 2],
  strides: [2],
  padding: [[1, 1]],
  lhsDilation: [1],
  rhsDilation: [1],
  featureGroups: 1,
  batchGroups: 1,
}

describe("results have the types that follow from the operands", () => {
  test("elementwise", () => {
    expect(typeOf("add", [float(N, 3), float(N, 3)], {})).toBe("f32[N, 3]")
    expect(typeOf("less", [of("int32", 2), of("int32", 2)], {})).toBe("bool[2]")
    expect(typeOf("select", [of("bool", 2), float(2), float(2)], {})).toBe("f32[2]")
    expect(typeOf("cast", [float(2)], { dtype: "uint32" })).toBe("u32[2]")
  })

  test("views and moves", () => {
    expect(typeOf("reshape", [float(N, 6)], { shape: [2, N, 3] })).toBe("f32[2, N, 3]")
    expect(typeOf("broadcast", [float(1, N)], { shape: [M, 4, N], axes: [1, 2] })).toBe(
      "f32[M, 4, N]",
    )
    const slice = { starts: [1], limits: [8], strides: [3] }
    expect(typeOf("slice", [float(9)], slice)).toBe("f32[3]")
    const pad = { low: [1], high: [M], interior: [1], value: 0 }
    expect(typeOf("pad", [float(N)], pad)).toBe("f32[M + 2 N]")
    expect(typeOf("pad", [float(0)], { ...pad, high: [0] })).toBe("f32[1]")
    expect(typeOf("concatenate", [float(N), float(2)], { axis: 0 })).toBe("f32[N + 2]")
  })

  test("windows and what they fold back to", () => {
    const params = { axes: [1], sizes: [3], strides: [2], dilations: [2] }
    expect(typeOf("windows", [float(4, 9)], params)).toBe("f32[4, 3, 3]")
    expect(typeOf("fold", [float(4, 3, 3)], { ...params, extents: [9] })).toBe("f32[4, 9]")
  })

  test("reading and writing through indices", () => {
    const [x, i] = [float(5, 6, 7), of("int32", 2, 3)]
    const gather = { axes: [1], mode: "clip" } as const
    expect(typeOf("gather", [x, i], gather)).toBe("f32[2, 3, 5, 7]")
    const scatter = { axes: [1], combine: "add" } as const
    expect(typeOf("scatter", [x, i, float(2, 3, 5, 7)], scatter)).toBe("f32[5, 6, 7]")
  })

  test("contractions put batch axes first, then the left's and the right's free ones", () => {
    const params = { contract: [[2], [0]], batch: [[1], [2]] } as const
    expect(typeOf("dot", [float(4, N, 5), float(5, 6, N)], params)).toBe("f32[N, 4, 6]")
    expect(typeOf("convolve", [float(N, 3, 9), float(8, 3, 3)], convolution)).toBe("f32[N, 8, 5]")
    expect(convolvedExtent(9, 3, 2, [1, 1], 1, 1)).toBe(5)
    expect(convolvedExtent(2, 5, 1, [0, 0], 1, 1)).toBe(0)
  })

  test("sorting gives one result per operand", () => {
    const sorted = typeOf("sort", [float(4), of("int32", 4)], { axis: 0, keys: 1 })
    expect(sorted).toBe("f32[4], i32[4]")
  })
})

describe("what does not fit is refused in one sentence", () => {
  const refusals: readonly (readonly [string, () => unknown, string])[] = [
    [
      "shapes that differ",
      () => inferTypes("add", [float(2), float(3)], {}),
      "add needs operands of one shape, not [2] and [3]",
    ],
    [
      "dtypes that differ",
      () => inferTypes("add", [float(2), of("int32", 2)], {}),
      "add needs operands of one dtype, not float32 and int32",
    ],
    [
      "a dtype without the operation",
      () => inferTypes("sin", [of("int32", 2)], {}),
      "sin needs a float dtype, not int32",
    ],
    ["too few operands", () => inferTypes("add", [float(2)], {}), "add takes 2 operands, not 1"],
    [
      "a reshape to another number of elements",
      () => inferTypes("reshape", [float(N)], { shape: [2, N] }),
      "reshape from [N] to [2, N]: N elements do not make 2 N",
    ],
    [
      "a broadcast of unequal extents",
      () => inferTypes("broadcast", [float(3)], { shape: [4], axes: [0] }),
      "extents must be equal or 1 and axes rising",
    ],
    [
      "a slice beyond the end",
      () => inferTypes("slice", [float(3)], { starts: [0], limits: [4], strides: [1] }),
      "slice 0:4:1 does not fit axis 0 of [3]",
    ],
    [
      "a negative padding",
      () => inferTypes("pad", [float(3)], { low: [-1], high: [0], interior: [0], value: 0 }),
      "pad has a negative amount along axis 0: use slice to crop",
    ],
    [
      "parts that do not agree",
      () => inferTypes("concatenate", [float(3, 2), float(3, 4)], { axis: 0 }),
      "not [3, 2] and [3, 4]",
    ],
    [
      "an axis that the array does not have",
      () => inferTypes("reduceSum", [float(3)], { axes: [1] }),
      "reduceSum has axes [1], which must be different and from 0 to 0",
    ],
    [
      "an axis twice",
      () => inferTypes("flip", [float(3, 4)], { axes: [1, 1] }),
      "flip has axes [1, 1]",
    ],
    [
      "a window that does not fit",
      () =>
        inferTypes("windows", [float(3)], { axes: [0], sizes: [3], strides: [1], dilations: [2] }),
      "windows: a window that spans 5 does not fit an axis of 3",
    ],
    [
      "indices that are no integers",
      () => inferTypes("gather", [float(3), float(2)], { axes: [0], mode: "clip" }),
      "gather needs indices of dtype int32, not float32",
    ],
    [
      "the greatest of nothing",
      () => inferTypes("argmax", [float(0)], { axis: 0 }),
      "argmax of an empty axis: axis 0 has no elements",
    ],
    [
      "contracted axes of unequal extents",
      () =>
        inferTypes("dot", [float(2, 3), float(4, 5)], { contract: [[1], [0]], batch: [[], []] }),
      "dot of [2, 3] and [4, 5] pairs axis 1 with axis 0: extents 3 and 4 must be equal",
    ],
    [
      "a kernel for another number of features",
      () => inferTypes("convolve", [float(1, 4, 9), float(8, 3, 3)], convolution),
      "convolve: the input has 4 features, but the kernel takes 3 in each of 1 groups",
    ],
    [
      "a convolution grouped in two ways",
      () =>
        inferTypes("convolve", [float(2, 6, 9), float(8, 3, 3)], {
          ...convolution,
          featureGroups: 2,
          batchGroups: 2,
        }),
      "at most one of them may be more than 1",
    ],
    [
      "a bit pattern of another width",
      () => inferTypes("bitcast", [float(2)], { dtype: "bool" }),
      "bitcast from float32 to bool: their widths differ",
    ],
  ]
  for (const [name, attempt, message] of refusals) {
    test(name, () => expect(attempt).toThrow(message))
  }
})
