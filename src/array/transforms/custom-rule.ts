/** Rules of custom derivatives as graphs, traced when a derivative is first taken. */

import { type Graph, GraphBuilder, type LateGraph, printType } from "../../graph/index.ts"
import { isFloat, shapesEqual } from "../../size/index.ts"
import { AbstractArray } from "../abstract.ts"
import type { Array } from "../array.ts"
import { CallForm, replaceLeaves } from "../tracing/call.ts"
import { type CallParts, type CallSite, leavesOf } from "../tracing/custom-call.ts"
import { castTo, fill } from "../tracing/operands.ts"
import { structureOf } from "../tracing/subgraph.ts"
import { CapturedArray, trace } from "../tracing/trace.ts"

let count = 0

class Late implements LateGraph {
  readonly key = `rule ${count++}`
  readonly #make: () => Graph
  #made: Graph | undefined

  constructor(make: () => Graph) {
    this.#make = make
  }

  readonly graph = (): Graph => {
    this.#made ??= this.#make()
    return this.#made
  }
}

/** A rule's own types of arrays, then the body's captures; other captures become equations. */
function traceRule(
  types: readonly AbstractArray[],
  given: readonly Array[],
  body: (arrays: readonly Array[]) => readonly Array[],
): Graph {
  const { graph, captures } = trace(types, body, (outputs) => outputs, given)
  if (captures.length === 0) return graph
  const b = new GraphBuilder()
  const own = graph.inputs.slice(0, graph.inputs.length - captures.length)
  const inputs = own.map((input) => b.input(input))
  const taken = captures.map((array) => b.emit("capture", [], { source: new CapturedArray(array) }))
  return b.build(b.inline(graph, [...inputs, ...taken]))
}

function leafCount(form: unknown): number {
  const leaves = new CallForm()
  leaves.add(form, "operand")
  return leaves.leaves.length
}

/** Arrays in the forms of arguments. */
function inForms(forms: readonly unknown[], arrays: readonly Array[]): unknown[] {
  let next = 0
  return forms.map((form) => replaceLeaves(form, "operand", () => arrays[next++]))
}

/**
 * What a rule returned, in the types of what it belongs to; null is zero, and integers have none.
 * @throws TypeError naming the rule where form, shape or dtype differ.
 */
function matched(
  what: string,
  value: unknown,
  form: unknown,
  types: readonly AbstractArray[],
  derivative: boolean,
): readonly Array[] {
  const zero = (type: AbstractArray): Array => fill(0, type.shape, type)
  if (derivative && (value === null || value === undefined)) return types.map(zero)
  const leaves = leavesOf([value])
  if (leaves.length !== types.length || structureOf(value) !== structureOf(form)) {
    throw new TypeError(
      `${what} has ${leaves.length} arrays in another form than the ${types.length} that are needed`,
    )
  }
  return leaves.map((leaf, i) => {
    const type = types[i]
    if (derivative && !isFloat(type.dtype)) return zero(type)
    const fits = leaf.dtype === type.dtype || leaf.weakType || type.weak
    if (!fits || !shapesEqual(leaf.shape, type.shape)) {
      throw new TypeError(`${what} is ${printType(leaf)} where ${printType(type)} is needed`)
    }
    return castTo(leaf, type)
  })
}

function pairOf(what: string, value: unknown): readonly [unknown, unknown] {
  if (globalThis.Array.isArray(value) && value.length === 2) return [value[0], value[1]]
  throw new TypeError(`${what} must return a list of two`)
}

type Rule = (...args: never[]) => unknown

function run(rule: Rule, args: readonly unknown[]): unknown {
  return (rule as (...args: readonly unknown[]) => unknown)(...args)
}

