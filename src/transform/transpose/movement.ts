/** Transposes of views and moves: every element's cotangent goes back to where it came from. */

import { operations as op, type Variable } from "../../graph/index.ts"
import { add, multiply, type Shape, subtract } from "../../size/index.ts"
import { inRange, overElements, takeApart } from "../jvp/indexing.ts"
import { inverse } from "./contraction.ts"
import { type Cotangent, type Operand, type TransposeRule, valueOf } from "./rule.ts"

export const transposeReshape: TransposeRule<"reshape"> = (b, ct, [x]) => [
  op.reshape(b, ct, x.shape),
]

export const transposeTranspose: TransposeRule<"transpose"> = (b, ct, _x, { permutation }) => [
  op.transpose(b, ct, inverse(permutation)),
]

/** An element's cotangent is the sum over its copies. */
export const transposeBroadcast: TransposeRule<"broadcast"> = (b, ct, [x], { shape, axes }) => {
  const copied = shape.flatMap((extent, axis) => {
    const from = axes.indexOf(axis)
    return from < 0 || (x.shape[from] === 1 && extent !== 1) ? [axis] : []
  })
  return [op.reshape(b, op.reduceSum(b, ct, copied), x.shape)]
}

/** Elements that the slice left out have cotangent 0. */
export const transposeSlice: TransposeRule<"slice"> = (b, ct, [x], { starts, strides }) => {
  const high = x.shape.map((extent, axis) => {
    const n = ct.shape[axis]
    const used = n === 0 ? 0 : add(multiply(subtract(n, 1), strides[axis]), 1)
    return subtract(extent, add(starts[axis], used))
  })
  const interior = strides.map((stride) => stride - 1)
  return [b.emit("pad", [ct], { low: starts, high, interior, value: 0 })]
}

export const transposePad: TransposeRule<"pad"> = (b, ct, [x], { low, interior }) => {
  const strides = interior.map((between) => between + 1)
  const limits = x.shape.map((extent, axis) =>
    extent === 0 ? low[axis] : add(low[axis], multiply(subtract(extent, 1), strides[axis]), 1),
  )
  return [b.emit("slice", [ct], { starts: low, limits, strides })]
}

export const transposeConcatenate: TransposeRule<"concatenate"> = (b, ct, operands, { axis }) => {
  let from: Shape[number] = 0
  return operands.map((operand): Cotangent => {
    const start = from
    from = add(start, operand.shape[axis])
    return operand.value ? undefined : op.sliceAxis(b, ct, axis, start, from)
  })
}

export const transposeFlip: TransposeRule<"flip"> = (b, ct, _x, { axes }) => [op.flip(b, ct, axes)]

export const transposeWindows: TransposeRule<"windows"> = (b, ct, [x], params) => [
  b.emit("fold", [ct], { ...params, extents: params.axes.map((axis) => x.shape[axis]) }),
]

export const transposeFold: TransposeRule<"fold"> = (b, ct, _x, params) => {
  const { axes, sizes, strides, dilations } = params
  return [b.emit("windows", [ct], { axes, sizes, strides, dilations })]
}

/** Reading at places transposes to adding at them. */
export const transposeGather: TransposeRule<"gather"> = (b, ct, [x, ...rest], { axes, mode }) => {
  const indices = rest.map((operand) => valueOf(operand, "gather"))
  // scatter drops what is out of range, so indices that gather clamps are clamped for it.
  const places = indices.map((index, i) =>
    mode === "clip" ? op.clampIndex(b, index, subtract(x.shape[axes[i]], 1)) : index,
  )
  return [b.emit("scatter", [op.zeros(b, x), ...places, ct], { axes, combine: "add" })]
}

/** Adding at places transposes to reading at them; what was dropped reads 0. */
export const transposeScatter: TransposeRule<"scatter"> = (b, ct, operands, params) => {
  if (params.combine !== "add") throw new Error(`scatter with ${params.combine} is not linear`)
  const [operand, indexOperands, updates] = takeApart(operands)
  const indices = indexOperands.map((index) => valueOf(index, "scatter"))
  const readBack = (): Variable => {
    const read = b.emit("gather", [ct, ...indices], { axes: params.axes, mode: "clip" })
    const mask = inRange(b, ct, indices, params.axes)
    return op.select(b, overElements(b, mask, read), read, 0)
  }
  return [
    operand.value ? undefined : ct,
    ...indices.map(() => undefined),
    updates.value ? undefined : readBack(),
  ]
}

function startsOf(operands: readonly Operand[]): readonly Variable[] {
  return operands.map((operand) => valueOf(operand, "dynamicSlice"))
}

export const transposeDynamicSlice: TransposeRule<"dynamicSlice"> = (b, ct, [x, ...starts]) => [
  b.emit("dynamicUpdateSlice", [op.zeros(b, x), ct, ...startsOf(starts)], {}),
]

export const transposeDynamicUpdateSlice: TransposeRule<"dynamicUpdateSlice"> = (
  b,
  ct,
  [x, update, ...starts],
) => {
  const at = startsOf(starts)
  const covered = (zeros: Variable): Variable =>
    b.emit("dynamicUpdateSlice", [ct, zeros, ...at], {})
  return [
    x.value ? undefined : covered(op.zeros(b, update)),
    update.value ? undefined : b.emit("dynamicSlice", [ct, ...at], { sizes: update.shape }),
  ]
}
