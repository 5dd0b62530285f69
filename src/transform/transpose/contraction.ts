/** Transposes of contractions: dot's are dots, convolve's are convolutions. */

import {
  type ConvolveParams,
  type GraphBuilder,
  operations as op,
  type ParamsOf,
  type Variable,
} from "../../graph/index.ts"
import { add, floorDivide, multiply, type Shape, type Size, subtract } from "../../size/index.ts"
import { type Operand, type TransposeRule, valueOf } from "./rule.ts"

export const transposeDot: TransposeRule<"dot"> = (b, cotangent, [lhs, rhs], params) =>
  lhs.value === undefined
    ? [dotByLeft(b, cotangent, lhs, valueOf(rhs, "dot"), params), undefined]
    : [undefined, dotByRight(b, cotangent, lhs.value, rhs, params)]

/** Axes that are neither paired for batching nor contracted, rising. */
function freeAxes(shape: Shape, ...taken: readonly (readonly number[])[]): number[] {
  return shape.map((_, axis) => axis).filter((axis) => !taken.some((axes) => axes.includes(axis)))
}

/** from, from+1, … : `count` axes. */
function axesFrom(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

/** ct (batch, left, right) · rhs (batch, contracted, right) summed over right. */
function dotByLeft(
  b: GraphBuilder,
  cotangent: Variable,
  lhs: Operand,
  rhs: Variable,
  { contract, batch }: ParamsOf["dot"],
): Variable {
  const left = freeAxes(lhs.shape, batch[0], contract[0])
  const right = freeAxes(rhs.shape, batch[1], contract[1])
  const product = b.emit("dot", [cotangent, rhs], {
    contract: [axesFrom(batch[0].length + left.length, right.length), right],
    batch: [axesFrom(0, batch[0].length), batch[1]],
  })
  // The product's last axes are the right operand's contracted ones, rising.
  const rising = [...contract[1]].sort((p, q) => p - q)
  const paired = rising.map((axis) => contract[0][contract[1].indexOf(axis)])
  return op.transpose(b, product, inverse([...batch[0], ...left, ...paired]))
}

/** lhs (batch, left, contracted) · ct (batch, left, right) summed over left. */
function dotByRight(
  b: GraphBuilder,
  cotangent: Variable,
  lhs: Variable,
  rhs: Operand,
  { contract, batch }: ParamsOf["dot"],
): Variable {
  const left = freeAxes(lhs.shape, batch[0], contract[0])
  const right = freeAxes(rhs.shape, batch[1], contract[1])
  const product = b.emit("dot", [lhs, cotangent], {
    contract: [left, axesFrom(batch[0].length, left.length)],
    batch: [batch[0], axesFrom(0, batch[0].length)],
  })
  // The product's axes after the batch are the left operand's contracted ones, rising.
  const rising = [...contract[0]].sort((p, q) => p - q)
  const paired = rising.map((axis) => contract[1][contract[0].indexOf(axis)])
  return op.transpose(b, product, inverse([...batch[1], ...paired, ...right]))
}

/** The permutation that undoes one. */
export function inverse(permutation: readonly number[]): number[] {
  const undone: number[] = []
  for (const [i, axis] of permutation.entries()) undone[axis] = i
  return undone
}

/**
 * out[n, o, p] = Σ lhs[n, i, p·stride + k·rhsDilation − low] · rhs[o, i, k], where lhs is spread
 * by lhsDilation.
 */
export const transposeConvolve: TransposeRule<"convolve"> = (b, cotangent, [lhs, rhs], params) => {
  if (params.batchGroups > 1) {
    // The groups of the batch are groups of the features, written elsewhere.
    const { featureGroups, batchGroups } = params
    const [batch, features] = params.lhs
    const shape = lhs.shape.map((extent, axis): Size => {
      if (axis === batch) return floorDivide(extent, batchGroups)
      return axis === features ? multiply(extent, batchGroups) : extent
    })
    const value = lhs.value && op.moveGroups(b, lhs.value, batch, features, batchGroups)
    const regrouped: Operand = { shape, dtype: lhs.dtype, value }
    const plain = { ...params, featureGroups: featureGroups * batchGroups, batchGroups: 1 }
    const [byLeft, byRight] = transposeConvolve(b, cotangent, [regrouped, rhs], plain, "convolve")
    return [byLeft && op.moveGroups(b, byLeft, features, batch, batchGroups), byRight]
  }
  return lhs.value === undefined
    ? [convolveByInput(b, cotangent, lhs, valueOf(rhs, "convolve"), params), undefined]
    : [undefined, convolveByKernel(b, cotangent, lhs.value, rhs, params)]
}

/** The extent of a spread axis. */
function dilated(extent: Size, dilation: number): Size {
  return extent === 0 ? 0 : add(multiply(subtract(extent, 1), dilation), 1)
}

/**
 * With p·stride = q·lhsDilation + low − k·rhsDilation and the kernel flipped (k → K − 1 − k), the
 * cotangent of the input is the cotangent, spread by stride, convolved with steps of lhsDilation.
 * Within each feature group the kernel's out and in change places.
 */
function convolveByInput(
  b: GraphBuilder,
  cotangent: Variable,
  lhs: Operand,
  rhs: Variable,
  params: ConvolveParams,
): Variable {
  const padding = params.padding.map(([low], i): readonly [Size, Size] => {
    const kernel = dilated(rhs.shape[params.rhs[i + 2]], params.rhsDilation[i])
    const input = dilated(lhs.shape[params.lhs[i + 2]], params.lhsDilation[i])
    const result = dilated(cotangent.shape[params.out[i + 2]], params.strides[i])
    return [subtract(subtract(kernel, 1), low), subtract(add(input, low), result)]
  })
  const [out, into, ...spatial] = params.rhs
  const flipped = op.flip(b, rhs, spatial)
  const swapped = op.moveGroups(b, flipped, out, into, params.featureGroups)
  return b.emit("convolve", [cotangent, swapped], {
    lhs: params.out,
    rhs: [into, out, ...spatial],
    out: params.lhs,
    strides: params.lhsDilation,
    padding,
    lhsDilation: params.strides,
    rhsDilation: params.rhsDilation,
    featureGroups: params.featureGroups,
    batchGroups: 1,
  })
}

/**
 * The cotangent of the kernel sums over batch and positions: the input's features act as a batch
 * (in batch groups, where there were feature groups), its batch as the features, and the
 * cotangent, spread by stride, as the kernel.
 */
function convolveByKernel(
  b: GraphBuilder,
  cotangent: Variable,
  lhs: Variable,
  rhs: Operand,
  params: ConvolveParams,
): Variable {
  const padding = params.padding.map(([low], i): readonly [Size, Size] => {
    const kernel = dilated(rhs.shape[params.rhs[i + 2]], params.rhsDilation[i])
    const input = dilated(lhs.shape[params.lhs[i + 2]], params.lhsDilation[i])
    const result = dilated(cotangent.shape[params.out[i + 2]], params.strides[i])
    return [low, subtract(subtract(add(kernel, result, -1), input), low)]
  })
  const [batch, features, ...inSpatial] = params.lhs
  const [outBatch, outFeatures, ...outSpatial] = params.out
  const [out, into, ...spatial] = params.rhs
  return b.emit("convolve", [lhs, cotangent], {
    lhs: [features, batch, ...inSpatial],
    rhs: [outFeatures, outBatch, ...outSpatial],
    out: [into, out, ...spatial],
    strides: params.rhsDilation,
    padding,
    lhsDilation: params.lhsDilation,
    rhsDilation: params.strides,
    featureGroups: 1,
    batchGroups: params.featureGroups,
  })
}
