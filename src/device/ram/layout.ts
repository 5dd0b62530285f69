/** Where elements lie: flat row-major indices as data, shared by every rule that moves or folds. */

import { rowMajorStrides } from "../../size/index.ts"

/**
 * The flat index of every element of a strided view, row-major: offset + Σ coordinate · stride.
 */
export function strided(
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Int32Array {
  return shape.reduce<Int32Array>(
    (outer, extent, axis) => outerSum(outer, progression(extent, strides[axis])),
    Int32Array.of(offset),
  )
}

/** Every a + b, a slowest. */
export function outerSum(a: Int32Array, b: Int32Array): Int32Array {
  const sums = new Int32Array(a.length * b.length)
  for (let i = 0, at = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) sums[at++] = a[i] + b[j]
  }
  return sums
}

/** 0, step, 2 · step, … n times. */
function progression(n: number, step: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i * step)
}

/** Indices along some axes of an array only, the others at 0. */
export function alongAxes(shape: readonly number[], axes: readonly number[]): Int32Array {
  const strides = rowMajorStrides(shape)
  return strided(
    axes.map((axis) => shape[axis]),
    axes.map((axis) => strides[axis]),
  )
}

/** The axes that are not among those given, in order. */
export function otherAxes(rank: number, axes: readonly number[]): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis))
}

/** An array seen as rows along some axes: row r holds the elements starts[r] + steps[i]. */
export interface Rows {
  readonly starts: Int32Array
  readonly steps: Int32Array
}

/** Rows along axes; row by row in the order of the axes that are left. */
export function rowsAlong(shape: readonly number[], axes: readonly number[]): Rows {
  return {
    starts: alongAxes(shape, otherAxes(shape.length, axes)),
    steps: alongAxes(shape, axes),
  }
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}
