/** Arrays moved between devices, and waited for. */

import { concreteShape } from "../../size/index.ts"
import { Array } from "../array.ts"
import { CallForm, type Leaf, replaceLeaves } from "./call.ts"
import { type DeviceOptions, streamOf } from "./devices.ts"
import { transfer } from "./stream.ts"

/**
 * A tree with its arrays on a device: copies, or the arrays themselves where they are there
 * already. Traffic: each element once.
 * @example devicePut(np.array([1, 2]), "ram").device // → "ram"
 * @throws RangeError when no device has that name.
 */
export function devicePut<T>(tree: T, device?: string, options: DeviceOptions = {}): T {
  const stream = streamOf(device, options)
  const move = (leaf: Leaf): Leaf => {
    if (!(leaf instanceof Array) || leaf.buffer.stream === stream) return leaf
    const shape = concreteShape(leaf.shape)
    return Array.concrete(leaf.type, transfer(leaf.buffer, stream, shape, leaf.dtype))
  }
  return replaceLeaves(tree, "float", move) as T
}

/**
 * Resolves to the tree when all its arrays are there; rejects when the work for one failed.
 * @example await blockUntilReady({ total: np.sum(np.ones([4])) }) // → { total: 4 }
 */
export async function blockUntilReady<T>(tree: T): Promise<T> {
  const form = new CallForm()
  form.add(tree, "static")
  await Promise.all(
    form.leaves.map((leaf) => (leaf instanceof Array ? leaf.blockUntilReady() : undefined)),
  )
  return tree
}
