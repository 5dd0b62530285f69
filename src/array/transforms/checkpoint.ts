/** Rematerialisation: what a derivative needs of a function is computed again instead of kept. */

import type { SavingPolicy } from "../../graph/index.ts"
import { policies } from "../../transform/index.ts"
import type { Array } from "../array.ts"
import { replaceLeaves } from "../tracing/call.ts"
import { bindCall, differentiableParts } from "../tracing/custom-call.ts"
import { type ArrayLike, toArray } from "../tracing/operands.ts"
import { control } from "../tracing/subgraph.ts"
import { bind } from "../tracing/trace.ts"
import type { Relaxed } from "../types.ts"

export interface CheckpointOptions {
  /** What is kept nevertheless: nothing but the arguments unless given. */
  readonly policy?: SavingPolicy
  /** Arguments (by position) whose numbers are part of what is traced. */
  readonly static?: readonly number[]
}

/**
 * The function, of which derivatives keep the arguments alone, and what the policy says; the rest
 * is computed again when the backward part comes to it. Costs about the function's work once more,
 * and saves the memory of all values between its arguments and its results.
 *
 *     const block = checkpoint((x: Array, w: Array) => np.tanh(np.matmul(x, w)))
 *     grad((x: Array, w: Array) => np.sum(block(x, w)))(np.zeros([2]), np.ones([2])) // → [1, 1]
 *
 * As `jax.checkpoint`, which is also called remat.
 */
export function checkpoint<A extends unknown[], R>(
  body: (...args: A) => R,
  options: CheckpointOptions = {},
): (...args: Relaxed<A>) => R {
  const policy = options.policy ?? policies.nothingSaveable
  return (...args) => {
    const parts = differentiableParts("checkpoint", args, options.static ?? [])
    return bindCall(body, parts, () => ({ kind: "checkpoint", policy, again: false }))
  }
}

export { checkpoint as remat }

/** The policies, as in `jax.checkpoint_policies`. */
export const checkpointPolicies = {
  ...policies,
  checkpointDots: policies.dotsSaveable,
  checkpointDotsWithNoBatchDims: policies.dotsWithNoBatchDimsSaveable,
} as const

/**
 * A value with a name for policies such as `saveOnlyTheseNames` to know it by; otherwise the value
 * itself. Trees of arrays have it on each. Work 0, span 0.
 * @throws TypeError when the name is no text or empty.
 * @example
 * const f = (x: Array) => np.sin(checkpointName(np.sin(x), "inner"))
 * grad(checkpoint(f))(0) // → 1
 */
export function checkpointName<T extends ArrayLike | object>(tree: T, name: string): T {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`checkpointName: the name must be a text that is not empty`)
  }
  return control([tree] as const, (given) => {
    const named = (leaf: ArrayLike): Array =>
      bind("after", [toArray("checkpointName", leaf)], { name })
    return replaceLeaves(given, "operand", named) as T
  })
}
