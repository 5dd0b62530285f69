/** Calls that stay together in a graph, with a rule of their own. */

import type { CallRule } from "../../graph/index.ts"
import type { AbstractArray } from "../abstract.ts"
import type { Array } from "../array.ts"
import { CallForm, replaceLeaves } from "./call.ts"
import { traceCall } from "./call-program.ts"
import { castTo } from "./operands.ts"
import { typeOfNumber } from "./promotion.ts"
import { control, formed } from "./subgraph.ts"
import { bindAll, withWeak } from "./trace.ts"

/** The arguments of a call, told apart. */
export interface CallParts {
  /** Where in the call each argument stands that is differentiated, and it. */
  readonly own: readonly { readonly place: number; readonly value: unknown }[]
  /** The others, in the order in which they were named. */
  readonly fixed: readonly unknown[]
  /** All arguments, with others in the place of those that are differentiated. */
  readonly whole: (own: readonly unknown[]) => readonly unknown[]
}

/** @throws RangeError naming a position that the call does not have. */
export function differentiableParts(
  transform: string,
  args: readonly unknown[],
  nondiff: readonly number[],
): CallParts {
  for (const place of nondiff) {
    if (Number.isInteger(place) && place >= 0 && place < args.length) continue
    throw new RangeError(
      `${transform}: nondiffArgnums names argument ${place}, but the call has ${args.length}`,
    )
  }
  const own = args.flatMap((value, place) => (nondiff.includes(place) ? [] : [{ place, value }]))
  return {
    own,
    fixed: nondiff.map((place) => args[place]),
    whole: (values) => {
      const all = [...args]
      for (const [i, { place }] of own.entries()) all[place] = values[i]
      return all
    },
  }
}

/** Where a call was written, as its rule will need to know it. */
export interface CallSite {
  /** The arguments in whose form the rule is given arrays. */
  readonly forms: readonly unknown[]
  /** The types of their arrays. */
  readonly types: readonly AbstractArray[]
  /** Arrays from outside that the body takes: operands after the arguments' arrays. */
  readonly captures: readonly Array[]
  /** What the body returned, and the types of its arrays. */
  readonly result: unknown
  readonly outputs: readonly AbstractArray[]
}

/** The arrays among values, in order; plain numbers become scalars. */
export function leavesOf(values: readonly unknown[]): readonly Array[] {
  const form = new CallForm()
  for (const value of values) form.add(value, "operand")
  return form.leaves.map((leaf) => {
    if (typeof leaf === "object") return leaf
    const type = typeOfNumber(leaf)
    return withWeak(castTo(leaf, type), type.weak)
  })
}

/** Traces a body and writes a call of it. */
export function bindCall<A extends unknown[], R>(
  body: (...args: A) => R,
  parts: CallParts,
  ruleOf: (site: CallSite) => CallRule,
): R {
  const given = parts.own.map(({ value }) => value)
  return control(given, (...own: readonly unknown[]) => {
    const leaves = leavesOf(own)
    const forms = own.map((value) => replaceLeaves(value, "operand", () => 0))
    const types = leaves.map(({ type }) => type)
    const apply = (...values: readonly unknown[]): R =>
      body(...(parts.whole(values) as unknown as A))
    const { graph, captures, outputs, result } = traceCall(apply, forms, () => "operand", types)
    const site: CallSite = {
      forms,
      types,
      captures,
      result: replaceLeaves(result, "operand", () => 0),
      outputs,
    }
    const results = bindAll("call", [...leaves, ...captures], { body: graph, rule: ruleOf(site) })
    return formed(result, results, outputs)
  })
}
