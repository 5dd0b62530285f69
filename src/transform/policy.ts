/** Policies of rematerialisation, as in `jax.checkpoint_policies`. */

import type { ParamsOf, Primitive, SavingPolicy } from "../graph/index.ts"

const isAfter = (primitive: Primitive, params: object): params is ParamsOf["after"] =>
  primitive === "after" && "name" in params

const isDot = (primitive: Primitive, params: object): params is ParamsOf["dot"] =>
  primitive === "dot" && "batch" in params

/** Everything that the linear part needs is kept: nothing is computed again. */
export const everythingSaveable: SavingPolicy = { key: "everythingSaveable", saves: () => true }

/** Nothing is kept but the operands: everything is computed again. */
export const nothingSaveable: SavingPolicy = { key: "nothingSaveable", saves: () => false }

/** Products of matrices and convolutions are kept. */
export const dotsSaveable: SavingPolicy = {
  key: "dotsSaveable",
  saves: (primitive) => primitive === "dot" || primitive === "convolve",
}

/** Products of matrices without batch axes are kept: those with weights, not those of attention. */
export const dotsWithNoBatchDimsSaveable: SavingPolicy = {
  key: "dotsWithNoBatchDimsSaveable",
  saves: (primitive, params) => isDot(primitive, params) && params.batch[0].length === 0,
}

const keyOf = (names: readonly string[]): string => JSON.stringify([...names].sort())

/** Only values that `checkpointName` gave one of these names are kept. */
export function saveOnlyTheseNames(...names: readonly string[]): SavingPolicy {
  return {
    key: `saveOnlyTheseNames${keyOf(names)}`,
    saves: (primitive, params) => isAfter(primitive, params) && names.includes(params.name),
  }
}

/** All values that `checkpointName` gave a name are kept, but for these names. */
export function saveAnyNamesButThese(...names: readonly string[]): SavingPolicy {
  return {
    key: `saveAnyNamesButThese${keyOf(names)}`,
    saves: (primitive, params) =>
      isAfter(primitive, params) && params.name !== "" && !names.includes(params.name),
  }
}

/** Everything is kept but values that `checkpointName` gave one of these names. */
export function saveAnythingExceptTheseNames(...names: readonly string[]): SavingPolicy {
  return {
    key: `saveAnythingExceptTheseNames${keyOf(names)}`,
    saves: (primitive, params) => !(isAfter(primitive, params) && names.includes(params.name)),
  }
}

/** What either of two policies keeps. */
export function saveFromBothPolicies(a: SavingPolicy, b: SavingPolicy): SavingPolicy {
  return {
    key: `saveFromBothPolicies(${a.key},${b.key})`,
    saves: (primitive, params) => a.saves(primitive, params) || b.saves(primitive, params),
  }
}
