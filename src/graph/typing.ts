/** The type of each primitive's results, and the errors of those that have none. */

import * as sizes from "../size/index.ts"
import {
  type DType,
  dtypes,
  printShape,
  type Shape,
  type Size,
  shapesEqual,
  sizesEqual,
} from "../size/index.ts"
import { callTypes, condTypes, loopTypes, pullbackTypes, whileTypes } from "./control.ts"
import type { ArrayType } from "./graph.ts"
import {
  type ElementwisePrimitive,
  elementwiseArity,
  type ParamsOf,
  type Primitive,
  type WindowParams,
} from "./primitive.ts"
import {
  type Domain,
  requireAxes,
  requireCount,
  requireDomain,
  requireDtype,
  requireFits,
  requirePerAxis,
  requireSameDtype,
  requireSameShape,
  requireStarts,
} from "./requirements.ts"

export type TypeRule<P extends Primitive> = (
  operands: readonly ArrayType[],
  params: ParamsOf[P],
  primitive: P,
) => readonly ArrayType[]

/**
 * The types of a primitive's results.
 * @throws TypeError or RangeError in one sentence when the operands do not fit.
 */
export function inferTypes<P extends Primitive>(
  primitive: P,
  operands: readonly ArrayType[],
  params: ParamsOf[P],
): readonly ArrayType[] {
  const rule: TypeRule<P> = typeRules[primitive]
  return rule(operands, params, primitive)
}

/** operands of one shape and dtype in a domain; the result like them, or bool. */
function elementwise<P extends ElementwisePrimitive>(domain: Domain, to?: DType): TypeRule<P> {
  return (operands, _params, primitive) => {
    requireCount(primitive, operands, elementwiseArity[primitive])
    requireSameShape(primitive, operands)
    requireSameDtype(primitive, operands)
    requireDomain(primitive, operands[0], domain)
    return [{ shape: operands[0].shape, dtype: to ?? operands[0].dtype }]
  }
}

function removeAxes(shape: Shape, axes: readonly number[]): Size[] {
  return shape.filter((_, axis) => !axes.includes(axis))
}

function reduction<P extends "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin">(
  domain: Domain,
): TypeRule<P> {
  return ([operand], { axes }, primitive) => {
    requireDomain(primitive, operand, domain)
    requireAxes(primitive, axes, operand.shape.length)
    return [{ shape: removeAxes(operand.shape, axes), dtype: operand.dtype }]
  }
}

function argReduction<P extends "argmax" | "argmin">(): TypeRule<P> {
  return ([operand], { axis }, primitive) => {
    requireAxes(primitive, [axis], operand.shape.length)
    if (operand.shape[axis] === 0) {
      throw new RangeError(`${primitive} of an empty axis: axis ${axis} has no elements`)
    }
    return [{ shape: removeAxes(operand.shape, [axis]), dtype: "int32" }]
  }
}

function scan<
  P extends "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin",
>(): TypeRule<P> {
  return ([operand], { axis }, primitive) => {
    requireDomain(primitive, operand, "number")
    requireAxes(primitive, [axis], operand.shape.length)
    return [{ shape: operand.shape, dtype: operand.dtype }]
  }
}

/** Positions of a window along one axis. */
function windowCount(primitive: Primitive, size: Size, params: WindowParams, i: number): Size {
  const span = (params.sizes[i] - 1) * params.dilations[i] + 1
  const room = sizes.subtract(size, span)
  if (typeof room === "number" && room < 0) {
    throw new RangeError(
      `${primitive}: a window that spans ${span} does not fit an axis of ${size}`,
    )
  }
  return sizes.add(sizes.floorDivide(room, params.strides[i]), 1)
}

function indexedTypes(
  primitive: Primitive,
  operand: ArrayType,
  indices: readonly ArrayType[],
  axes: readonly number[],
): ArrayType {
  requireAxes(primitive, axes, operand.shape.length)
  requirePerAxis(primitive, "the index arrays", indices, axes.length)
  if (axes.length === 0) throw new RangeError(`${primitive} needs at least one indexed axis`)
  requireSameShape(primitive, indices)
  for (const index of indices) requireDtype(primitive, index, "int32", "indices")
  return {
    shape: [...indices[0].shape, ...removeAxes(operand.shape, axes)],
    dtype: operand.dtype,
  }
}

