/**
 * Tracing: a function is run on arrays that have no elements, and what it does with them is
 * written down as a graph. Every transform is graph to graph, so this is the only kind of tracer.
 *
 * Open traces form a stack, and every operation goes to the innermost one. Arrays that belong to
 * an outer trace, or to none, are captured: they become further inputs of the inner graph, and
 * are handed to it where it is replayed.
 */

import {
  type ArrayType,
  type Graph,
  GraphBuilder,
  type ParamsOf,
  type Primitive,
  type Source,
  type Variable,
} from "../../graph/index.ts"
import type { DType, Shape } from "../../size/index.ts"
import { liftCaptures } from "../../transform/index.ts"
import { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { bindConcrete } from "./program.ts"

export class Trace {
  readonly builder = new GraphBuilder()
  /** What the trace took from outside, in the order of the graph's inputs after its own. */
  readonly captures: Array[] = []
  readonly #captured = new Map<object, Variable>()

  /** An array from outside that is an input of the graph, not a capture. */
  give(array: Array): void {
    this.#captured.set(identityOf(array), this.builder.input(array.type))
  }

  input(type: AbstractArray): Array {
    return Array.traced(type, this, this.builder.input(type))
  }

  /** The variable that stands for an array in this trace; outside arrays are captured. */
  variableOf(array: Array): Variable {
    const { value } = array
    if (value.kind === "traced" && value.trace === this) return value.variable
    const identity = identityOf(array)
    const known = this.#captured.get(identity)
    if (known !== undefined) return known
    if (value.kind === "traced" && !openTraces.includes(value.trace)) throw escapedArray(array)
    if (value.kind === "concrete") array.requireLive()
    const variable = this.builder.input(array.type)
    this.#captured.set(identity, variable)
    this.captures.push(array)
    return variable
  }
}

/** What tells one array from another. */
export function identityOf({ value }: Array): object {
  return value.kind === "traced" ? value.variable : value.buffer
}

/** An array that a rule took from outside when it was traced, which is after its call was. */
export class CapturedArray implements Source {
  readonly array: Array
  readonly shape: Shape
  readonly dtype: DType
  readonly key: string

  constructor(array: Array) {
    this.array = array
    this.shape = array.shape
    this.dtype = array.dtype
    const identity = identityOf(array)
    const known = capturedKeys.get(identity)
    this.key = known ?? `array ${capturedCount++}`
    capturedKeys.set(identity, this.key)
  }
}

const capturedKeys = new WeakMap<object, string>()
let capturedCount = 0

const openTraces: Trace[] = []

/** The innermost open trace. */
export function currentTrace(): Trace | undefined {
  return openTraces.at(-1)
}

/** A function written down: a graph whose inputs are the arguments, then the captures. */
export interface Traced<R> {
  readonly graph: Graph
  readonly captures: readonly Array[]
  readonly outputs: readonly AbstractArray[]
  readonly result: R
}

/**
 * Runs a function on fresh traced arrays.
 * @param outputsOf the arrays to be the graph's outputs, read off the function's result.
 * @param given arrays from outside that are inputs after those of the types, before the captures.
 */
export function trace<R>(
  types: readonly AbstractArray[],
  body: (inputs: readonly Array[]) => R,
  outputsOf: (result: R) => readonly Array[],
  given: readonly Array[] = [],
): Traced<R> {
  const trace = new Trace()
  const inputs = types.map((type) => trace.input(type))
  for (const array of given) trace.give(array)
  openTraces.push(trace)
  try {
    const result = body(inputs)
    const outputs = outputsOf(result)
    const variables = outputs.map((output) => trace.variableOf(output))
    return {
      graph: trace.builder.build(variables),
      captures: trace.captures,
      outputs: outputs.map((output) => output.type),
      result,
    }
  } finally {
    openTraces.pop()
  }
}

/** Applies a primitive: the single place where operations enter a trace or run at once. */
export function bindAll<P extends Primitive>(
  primitive: P,
  operands: readonly Array[],
  params: ParamsOf[P],
): readonly Array[] {
  const trace = currentTrace()
  if (trace === undefined) return bindConcrete(primitive, operands, params)
  const variables = operands.map((operand) => trace.variableOf(operand))
  const weak =
    operands.length > 0 && primitive !== "cast" && operands.every(({ type }) => type.weak)
  return trace.builder
    .emitAll(primitive, variables, params)
    .map((result) => tracedResult(trace, result, weak && result.dtype !== "bool"))
}

/** Applies a primitive with one result. */
export function bind<P extends Primitive>(
  primitive: P,
  operands: readonly Array[],
  params: ParamsOf[P],
): Array {
  return bindAll(primitive, operands, params)[0]
}

/** Repeats a graph's equations in the innermost open trace. */
export function inline(
  graph: Graph,
  operands: readonly Array[],
  types: readonly ArrayType[],
): readonly Array[] {
  const trace = currentTrace()
  if (trace === undefined) throw new Error("a graph can be inlined only while a trace is open")
  const { graph: whole, sources } = liftCaptures(graph)
  const captured = sources.map((source) => {
    if (!(source instanceof CapturedArray)) throw new Error("a capture is of no known array")
    return source.array
  })
  const variables = trace.builder.inline(
    whole,
    [...operands, ...captured].map((operand) => trace.variableOf(operand)),
  )
  return variables.map((variable, i) => {
    const { weak } = AbstractArray.of(types[i] ?? variable)
    return tracedResult(trace, variable, weak)
  })
}

/** The same traced array with a dtype that yields to others, or that does not. */
export function withWeak(array: Array, weak: boolean): Array {
  const { value, type } = array
  if (type.weak === weak || value.kind !== "traced") return array
  return Array.traced(new AbstractArray(type.shape, type.dtype, weak), value.trace, value.variable)
}

function tracedResult(trace: Trace, variable: Variable, weak: boolean): Array {
  return Array.traced(new AbstractArray(variable.shape, variable.dtype, weak), trace, variable)
}

function escapedArray(array: Array): Error {
  return new Error(
    `a traced array of type ${array.type.key} is used after its trace has ended: ` +
      "return it from the traced function instead of keeping it",
  )
}
