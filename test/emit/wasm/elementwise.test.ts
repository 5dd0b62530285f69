import fc from "fast-check"
import { describe, test } from "vitest"
import {
  type ElementwisePrimitive,
  elementwiseArity,
  elementwiseNames,
  inferTypes,
  type ParamsOf,
} from "../../../src/graph/index.ts"
import {
  allocateTyped,
  type DType,
  dtypeNames,
  dtypes,
  encodeTyped,
  type TypedArray,
} from "../../../src/size/index.ts"
import { expectAgreement, graphOf, type TestArray } from "./running.ts"

type Plain = Exclude<ElementwisePrimitive, "cast" | "bitcast" | "threefry" | "select">

const plain = elementwiseNames.filter(
  (name): name is Plain => !["cast", "bitcast", "threefry", "select"].includes(name),
)

const floats = [0, -0, 1, -1, 0.5, -2.5, 3e9, -3e9, 1e-40, Infinity, -Infinity, NaN, 2 ** 31]
const signed = [0, 1, -1, 2, 31, 32, 33, 7, -7]
const unsigned = [0, 1, 2, 31, 32, 33, 7]

const special: { readonly [D in DType]: readonly number[] } = {
  float64: [...floats, 1e-310, 1.7e308, 1 + 2 ** -52],
  float32: floats,
  float16: [...floats, 65504, 6e-8, -1e-5, 1 + 2 ** -10],
  bfloat16: [...floats, 3e38, -1e-40, 1 + 2 ** -7],
  int32: [...signed, 2 ** 31 - 1, -(2 ** 31)],
  int16: [...signed, 2 ** 15 - 1, -(2 ** 15), 15, 16],
  int8: [...signed, 127, -128, 8],
  uint32: [...unsigned, 2 ** 32 - 1, 2 ** 31],
  uint16: [...unsigned, 2 ** 16 - 1, 2 ** 15, 15, 16],
  uint8: [...unsigned, 255, 128, 8],
  bool: [0, 1],
}

/** Elements of a dtype, special ones often. */
function elementsOf(dtype: DType): fc.Arbitrary<number> {
  const { kind, lowest, highest } = dtypes[dtype]
  const any =
    kind === "float"
      ? fc.float({ noDefaultInfinity: true, min: -100, max: 100 })
      : fc.integer({ min: lowest, max: highest })
  return fc.oneof(any, fc.constantFrom(...special[dtype]))
}

/** Arrays of one shape for an operation. */
function operandsOf(dtypes: readonly DType[]): fc.Arbitrary<TestArray[]> {
  return fc.integer({ min: 0, max: 13 }).chain((n) => {
    const arrays = dtypes.map((dtype) =>
      fc.array(elementsOf(dtype), { minLength: n, maxLength: n }).map((elements): TestArray => {
        return { data: encodeTyped(dtype, elements), shape: [n], dtype }
      }),
    )
    return fc.tuple(...arrays)
  })
}

/** Runs a primitive on arrays and on numbers that are the same in all lanes. */
function agrees<P extends ElementwisePrimitive>(
  primitive: P,
  operands: readonly TestArray[],
  params: ParamsOf[P],
  tolerance: number,
): void {
  for (const relaxed of [true, false]) {
    const graph = graphOf(operands, (b, ...variables) => b.emit(primitive, variables, params))
    expectAgreement(graph, operands, { relaxed }, tolerance)
  }
}

/** Near zeros and poles, libraries differ by a few units in the last place. */
const tolerance = 1e-6

describe("every elementwise primitive agrees with the interpreter", () => {
  for (const primitive of plain) {
    const arity = elementwiseArity[primitive]
    const allowed = dtypeNames.filter((dtype) => {
      const operands = Array.from({ length: arity }, () => ({ shape: [], dtype }))
      try {
        return inferTypes(primitive, operands, {}).length > 0
      } catch {
        return false
      }
    })
    for (const dtype of allowed) {
      test(`${primitive} of ${dtype}`, () => {
        const property = fc.property(
          operandsOf(Array.from({ length: arity }, () => dtype)),
          (operands) => agrees(primitive, operands, {}, tolerance),
        )
        fc.assert(property, { numRuns: 12 })
      })
    }
  }
})