/** The extent of a convolution's result along one spatial axis. */
export function convolvedExtent(
  input: Size,
  kernel: Size,
  stride: number,
  [low, high]: readonly [Size, Size],
  lhsDilation: number,
  rhsDilation: number,
): Size {
  const dilate = (n: Size, by: number): Size =>
    n === 0 ? 0 : sizes.add(sizes.multiply(sizes.subtract(n, 1), by), 1)
  const room = sizes.subtract(
    sizes.add(dilate(input, lhsDilation), low, high),
    dilate(kernel, rhsDilation),
  )
  if (typeof room === "number" && room < 0) return 0
  return sizes.add(sizes.floorDivide(room, stride), 1)
}

const typeRules: { readonly [P in Primitive]: TypeRule<P> } = {
  exp: elementwise("float"),
  expm1: elementwise("float"),
  log: elementwise("float"),
  log1p: elementwise("float"),
  sin: elementwise("float"),
  cos: elementwise("float"),
  tan: elementwise("float"),
  asin: elementwise("float"),
  acos: elementwise("float"),
  atan: elementwise("float"),
  sinh: elementwise("float"),
  cosh: elementwise("float"),
  tanh: elementwise("float"),
  asinh: elementwise("float"),
  acosh: elementwise("float"),
  atanh: elementwise("float"),
  sqrt: elementwise("float"),
  rsqrt: elementwise("float"),
  cbrt: elementwise("float"),
  erf: elementwise("float"),
  erfc: elementwise("float"),
  erfInv: elementwise("float"),
  logistic: elementwise("float"),
  floor: elementwise("float"),
  ceil: elementwise("float"),
  round: elementwise("float"),
  negate: elementwise("number"),
  abs: elementwise("number"),
  sign: elementwise("number"),
  add: elementwise("number"),
  subtract: elementwise("number"),
  multiply: elementwise("number"),
  divide: elementwise("number"),
  remainder: elementwise("number"),
  power: elementwise("number"),
  maximum: elementwise("any"),
  minimum: elementwise("any"),
  atan2: elementwise("float"),
  not: elementwise("bits"),
  and: elementwise("bits"),
  or: elementwise("bits"),
  xor: elementwise("bits"),
  shiftLeft: elementwise("bits"),
  shiftRightLogical: elementwise("bits"),
  shiftRightArithmetic: elementwise("bits"),
  populationCount: elementwise("bits"),
  countLeadingZeros: elementwise("bits"),
  threefry: (operands, _params, primitive) => {
    requireCount(primitive, operands, 4)
    requireSameShape(primitive, operands)
    for (const operand of operands) requireDtype(primitive, operand, "uint32", "operands")
    return [{ shape: operands[0].shape, dtype: "uint32" }]
  },
  isFinite: elementwise("float", "bool"),
  equal: elementwise("any", "bool"),
  notEqual: elementwise("any", "bool"),
  less: elementwise("any", "bool"),
  lessEqual: elementwise("any", "bool"),
  greater: elementwise("any", "bool"),
  greaterEqual: elementwise("any", "bool"),
  select: (operands, _params, primitive) => {
    requireCount(primitive, operands, 3)
    requireDtype(primitive, operands[0], "bool", "a condition")
    requireSameShape(primitive, operands)
    requireSameDtype(primitive, operands.slice(1))
    return [{ shape: operands[1].shape, dtype: operands[1].dtype }]
  },
  cast: ([operand], { dtype }) => {
    sizes.requireDType(dtype)
    return [{ shape: operand.shape, dtype }]
  },
  bitcast: ([operand], { dtype }) => {
    if (dtypes[operand.dtype].bytes !== dtypes[dtype].bytes) {
      throw new TypeError(`bitcast from ${operand.dtype} to ${dtype}: their widths differ`)
    }
    if ((operand.dtype === "bool") !== (dtype === "bool")) {
      throw new TypeError(
        `bitcast from ${operand.dtype} to ${dtype}: a bool is no more than 0 or 1`,
      )
    }
    return [{ shape: operand.shape, dtype }]
  },
  stopGradient: elementwise("any"),

  full: (_operands, { shape, dtype }) => {
    sizes.requireDType(dtype)
    return [{ shape, dtype }]
  },
  iota: (_operands, { shape, dtype, axis }, primitive) => {
    sizes.requireDType(dtype)
    requireAxes(primitive, [axis], shape.length)
    return [{ shape, dtype }]
  },

  reshape: ([operand], { shape }) => {
    const [before, after] = [sizes.elementsOf(operand.shape), sizes.elementsOf(shape)]
    if (!sizesEqual(before, after)) {
      throw new RangeError(
        `reshape from ${printShape(operand.shape)} to ${printShape(shape)}: ` +
          `${before} elements do not make ${after}`,
      )
    }
    return [{ shape, dtype: operand.dtype }]
  },
  transpose: ([operand], { permutation }, primitive) => {
    requireAxes(primitive, permutation, operand.shape.length)
    requirePerAxis(primitive, "the permutation", permutation, operand.shape.length)
    return [{ shape: permutation.map((axis) => operand.shape[axis]), dtype: operand.dtype }]
  },
  broadcast: ([operand], { shape, axes }, primitive) => {
    requireAxes(primitive, axes, shape.length)
    requirePerAxis(primitive, "the axes", axes, operand.shape.length)
    for (const [i, axis] of axes.entries()) {
      const fits = operand.shape[i] === 1 || sizesEqual(operand.shape[i], shape[axis])
      if (!fits || (i > 0 && axes[i - 1] >= axis)) {
        throw new RangeError(
          `broadcast from ${printShape(operand.shape)} to ${printShape(shape)} ` +
            `along axes [${axes.join(", ")}]: extents must be equal or 1 and axes rising`,
        )
      }
    }
    return [{ shape, dtype: operand.dtype }]
  },
  slice: ([operand], { starts, limits, strides }, primitive) => {
    const rank = operand.shape.length
    requirePerAxis(primitive, "the starts", starts, rank)
    requirePerAxis(primitive, "the limits", limits, rank)
    requirePerAxis(primitive, "the strides", strides, rank)
    const shape = operand.shape.map((extent, axis) => {
      const room = sizes.subtract(extent, limits[axis])
      const length = sizes.subtract(limits[axis], starts[axis])
      const wrong = [starts[axis], room, length].some((s) => typeof s === "number" && s < 0)
      if (wrong || strides[axis] < 1) {
        throw new RangeError(
          `slice ${starts[axis]}:${limits[axis]}:${strides[axis]} does not fit ` +
            `axis ${axis} of ${printShape(operand.shape)}`,
        )
      }
      return sizes.ceilDivide(length, strides[axis])
    })
    return [{ shape, dtype: operand.dtype }]
  },
  pad: ([operand], { low, high, interior }, primitive) => {
    const rank = operand.shape.length
    requirePerAxis(primitive, "the low paddings", low, rank)
    requirePerAxis(primitive, "the high paddings", high, rank)
    requirePerAxis(primitive, "the interior paddings", interior, rank)
    const shape = operand.shape.map((extent, axis) => {
      const amounts = [low[axis], high[axis], interior[axis]]
      if (amounts.some((s) => typeof s === "number" && s < 0)) {
        throw new RangeError(`pad has a negative amount along axis ${axis}: use slice to crop`)
      }
      const between = extent === 0 ? 0 : sizes.multiply(sizes.subtract(extent, 1), interior[axis])
      return sizes.add(extent, low[axis], high[axis], between)
    })
    return [{ shape, dtype: operand.dtype }]
  },
  concatenate: (operands, { axis }, primitive) => {
    if (operands.length === 0) throw new TypeError("concatenate needs at least one operand")
    requireSameDtype(primitive, operands)
    const [first] = operands
    requireAxes(primitive, [axis], first.shape.length)
    for (const operand of operands) {
      const fits =
        operand.shape.length === first.shape.length &&
        operand.shape.every((s, i) => i === axis || sizesEqual(s, first.shape[i]))
      if (!fits) {
        throw new RangeError(
          `concatenate along axis ${axis} needs shapes that agree elsewhere, ` +
            `not ${printShape(first.shape)} and ${printShape(operand.shape)}`,
        )
      }
    }
    const total = sizes.add(...operands.map((operand) => operand.shape[axis]))
    return [{ shape: first.shape.map((s, i) => (i === axis ? total : s)), dtype: first.dtype }]
  },
  flip: ([operand], { axes }, primitive) => {
    requireAxes(primitive, axes, operand.shape.length)
    return [{ shape: operand.shape, dtype: operand.dtype }]
  },
  windows: ([operand], params, primitive) => {
    requireAxes(primitive, params.axes, operand.shape.length)
    const shape = [...operand.shape]
    for (const [i, axis] of params.axes.entries()) {
      shape[axis] = windowCount(primitive, operand.shape[axis], params, i)
    }
    return [{ shape: [...shape, ...params.sizes], dtype: operand.dtype }]
  },
  fold: ([operand], params, primitive) => {
    requireDomain(primitive, operand, "number")
    const rank = operand.shape.length - params.axes.length
    requireAxes(primitive, params.axes, rank)
    const shape = operand.shape.slice(0, rank)
    for (const [i, axis] of params.axes.entries()) {
      const count = windowCount(primitive, params.extents[i], params, i)
      const offsets = operand.shape[rank + i]
      if (!sizesEqual(count, shape[axis]) || !sizesEqual(offsets, params.sizes[i])) {
        throw new RangeError(
          `fold of ${printShape(operand.shape)}: axis ${axis} should have ${count} windows ` +
            `of ${params.sizes[i]}`,
        )
      }
      shape[axis] = params.extents[i]
    }
    return [{ shape, dtype: operand.dtype }]
  },
  gather: ([operand, ...indices], { axes }, primitive) => [
    indexedTypes(primitive, operand, indices, axes),
  ],
  scatter: (operands, { axes }, primitive) => {
    const [operand] = operands
    const updates = operands[operands.length - 1]
    const expected = indexedTypes(primitive, operand, operands.slice(1, -1), axes)
    requireSameDtype(primitive, [operand, updates])
    if (!shapesEqual(updates.shape, expected.shape)) {
      throw new RangeError(
        `scatter needs updates of shape ${printShape(expected.shape)}, ` +
          `not ${printShape(updates.shape)}`,
      )
    }
    return [{ shape: operand.shape, dtype: operand.dtype }]
  },
  dynamicSlice: ([operand, ...starts], params, primitive) => {
    requireStarts(primitive, starts, operand.shape.length)
    requireFits(primitive, params.sizes, operand.shape)
    return [{ shape: params.sizes, dtype: operand.dtype }]
  },
  dynamicUpdateSlice: ([operand, update, ...starts], _params, primitive) => {
    requireSameDtype(primitive, [operand, update])
    requireStarts(primitive, starts, operand.shape.length)
    requireFits(primitive, update.shape, operand.shape)
    return [{ shape: operand.shape, dtype: operand.dtype }]
  },
  after: ([operand]) => [{ shape: operand.shape, dtype: operand.dtype }],

  reduceSum: reduction("number"),
  reduceProd: reduction("number"),
  reduceMax: reduction("any"),
  reduceMin: reduction("any"),
  argmax: argReduction(),
  argmin: argReduction(),
  cumulativeSum: scan(),
  cumulativeProd: scan(),
  cumulativeMax: scan(),
  cumulativeMin: scan(),

  dot: (operands, { contract, batch }, primitive) => {
    requireCount(primitive, operands, 2)
    requireSameDtype(primitive, operands)
    requireDomain(primitive, operands[0], "number")
    const [lhs, rhs] = operands
    for (const side of [0, 1]) {
      requireAxes(primitive, [...batch[side], ...contract[side]], operands[side].shape.length)
    }
    for (const [left, right] of [batch, contract]) {
      requirePerAxis(primitive, "the right axes", right, left.length)
      for (const [i, axis] of left.entries()) {
        if (!sizesEqual(lhs.shape[axis], rhs.shape[right[i]])) {
          throw new RangeError(
            `dot of ${printShape(lhs.shape)} and ${printShape(rhs.shape)} pairs ` +
              `axis ${axis} with axis ${right[i]}: ` +
              `extents ${lhs.shape[axis]} and ${rhs.shape[right[i]]} must be equal`,
          )
        }
      }
    }
    const shape = [
      ...batch[0].map((axis) => lhs.shape[axis]),
      ...removeAxes(lhs.shape, [...batch[0], ...contract[0]]),
      ...removeAxes(rhs.shape, [...batch[1], ...contract[1]]),
    ]
    return [{ shape, dtype: lhs.dtype }]
  },
  convolve: (operands, params, primitive) => {
    requireCount(primitive, operands, 2)
    requireSameDtype(primitive, operands)
    requireDomain(primitive, operands[0], "number")
    const [lhs, rhs] = operands
    const spatial = lhs.shape.length - 2
    for (const layout of [params.lhs, params.rhs, params.out]) {
      requirePerAxis(primitive, "the dimension numbers", layout, spatial + 2)
      requireAxes(primitive, layout, spatial + 2)
    }
    const { featureGroups, batchGroups } = params
    const features = lhs.shape[params.lhs[1]]
    const perGroup = rhs.shape[params.rhs[1]]
    const outFeatures = rhs.shape[params.rhs[0]]
    const batch = lhs.shape[params.lhs[0]]
    if (!sizesEqual(features, sizes.multiply(perGroup, featureGroups))) {
      throw new RangeError(
        `convolve: the input has ${features} features, but the kernel takes ${perGroup} ` +
          `in each of ${featureGroups} groups`,
      )
    }
    if (featureGroups > 1 && batchGroups > 1) {
      throw new RangeError(
        `convolve: ${featureGroups} feature groups and ${batchGroups} batch groups: ` +
          "at most one of them may be more than 1",
      )
    }
    const groups = featureGroups * batchGroups
    const divides =
      sizes.divideExactly(outFeatures, groups) !== undefined &&
      sizes.divideExactly(batch, batchGroups) !== undefined
    if (!divides) {
      throw new RangeError(
        `convolve: ${groups} groups must divide the ${outFeatures} output features, ` +
          `and ${batchGroups} batch groups the batch of ${batch}`,
      )
    }
    const shape: Size[] = []
    shape[params.out[0]] = sizes.floorDivide(batch, batchGroups)
    shape[params.out[1]] = outFeatures
    for (let i = 0; i < spatial; i++) {
      shape[params.out[i + 2]] = convolvedExtent(
        lhs.shape[params.lhs[i + 2]],
        rhs.shape[params.rhs[i + 2]],
        params.strides[i],
        params.padding[i],
        params.lhsDilation[i],
        params.rhsDilation[i],
      )
    }
    return [{ shape, dtype: lhs.dtype }]
  },
  sort: (operands, { axis, keys }, primitive) => {
    if (operands.length === 0 || keys < 1 || keys > operands.length) {
      throw new RangeError(`sort of ${operands.length} operands by ${keys} keys`)
    }
    requireSameShape(primitive, operands)
    requireAxes(primitive, [axis], operands[0].shape.length)
    return operands.map(({ shape, dtype }) => ({ shape, dtype }))
  },
  loop: loopTypes,
  while: whileTypes,
  cond: condTypes,
  call: callTypes,
  pullback: pullbackTypes,
  capture: (_operands, { source: { shape, dtype } }) => [{ shape, dtype }],
}
