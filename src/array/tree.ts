/**
 * Trees by name, as `jax.tree`: lists and plain objects, nested, with leaves that are anything else
 * (arrays, numbers, specs). `null` and `undefined` are forms without leaves. Objects are walked by
 * sorted key. Nothing is computed here beyond what the functions given do.
 */

import {
  flatten as flattenGraph,
  leafCount,
  type TreeDef,
  treeKey,
  unflatten as unflattenGraph,
} from "../graph/index.ts"
import type { Array } from "./array.ts"
import { isPlainObject } from "./tracing/call.ts"
import type { WithLeaves } from "./types.ts"

/** The leaves that a tree's type names. */
export type LeafOf<T> = T extends Array | number | boolean | string
  ? T
  : T extends object
    ? LeafOf<T[keyof T & (T extends readonly unknown[] ? number : keyof T)]>
    : T

function isLeaf(value: unknown): value is unknown {
  if (value === null || value === undefined) return false
  return !globalThis.Array.isArray(value) && !isPlainObject(value)
}

/**
 * The leaves of a tree in order.
 * @example tree.leaves({ b: 2, a: [0, 1] }) // → [0, 1, 2]
 */
export function leaves<T>(tree: T): LeafOf<T>[] {
  return flatten(tree)[0]
}

/**
 * The form of a tree with its leaves taken out; equal forms print as equal strings.
 * @example String(tree.structure({ a: [1, 2] })) // → '{"a":[*,*]}'
 */
export function structure(tree: unknown): TreeStructure {
  return flatten(tree)[1]
}

/**
 * The leaves of a tree and its form: `tree.unflatten(form, leaves)` is the tree again.
 * @example
 * const [numbers, form] = tree.flatten({ a: 1, b: [2, 3] })
 * tree.unflatten(form, numbers.map((x) => 2 * x)) // → { a: 2, b: [4, 6] }
 */
export function flatten<T>(tree: T): [LeafOf<T>[], TreeStructure] {
  const [found, form] = flattenGraph(tree, isLeaf)
  return [found as LeafOf<T>[], new TreeStructure(form)]
}

/**
 * A tree of a form with given leaves.
 * @example tree.unflatten(tree.structure([0, { a: 0 }]), [1, 2]) // → [1, { a: 2 }]
 * @throws RangeError when there are more or fewer leaves than the form has.
 */
export function unflatten(form: TreeStructure, leaves: readonly unknown[]): unknown {
  if (leaves.length !== form.leaves) {
    throw new RangeError(`tree.unflatten: ${leaves.length} leaves for a form of ${form.leaves}`)
  }
  return unflattenGraph(form.definition, leaves)
}

/**
 * A tree of the same form with a function's results as leaves; with several trees the function
 * sees the leaves of all at one place.
 * @example tree.map((x, y) => x + y, { a: 1, b: [2] }, { a: 10, b: [20] }) // → { a: 11, b: [22] }
 * @throws TypeError when the trees differ in form.
 */
export function map<T, R>(
  f: (leaf: LeafOf<T>, ...others: LeafOf<T>[]) => R,
  tree: T,
  ...others: readonly T[]
): WithLeaves<T, R> {
  const [first, form] = flatten(tree)
  const rest = others.map((other) => {
    const [more, otherForm] = flatten(other)
    if (String(otherForm) !== String(form)) {
      throw new TypeError(`tree.map: trees of different forms, ${form} and ${otherForm}`)
    }
    return more
  })
  const mapped = first.map((leaf, i) => f(leaf, ...rest.map((list) => list[i])))
  return unflatten(form, mapped) as WithLeaves<T, R>
}

/**
 * The leaves combined from the first to the last, beginning with `initial`.
 * @example tree.reduce((sum, x) => sum + x, { a: 1, b: [2, 3] }, 0) // → 6
 */
export function reduce<T, R>(f: (result: R, leaf: LeafOf<T>) => R, tree: T, initial: R): R {
  return leaves(tree).reduce(f, initial)
}

/**
 * Whether all leaves of a tree are true.
 * @example tree.all({ a: true, b: [true, false] }) // → false
 */
export function all(tree: unknown): boolean {
  return leaves(tree).every(Boolean)
}

/** The form of a tree: what is left when its leaves are taken out. */
export class TreeStructure {
  readonly definition: TreeDef

  constructor(definition: TreeDef) {
    this.definition = definition
  }

  /** How many leaves a tree of this form has. */
  get leaves(): number {
    return leafCount(this.definition)
  }

  toString(): string {
    return treeKey(this.definition)
  }
}