/** Operands, then a tangent for each, to results, then a tangent for each. */
export function lateDerivative(rule: Rule, { fixed }: CallParts, site: CallSite): LateGraph {
  return new Late(() => {
    const { forms, types, captures, result, outputs } = site
    const graph = traceRule([...types, ...types], captures, (arrays) => {
      const primals = inForms(forms, arrays.slice(0, types.length))
      const tangents = inForms(forms, arrays.slice(types.length))
      const returned = run(rule, [...fixed, primals, tangents])
      const [value, tangent] = pairOf("customJvp: the rule", returned)
      return [
        ...matched("customJvp: the rule's result", value, result, outputs, false),
        ...matched("customJvp: the rule's tangent", tangent, result, outputs, true),
      ]
    })
    // The body's captures are operands too, whose tangents the rule does not see.
    const b = new GraphBuilder()
    const n = types.length
    const primals = [...graph.inputs.slice(0, n), ...graph.inputs.slice(2 * n)].map((input) =>
      b.input(input),
    )
    const tangents = primals.map((primal) => b.input(primal))
    return b.build(
      b.inline(graph, [...primals.slice(0, n), ...tangents.slice(0, n), ...primals.slice(n)]),
    )
  })
}

/** What a forward rule hands to the backward one. */
export interface Forward extends LateGraph {
  /** The residuals in their form, without arrays, and their types; there once the graph is. */
  readonly residuals: () => { readonly form: unknown; readonly types: readonly AbstractArray[] }
}

/** Operands to results and residuals, of which the body's captures are the last. */
export function lateForward(rule: Rule, parts: CallParts, site: CallSite): Forward {
  let residuals: { form: unknown; types: readonly AbstractArray[] } | undefined
  const late = new Late(() => {
    const { forms, types, captures, result, outputs } = site
    const graph = traceRule(types, captures, (arrays) => {
      const returned = run(rule, parts.whole(inForms(forms, arrays)))
      const [value, rest] = pairOf("customVjp: the forward rule", returned)
      const leaves = leavesOf([rest])
      residuals = {
        form: replaceLeaves(rest, "operand", () => 0),
        types: leaves.map(({ type }) => type),
      }
      return [
        ...matched("customVjp: the forward rule's result", value, result, outputs, false),
        ...leaves,
      ]
    })
    return { ...graph, outputs: [...graph.outputs, ...graph.inputs.slice(types.length)] }
  })
  return {
    key: late.key,
    graph: late.graph,
    residuals: () => {
      late.graph()
      if (residuals === undefined) throw new Error("a rule was not traced")
      return residuals
    },
  }
}

/** Residuals, then a cotangent for each result, to a cotangent for each argument's array. */
export function lateBackward(
  rule: Rule,
  { fixed }: CallParts,
  site: CallSite,
  forward: Forward,
): LateGraph {
  return new Late(() => {
    const { forms, types, captures, result, outputs } = site
    const residuals = forward.residuals()
    const n = residuals.types.length
    const strong = outputs.map(({ shape, dtype }) => new AbstractArray(shape, dtype))
    const graph = traceRule([...residuals.types, ...strong], captures, (arrays) => {
      const kept = inForms([residuals.form], arrays.slice(0, n))
      const seeds = inForms([result], arrays.slice(n))
      const returned = run(rule, [...fixed, ...kept, ...seeds])
      if (!globalThis.Array.isArray(returned) || returned.length !== forms.length) {
        throw new TypeError(
          `customVjp: the backward rule must return a list with a cotangent for each of the ` +
            `${forms.length} arguments that are differentiated`,
        )
      }
      let next = 0
      return returned.flatMap((cotangent: unknown, i): readonly Array[] => {
        const own = leafCount(forms[i])
        next += own
        const what = `customVjp: the backward rule's cotangent of argument ${i}`
        return matched(what, cotangent, forms[i], types.slice(next - own, next), true)
      })
    })
    // The captures stand among the residuals, before the cotangents.
    const inputs = graph.inputs
    const seeds = inputs.slice(n, n + outputs.length)
    return {
      ...graph,
      inputs: [...inputs.slice(0, n), ...inputs.slice(n + outputs.length), ...seeds],
    }
  })
}
