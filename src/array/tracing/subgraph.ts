/** Functions that control flow holds: traced to graphs whose captures stand before what is theirs. */

import { type Graph, GraphBuilder, operations as op, printType } from "../../graph/index.ts"
import { type DType, shapesEqual } from "../../size/index.ts"
import { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { CallForm, formOf, type Leaf, replaceLeaves, resultLeaves } from "./call.ts"
import { evaluate, traceCall } from "./call-program.ts"
import { castTo } from "./operands.ts"
import { promoteTypes, typeOfNumber } from "./promotion.ts"
import { currentTrace, type Traced, withWeak } from "./trace.ts"

/** Lets an operation on trees of arrays write its equations: into the open trace or one of its own. */
export function control<A extends readonly unknown[], R>(args: A, body: (...args: A) => R): R {
  return currentTrace() === undefined ? evaluate(args, () => "operand", body) : body(...args)
}

/** The arrays of a tree; a plain number is a scalar whose weak dtype follows it. */
export function arraysOf(tree: unknown, what: string): Array[] {
  return resultLeaves(tree, what).map((leaf) => {
    if (leaf instanceof Array) return leaf
    const type = typeOfNumber(leaf)
    return withWeak(castTo(leaf, type), type.weak)
  })
}

/** A tree of arrays as a function is given it. */
export interface Given {
  readonly tree: unknown
  readonly types: readonly AbstractArray[]
}

/** Traces a function on trees of arrays of given types. */
export function traceOn<R>(body: (...args: never[]) => R, given: readonly Given[]): Traced<R> {
  const trees = given.map(({ tree }) => tree)
  const types = given.flatMap((part) => part.types)
  const taken = body as (...args: readonly unknown[]) => R
  return traceCall(taken, trees, () => "operand", types)
}

/** The traced graph with its captures before its own inputs. */
export function capturesFirst<R>({ graph, captures }: Traced<R>): Graph {
  const own = graph.inputs.length - captures.length
  return { ...graph, inputs: [...graph.inputs.slice(own), ...graph.inputs.slice(0, own)] }
}

/** Equal forms mean trees that differ in their leaves alone. */
export function structureOf(tree: unknown): string {
  const form = new CallForm()
  form.add(
    replaceLeaves(tree, "operand", () => 0),
    "static",
  )
  return form.key
}

/** The same graph with its first outputs in other dtypes. */
export function withDtypes(graph: Graph, wanted: readonly DType[]): Graph {
  if (wanted.every((dtype, i) => graph.outputs[i].dtype === dtype)) return graph
  const b = new GraphBuilder()
  const outputs = b.inline(
    graph,
    graph.inputs.map((input) => b.input(input)),
  )
  return b.build(outputs.map((output, i) => op.cast(b, output, wanted[i] ?? output.dtype)))
}

/** A function's step from carries to carries, traced. */
export interface TracedStep<R> {
  readonly traced: Traced<R>
  /** The types of the carries. */
  readonly types: readonly AbstractArray[]
}

/**
 * Traces a step whose first outputs are its next carries. Carries that start from plain numbers
 * take the dtype that the step gives them; then the step is traced once more.
 * @throws TypeError naming the carry that changes its form, shape or dtype.
 */
export function traceStep<R>(
  operation: string,
  initial: unknown,
  starts: readonly AbstractArray[],
  traceWith: (types: readonly AbstractArray[]) => Traced<R>,
  carryOf: (result: R) => unknown,
): TracedStep<R> {
  let types = starts
  for (;;) {
    const traced = traceWith(types)
    const [before, after] = [structureOf(initial), structureOf(carryOf(traced.result))]
    if (before !== after) {
      throw new TypeError(
        `${operation}: a step must return a carry of the form that it was given, but the trees differ`,
      )
    }
    const next = types.map((type, i) => carriedType(operation, i, type, traced.outputs[i]))
    if (next.every((type, i) => type.key === types[i].key)) return { traced, types }
    types = next
  }
}

/** The type of a carry that a step took as one type and gave as another. */
function carriedType(
  operation: string,
  i: number,
  before: AbstractArray,
  after: AbstractArray,
): AbstractArray {
  const wrong = (): TypeError =>
    new TypeError(
      `${operation}: carry ${i} is ${printType(before)} before a step and ${printType(after)} ` +
        "after it: a step must keep shapes and dtypes",
    )
  if (!shapesEqual(before.shape, after.shape)) throw wrong()
  if (before.dtype === after.dtype) {
    return before.weak && !after.weak ? new AbstractArray(before.shape, before.dtype) : before
  }
  const { dtype, weak } = promoteTypes([before, after])
  if (before.weak) return new AbstractArray(before.shape, dtype, weak)
  if (after.weak && dtype === before.dtype) return before
  throw wrong()
}

/** A tree of results in the form of another, with weak dtypes where they were. */
export function formed<R>(
  template: R,
  results: readonly Array[],
  types: readonly AbstractArray[],
): R {
  return formOf(template)(results.map((result, i) => withWeak(result, types[i].weak)))
}

/** A tree with other arrays in place of its leaves. */
export function replaced<T>(tree: T, arrays: readonly Array[]): T {
  let next = 0
  return replaceLeaves(tree, "operand", (_leaf: Leaf) => arrays[next++]) as T
}
