/** How a random equation of each primitive grows. */

import {
  type ElementwisePrimitive,
  elementwiseArity,
  type PlainPrimitive,
} from "../../src/graph/index.ts"
import { type DType, dtypes, isFloat } from "../../src/size/index.ts"
import { growContraction, growConvolution } from "./growContractions.ts"
import {
  growBroadcast,
  growConcatenate,
  growDynamicSlice,
  growDynamicUpdateSlice,
  growFold,
  growGather,
  growPad,
  growReshape,
  growScatter,
  growSlice,
  growWindows,
} from "./growMoves.ts"
import type { Precision, Soil } from "./soil.ts"

export type Grower = (soil: Soil) => void

const isNumber = (dtype: DType): boolean => dtype !== "bool"
const isBits = (dtype: DType): boolean => !isFloat(dtype)
const anything = (): boolean => true

/** Operands of one type; `needs` exact floats where a rounding error would be amplified. */
function elementwise(
  primitive: Exclude<ElementwisePrimitive, "threefry" | "cast" | "bitcast" | "select">,
  accepts: (dtype: DType) => boolean,
  needs: Precision,
  gives: Precision,
): Grower {
  return (soil) => {
    const first = soil.operand({ dtypes: soil.dtypes(accepts), precision: needs })
    const rest = Array.from({ length: elementwiseArity[primitive] - 1 }, () =>
      soil.like(first, needs),
    )
    soil.grow(primitive, soil.chance.shuffle([first, ...rest]), {}, gives)
  }
}

/** Smooth and gentle: small errors stay small. */
const gentle = (primitive: Plain): Grower => elementwise(primitive, isFloat, "rounded", "rounded")
/** Steep, or with poles or jumps: only for exact operands. */
const steep = (primitive: Plain): Grower => elementwise(primitive, isFloat, "exact", "rounded")
const onBits = (primitive: Plain): Grower => elementwise(primitive, isBits, "exact", "exact")
const comparison = (primitive: Plain): Grower => elementwise(primitive, anything, "exact", "exact")

type Plain = Exclude<ElementwisePrimitive, "threefry" | "cast" | "bitcast" | "select">

function reduction(
  primitive: "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin",
  accepts: (dtype: DType) => boolean,
  needs: Precision,
): Grower {
  return (soil) => {
    const x = soil.operand({ dtypes: soil.dtypes(accepts), precision: needs })
    const axes = x.shape.map((_, axis) => axis)
    soil.grow(primitive, [x], { axes: soil.chance.some(axes, 0.6) }, "rounded")
  }
}

function argReduction(primitive: "argmax" | "argmin"): Grower {
  return (soil) => {
    const x = soil.operand({ leastRank: 1, leastExtent: 1, precision: "exact" })
    soil.grow(primitive, [x], { axis: soil.chance.between(0, x.shape.length - 1) })
  }
}

function scan(
  primitive: "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin",
  needs: Precision,
): Grower {
  return (soil) => {
    const x = soil.operand({ dtypes: soil.dtypes(isNumber), leastRank: 1, precision: needs })
    const axis = soil.chance.between(0, x.shape.length - 1)
    soil.grow(primitive, [x], { axis, reverse: soil.chance.happens(0.4) }, "rounded")
  }
}

