/** The primitives that put the same elements elsewhere, as maps from result to operand elements. */

import type { Equation, Primitive, WindowParams } from "../../graph/index.ts"
import { dtypes, isFloat, rowMajorStrides } from "../../size/index.ts"
import { alongAxes, countOf, otherAxes, outerSum, strided } from "./layout.ts"
import { type HostArray, numbers, shapeOf } from "./values.ts"

/** Where a result's elements come from. */
export interface Move {
  /** Which operand each element is taken from; the first one where absent. */
  readonly operands?: Int32Array
  /** The flat index in that operand, or −1 for the fill value. */
  readonly indices: Int32Array
  readonly fill?: number
}

export type MovePrimitive =
  | "reshape"
  | "transpose"
  | "broadcast"
  | "slice"
  | "pad"
  | "concatenate"
  | "flip"
  | "windows"
  | "gather"
  | "dynamicSlice"
  | "dynamicUpdateSlice"
  | "after"

type MoveRule<P extends Primitive> = (equation: Equation<P>, operands: readonly HostArray[]) => Move

export const moveRules: { readonly [P in MovePrimitive]: MoveRule<P> } = {
  reshape: (_equation, [operand]) => ({ indices: identity(operand.data.length) }),
  after: (_equation, [operand]) => ({ indices: identity(operand.data.length) }),

  transpose: ({ params: { permutation } }, [{ shape }]) => {
    const strides = rowMajorStrides(shape)
    return view(
      permutation.map((axis) => shape[axis]),
      permutation.map((axis) => strides[axis]),
    )
  },

  broadcast: ({ params: { axes }, results: [result] }, [operand]) => {
    const own = rowMajorStrides(operand.shape)
    const strides = shapeOf(result).map((_, axis) => {
      const from = axes.indexOf(axis)
      return from < 0 || operand.shape[from] === 1 ? 0 : own[from]
    })
    return view(shapeOf(result), strides)
  },

  slice: ({ params, results: [result] }, [operand]) => {
    const own = rowMajorStrides(operand.shape)
    const offset = dotProduct(numbers(params.starts), own)
    const strides = own.map((stride, axis) => stride * params.strides[axis])
    return view(shapeOf(result), strides, offset)
  },

  pad: ({ params, results: [result] }, [operand]) => {
    const own = rowMajorStrides(shapeOf(result))
    const offset = dotProduct(numbers(params.low), own)
    const strides = own.map((stride, axis) => stride * (params.interior[axis] + 1))
    const indices = new Int32Array(countOf(shapeOf(result))).fill(-1)
    for (const [from, to] of strided(operand.shape, strides, offset).entries()) indices[to] = from
    return { indices, fill: params.value }
  },

  concatenate: ({ params: { axis }, results: [result] }, operands) => {
    const shape = shapeOf(result)
    const strides = rowMajorStrides(shape)
    const indices = new Int32Array(countOf(shape))
    const from = new Int32Array(countOf(shape))
    let start = 0
    for (const [i, operand] of operands.entries()) {
      for (const [own, at] of strided(operand.shape, strides, start * strides[axis]).entries()) {
        indices[at] = own
        from[at] = i
      }
      start += operand.shape[axis]
    }
    return { operands: from, indices }
  },

  flip: ({ params: { axes } }, [{ shape }]) => {
    const own = rowMajorStrides(shape)
    const last = shape.map((extent, axis) => (axes.includes(axis) ? extent - 1 : 0))
    const strides = own.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
    return view(shape, strides, dotProduct(last, own))
  },

  windows: ({ params, results: [result] }, [operand]) =>
    view(shapeOf(result), windowStrides(operand.shape, params)),

  gather: ({ params: { axes, mode } }, [operand, ...indices]) => {
    const starts = indexedPlaces(operand, indices, axes, mode === "clip")
    const rest = alongAxes(operand.shape, otherAxes(operand.shape.length, axes))
    return {
      indices: outerSum(starts, rest).map((at, i) =>
        starts[Math.floor(i / rest.length)] < 0 ? -1 : at,
      ),
      fill: isFloat(operand.dtype) ? Number.NaN : dtypes[operand.dtype].lowest,
    }
  },

  dynamicSlice: ({ results: [result] }, [operand, ...starts]) => {
    const strides = rowMajorStrides(operand.shape)
    return view(
      shapeOf(result),
      strides,
      dotProduct(clampStarts(starts, operand.shape, shapeOf(result)), strides),
    )
  },

  dynamicUpdateSlice: (_equation, [operand, update, ...starts]) => {
    const strides = rowMajorStrides(operand.shape)
    const offset = dotProduct(clampStarts(starts, operand.shape, update.shape), strides)
    const indices = identity(operand.data.length)
    const from = new Int32Array(operand.data.length)
    for (const [own, at] of strided(update.shape, strides, offset).entries()) {
      indices[at] = own
      from[at] = 1
    }
    return { operands: from, indices }
  },
}

/** For every element of `windows`' result, the strides by which it is found in the operand. */
export function windowStrides(
  shape: readonly number[],
  { axes, strides, dilations }: WindowParams,
): readonly number[] {
  const own = rowMajorStrides(shape)
  const positions = own.map((stride, axis) => {
    const i = axes.indexOf(axis)
    return i < 0 ? stride : stride * strides[i]
  })
  return [...positions, ...axes.map((axis, i) => own[axis] * dilations[i])]
}

/**
 * The flat place that each index tuple names, along the indexed axes alone.
 * Out of range: the nearest place when clamped, otherwise −1.
 */
export function indexedPlaces(
  operand: Pick<HostArray, "shape">,
  indices: readonly HostArray[],
  axes: readonly number[],
  clamp: boolean,
): Int32Array {
  const strides = rowMajorStrides(operand.shape)
  const places = new Int32Array(indices[0].data.length)
  for (let i = 0; i < places.length; i++) {
    for (const [j, axis] of axes.entries()) {
      const extent = operand.shape[axis]
      const index = indices[j].data[i]
      const inside = clamp ? Math.max(0, Math.min(extent - 1, index)) : index
      if (extent === 0 || inside < 0 || inside >= extent || places[i] < 0) places[i] = -1
      else places[i] += inside * strides[axis]
    }
  }
  return places
}

export function moveElement(
  operands: readonly { readonly data: ArrayLike<number> }[],
  move: Move,
  i: number,
): number {
  const from = move.indices[i]
  return from < 0 ? (move.fill ?? 0) : operands[move.operands?.[i] ?? 0].data[from]
}

function view(shape: readonly number[], strides: readonly number[], offset = 0): Move {
  return { indices: strided(shape, strides, offset) }
}

function identity(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i)
}

function dotProduct(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0)
}

function clampStarts(
  starts: readonly HostArray[],
  outer: readonly number[],
  inner: readonly number[],
): readonly number[] {
  return starts.map(({ data }, axis) => Math.max(0, Math.min(outer[axis] - inner[axis], data[0])))
}