describe("casts", () => {
  for (const from of dtypeNames) {
    for (const to of dtypeNames) {
      test(`${from} to ${to}`, () => {
        const property = fc.property(operandsOf([from]), (operands) =>
          agrees("cast", operands, { dtype: to }, 0),
        )
        fc.assert(property, { numRuns: 8 })
      })
    }
  }

  test("bits are read as another dtype", () => {
    const numbers = dtypeNames.filter((dtype) => dtype !== "bool")
    for (const from of numbers) {
      for (const to of numbers) {
        if (dtypes[from].bytes !== dtypes[to].bytes) continue
        const property = fc.property(operandsOf([from]), (operands) =>
          agrees("bitcast", operands, { dtype: to }, 0),
        )
        fc.assert(property, { numRuns: 5 })
      }
    }
  })
})

test("a selection takes each lane from the side that its condition names", () => {
  for (const dtype of dtypeNames) {
    const property = fc.property(operandsOf(["bool", dtype, dtype]), (operands) =>
      agrees("select", operands, {}, 0),
    )
    fc.assert(property, { numRuns: 10 })
  }
})

test("random bits agree word by word", () => {
  const property = fc.property(
    operandsOf(["uint32", "uint32", "uint32", "uint32"]),
    fc.constantFrom("first", "second", "xor"),
    (operands, word) => agrees("threefry", operands, { word }, 0),
  )
  fc.assert(property, { numRuns: 20 })
})

describe("operands that are the same in all lanes", () => {
  const binary = ["shiftLeft", "shiftRightLogical", "shiftRightArithmetic", "divide"] as const

  test("integers shift and divide by constants and by scalars", () => {
    for (const dtype of ["int32", "uint32", "int16", "uint8"] as const) {
      for (const amount of [0, 1, 5, 31, 32, 40]) {
        const elements: TypedArray = allocateTyped(dtype, 9)
        elements.set(special[dtype].slice(-9))
        const values: TestArray = { data: elements, shape: [9], dtype }
        const scalar: TestArray = { data: encodeTyped(dtype, [amount]), shape: [], dtype }
        const graph = graphOf([values, scalar], (b, x, y) => {
          const constant = b.emit("full", [], { shape: [9], dtype, value: amount })
          const spread = b.emit("broadcast", [y], { shape: [9], axes: [] })
          return binary.flatMap((name) => [
            b.emit(name, [x, constant], {}),
            b.emit(name, [x, spread], {}),
          ])
        })
        expectAgreement(graph, [values, scalar])
      }
    }
  })

  test("powers by small whole numbers are products", () => {
    const property = fc.property(operandsOf(["float32"]), ([x]) => {
      const graph = graphOf([x], (b, v) =>
        [2, 3, -1, 0.5].map((value) => {
          const exponent = b.emit("full", [], { shape: x.shape, dtype: "float32", value })
          return b.emit("power", [v, exponent], {})
        }),
      )
      expectAgreement(graph, [x], {}, tolerance)
    })
    fc.assert(property, { numRuns: 40 })
  })

  test("extremes against a constant keep NaN", () => {
    const property = fc.property(operandsOf(["float32"]), ([x]) => {
      const graph = graphOf([x], (b, v) => {
        const zero = b.emit("full", [], { shape: x.shape, dtype: "float32", value: 0 })
        return [
          b.emit("maximum", [v, zero], {}),
          b.emit("maximum", [zero, v], {}),
          b.emit("minimum", [v, zero], {}),
        ]
      })
      expectAgreement(graph, [x], {}, 0)
    })
    fc.assert(property, { numRuns: 40 })
  })
})
