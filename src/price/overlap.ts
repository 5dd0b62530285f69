/** How often the windows of an array cover each of its elements: what `fold` adds up. */

import type { WindowParams } from "../graph/index.ts"
import {
  add,
  ceilDivide,
  floorDivide,
  minimum,
  multiply,
  type Size,
  subtract,
} from "../size/index.ts"

/** Elements that are covered equally often: how often, and how many they are. */
export type Coverage = ReadonlyMap<number, number>

/** Positions of a window along an axis. */
export function windowPositions(extent: Size, params: WindowParams, i: number): Size {
  const reach = (params.sizes[i] - 1) * params.dilations[i] + 1
  return add(floorDivide(subtract(extent, reach), params.strides[i]), 1)
}

/** The coverage of the elements along one axis, of elements that are covered at all. */
export function coverageAlong(positions: number, params: WindowParams, i: number): Coverage {
  const covered = new Map<number, number>()
  for (let p = 0; p < positions; p++) {
    for (let o = 0; o < params.sizes[i]; o++) {
      const at = p * params.strides[i] + o * params.dilations[i]
      covered.set(at, (covered.get(at) ?? 0) + 1)
    }
  }
  const coverage = new Map<number, number>()
  for (const times of covered.values()) coverage.set(times, (coverage.get(times) ?? 0) + 1)
  return coverage
}

/** The coverage over two independent sets of axes: counts multiply. */
export function coverageProduct(a: Coverage, b: Coverage): Coverage {
  const product = new Map<number, number>()
  for (const [m, x] of a) {
    for (const [n, y] of b) product.set(m * n, (product.get(m * n) ?? 0) + x * y)
  }
  return product
}

/**
 * Most windows that cover one element along an axis. Windows meet in an element when their
 * positions differ by a multiple of dilation/g and their offsets by as many of stride/g, g being
 * the greatest common divisor.
 */
export function mostCovered(positions: Size, params: WindowParams, i: number): Size {
  const g = greatestDivisor(params.strides[i], params.dilations[i])
  const apart = params.dilations[i] / g
  return minimum(ceilDivide(positions, apart), Math.ceil((params.sizes[i] * g) / params.strides[i]))
}

/** Product of an axis property over all windowed axes. */
export function overAxes(params: WindowParams, property: (i: number) => Size): Size {
  return multiply(...params.axes.map((_, i) => property(i)))
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
