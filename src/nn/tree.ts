/** Trees of arrays, leaf by leaf. */

import { Array as TradespaceArray } from "../array/index.ts"
import { flatten, type Tree, treeKey, unflatten } from "../graph/index.ts"

/** Parameters, gradients, optimiser states: arrays in lists and plain objects. */
export type ArrayTree = Tree<TradespaceArray>

function isArray(value: unknown): value is TradespaceArray {
  return value instanceof TradespaceArray
}

/**
 * The arrays of a tree, in the order in which `mapArrays` visits them.
 * @example arraysOf({ a: np.ones([2]), b: [np.zeros([])] }) // → [[1, 1], 0]
 */
export function arraysOf(tree: ArrayTree): TradespaceArray[] {
  return flatten(tree, isArray)[0]
}

/**
 * A tree of the same form with f's results as leaves; f sees the leaves of all trees at one place.
 * @throws TypeError when the trees differ in form.
 * @example mapArrays((x, y) => np.add(x, y), [np.ones([2])], [np.ones([2])]) // → [[2, 2]]
 */
export function mapArrays<T extends ArrayTree>(
  f: (...leaves: TradespaceArray[]) => TradespaceArray,
  tree: T,
  ...others: readonly ArrayTree[]
): T {
  const [leaves, form] = flatten(tree, isArray)
  const rest = others.map((other) => {
    const [otherLeaves, otherForm] = flatten(other, isArray)
    if (treeKey(otherForm) !== treeKey(form)) {
      throw new TypeError(`trees of different form: ${treeKey(form)} and ${treeKey(otherForm)}`)
    }
    return otherLeaves
  })
  const mapped = leaves.map((leaf, i) => f(leaf, ...rest.map((list) => list[i])))
  return unflatten(form, mapped) as T
}