export const growers: { readonly [P in PlainPrimitive]: Grower } = {
  exp: steep("exp"),
  expm1: steep("expm1"),
  log: steep("log"),
  log1p: steep("log1p"),
  sin: steep("sin"),
  cos: steep("cos"),
  tan: steep("tan"),
  asin: steep("asin"),
  acos: steep("acos"),
  atan: gentle("atan"),
  sinh: steep("sinh"),
  cosh: steep("cosh"),
  tanh: gentle("tanh"),
  asinh: gentle("asinh"),
  acosh: steep("acosh"),
  atanh: steep("atanh"),
  sqrt: steep("sqrt"),
  rsqrt: steep("rsqrt"),
  cbrt: steep("cbrt"),
  erf: gentle("erf"),
  erfc: gentle("erfc"),
  erfInv: steep("erfInv"),
  logistic: gentle("logistic"),
  floor: steep("floor"),
  ceil: steep("ceil"),
  round: steep("round"),
  negate: elementwise("negate", isNumber, "rounded", "exact"),
  abs: elementwise("abs", isNumber, "rounded", "exact"),
  sign: elementwise("sign", isNumber, "exact", "rounded"),
  add: elementwise("add", isNumber, "rounded", "rounded"),
  subtract: elementwise("subtract", isNumber, "rounded", "rounded"),
  multiply: elementwise("multiply", isNumber, "rounded", "rounded"),
  divide: elementwise("divide", isNumber, "exact", "rounded"),
  remainder: elementwise("remainder", isNumber, "exact", "rounded"),
  power: elementwise("power", isNumber, "exact", "rounded"),
  // Of zeros with different signs either may be the greater: what follows is not exact.
  maximum: elementwise("maximum", anything, "rounded", "rounded"),
  minimum: elementwise("minimum", anything, "rounded", "rounded"),
  atan2: steep("atan2"),
  not: onBits("not"),
  and: onBits("and"),
  or: onBits("or"),
  xor: onBits("xor"),
  shiftLeft: onBits("shiftLeft"),
  shiftRightLogical: onBits("shiftRightLogical"),
  shiftRightArithmetic: onBits("shiftRightArithmetic"),
  populationCount: onBits("populationCount"),
  countLeadingZeros: onBits("countLeadingZeros"),
  threefry: (soil) => {
    const key = soil.operand({ dtypes: ["uint32"] })
    const block = [key, soil.like(key), soil.like(key), soil.like(key)]
    soil.grow("threefry", block, { word: soil.chance.pick(["first", "second", "xor"]) })
  },
  isFinite: elementwise("isFinite", isFloat, "exact", "exact"),
  equal: comparison("equal"),
  notEqual: comparison("notEqual"),
  less: comparison("less"),
  lessEqual: comparison("lessEqual"),
  greater: comparison("greater"),
  greaterEqual: comparison("greaterEqual"),
  select: (soil) => {
    const onTrue = soil.operand()
    const condition = soil.like({ shape: onTrue.shape, dtype: "bool" })
    soil.grow("select", [condition, onTrue, soil.like(onTrue)], {})
  },
  cast: (soil) => {
    const x = soil.operand({ precision: "exact" })
    const dtype = soil.chance.pick(soil.dtypes())
    soil.grow("cast", [x], { dtype }, isFloat(x.dtype) ? "exact" : "rounded")
  },
  bitcast: (soil) => {
    const x = soil.operand({ precision: "exact" })
    const { bytes } = dtypes[x.dtype]
    const fits = (d: DType): boolean =>
      dtypes[d].bytes === bytes && (d === "bool") === (x.dtype === "bool")
    const dtype = soil.chance.pick(soil.dtypes(fits))
    soil.grow("bitcast", [x], { dtype }, x.dtype === dtype ? "exact" : "rounded")
  },
  stopGradient: elementwise("stopGradient", anything, "rounded", "exact"),
  full: (soil) => {
    const dtype = soil.chance.pick(soil.dtypes())
    const shape = soil.shape(soil.chance.between(0, 3))
    soil.grow("full", [], { shape, dtype, value: soil.value(dtype) })
  },
  iota: (soil) => {
    const dtype = soil.chance.pick(soil.dtypes((d) => d !== "bool"))
    const shape = soil.shape(soil.chance.between(1, 3))
    soil.grow("iota", [], { shape, dtype, axis: soil.chance.between(0, shape.length - 1) })
  },
  reshape: growReshape,
  transpose: (soil) => {
    const x = soil.operand({ leastRank: 1 })
    const permutation = soil.chance.shuffle(x.shape.map((_, axis) => axis))
    soil.grow("transpose", [x], { permutation })
  },
  broadcast: growBroadcast,
  slice: growSlice,
  pad: growPad,
  concatenate: growConcatenate,
  flip: (soil) => {
    const x = soil.operand({ leastRank: 1 })
    soil.grow("flip", [x], { axes: soil.chance.some(x.shape.map((_, axis) => axis)) })
  },
  windows: growWindows,
  fold: growFold,
  gather: growGather,
  scatter: growScatter,
  dynamicSlice: growDynamicSlice,
  dynamicUpdateSlice: growDynamicUpdateSlice,
  reduceSum: reduction("reduceSum", isNumber, "rounded"),
  reduceProd: reduction("reduceProd", isNumber, "exact"),
  reduceMax: reduction("reduceMax", anything, "rounded"),
  reduceMin: reduction("reduceMin", anything, "rounded"),
  argmax: argReduction("argmax"),
  argmin: argReduction("argmin"),
  cumulativeSum: scan("cumulativeSum", "rounded"),
  cumulativeProd: scan("cumulativeProd", "exact"),
  cumulativeMax: scan("cumulativeMax", "rounded"),
  cumulativeMin: scan("cumulativeMin", "rounded"),
  after: (soil) => {
    soil.grow("after", [soil.operand(), soil.operand()], { name: "" }, "rounded")
  },
  dot: growContraction,
  convolve: growConvolution,
  sort: (soil) => {
    const key = soil.operand({ leastRank: 1, precision: "exact" })
    const count = soil.chance.between(0, 2)
    const others = Array.from({ length: count }, () =>
      soil.like({ shape: key.shape, dtype: soil.chance.pick(soil.dtypes()) }, "exact"),
    )
    const axis = soil.chance.between(0, key.shape.length - 1)
    soil.grow("sort", [key, ...others], { axis, keys: soil.chance.between(1, count + 1) })
  },
}
