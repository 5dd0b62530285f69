/** Functions of one element as functions of many: traced for one, batched as a graph. */

import { normalizeAxis, type Shape, type Size, sizesEqual } from "../../size/index.ts"
import { batch } from "../../transform/index.ts"
import { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { sliceAxis } from "../operations/axes.ts"
import * as movement from "../operations/movement.ts"
import {
  formOf,
  isPlainObject,
  type Leaf,
  type NumberRole,
  replaceLeaves,
  sortedNames,
} from "../tracing/call.ts"
import { evaluate, traceCall } from "../tracing/call-program.ts"
import { inline } from "../tracing/trace.ts"
import type { AnyShape, Relaxed } from "../types.ts"

/**
 * Which axis is mapped: one for all arrays, `null` for none, or a list or object with entries for
 * the parts of a tree.
 */
export type Axis = number | null | undefined | readonly Axis[] | { readonly [name: string]: Axis }

/** The mapped axes by name. */
export interface VmapOptions {
  /** Which axis of each argument is mapped; 0 unless given. */
  readonly inAxes?: Axis
  /** Where the mapped axis stands in the results; 0 unless given. */
  readonly outAxes?: Axis
}

function isVmapOptions(axes: Axis | VmapOptions): axes is VmapOptions {
  return isPlainObject(axes) && ("inAxes" in axes || "outAxes" in axes)
}

/**
 * The function for every element of an axis at once.
 *
 * `inAxes` says for each argument which axis is mapped (0 unless given; `null` where the argument
 * is the same for all), `outAxes` where the mapped axis stands in the results (0 unless given;
 * `null` for a result that is the same for all); both by place, or by name in one object. Work is
 * the function's times the extent, span the function's.
 * @example
 * vmap((x: Array) => np.sum(x))(np.array([[1, 2], [3, 4]])) // → [3, 7]
 * vmap((x: Array) => np.sum(x), { inAxes: 1 })(np.array([[1, 2], [3, 4]])) // → [4, 6]
 * @throws RangeError when mapped axes differ in extent, or none is mapped.
 */
export function vmap<A extends unknown[], R>(
  body: (...args: A) => R,
  inAxes: Axis | VmapOptions = 0,
  outAxes: Axis = 0,
): (...args: Relaxed<A>) => AnyShape<R> {
  if (isVmapOptions(inAxes)) return vmap(body, inAxes.inAxes, inAxes.outAxes)
  return (...args) => {
    const axes = args.map((_, i) => (globalThis.Array.isArray(inAxes) ? inAxes[i] : inAxes))
    if (globalThis.Array.isArray(inAxes) && inAxes.length !== args.length) {
      throw new RangeError(`vmap: inAxes has ${inAxes.length} entries for ${args.length} arguments`)
    }
    const roleOf = (i: number): NumberRole => (axes[i] === null ? "static" : "float")
    return evaluate(args, roleOf, (...taken) => {
      const mapped: { readonly array: Array; readonly axis: number }[] = []
      // Arrays that are not mapped stay where they are and are captured.
      const markers = taken.map((arg, i) => {
        const spread = leafAxes(arg, axes[i], `argument ${i}`)
        let next = 0
        return replaceLeaves(arg, roleOf(i), (leaf) => {
          const axis = spread[next++]
          if (axis === null || !(leaf instanceof Array)) return leaf
          mapped.push({ array: leaf, axis: normalizeAxis(axis, leaf.ndim, "vmap: inAxes") })
          return new Marker(mapped.length - 1)
        })
      })
      const size = commonExtent(mapped)
      const types = mapped.map(
        ({ array, axis }) => new AbstractArray(without(array.shape, axis), array.dtype),
      )
      const inner = (...parts: unknown[]): R =>
        body(...(markers.map((marker) => unmark(marker, parts)) as unknown as A))
      const traced = traceCall(
        inner,
        types.map(() => 0),
        () => "float",
        types,
      )
      const inputs = traced.graph.inputs.map((_, i) => mapped[i]?.axis)
      const graph = batch(traced.graph, inputs, size)
      const operands = [...mapped.map(({ array }) => array), ...traced.captures]
      const results = inline(graph, operands, [])
      const places = leafAxes(traced.result, outAxes, "outAxes")
      const form = formOf<unknown>(traced.result)
      return form(results.map((result, i) => placed(result, places[i]))) as AnyShape<R>
    })
  }
}

/** Stands for a mapped array of the inner trace until there is one. */
class Marker {
  readonly index: number

  constructor(index: number) {
    this.index = index
  }
}

function unmark(value: unknown, parts: readonly unknown[]): unknown {
  if (value instanceof Marker) return parts[value.index]
  if (globalThis.Array.isArray(value)) return value.map((child) => unmark(child, parts))
  if (!isPlainObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, unmark(child, parts)]),
  )
}

/** The mapped axis of each leaf of a tree. */
function leafAxes(tree: unknown, axis: Axis, path: string): readonly (number | null)[] {
  if (typeof axis === "number" || axis === null || axis === undefined) {
    const axes: (number | null)[] = []
    replaceLeaves(tree, "float", (leaf: Leaf) => {
      axes.push(axis ?? null)
      return leaf
    })
    return axes
  }
  if (globalThis.Array.isArray(axis) && globalThis.Array.isArray(tree)) {
    if (axis.length === tree.length) {
      return tree.flatMap((child, i) => leafAxes(child, axis[i], `${path}[${i}]`))
    }
  } else if (isPlainObject(axis) && isPlainObject(tree)) {
    return sortedNames(tree).flatMap((name) =>
      leafAxes(tree[name], axisEntry(axis, name), `${path}.${name}`),
    )
  }
  throw new TypeError(`vmap: the axes of ${path} do not have its form`)
}

function axisEntry(axes: Readonly<Record<string, unknown>>, name: string): Axis {
  const entry = axes[name]
  return entry as Axis
}

function commonExtent(mapped: readonly { readonly array: Array; readonly axis: number }[]): Size {
  const [first] = mapped
  if (first === undefined) {
    throw new RangeError("vmap maps no array: at least one entry of inAxes must be an axis")
  }
  const size = first.array.shape[first.axis]
  for (const { array, axis } of mapped) {
    if (!sizesEqual(array.shape[axis], size)) {
      throw new RangeError(
        `vmap: mapped axes must have one extent, not ${size} and ${array.shape[axis]}`,
      )
    }
  }
  return size
}

function without(shape: Shape, axis: number): Shape {
  return shape.filter((_, i) => i !== axis)
}

/** A result with its mapped axis moved from the front to its place. */
function placed(result: Array, axis: number | null): Array {
  if (axis !== null) return movement.moveaxis(result, 0, axis)
  return movement.squeeze(sliceAxis(result, 0, 0, 1), 0)
}
