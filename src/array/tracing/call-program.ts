/** A call's program: traced once for its form, then run on any arguments of that form. */

import type { Graph } from "../../graph/index.ts"
import { type ContractionPrecision, fitMemory } from "../../schedule/index.ts"
import type { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import {
  CallForm,
  formOf,
  type Leaf,
  type NumberRole,
  replaceLeaves,
  resultLeaves,
} from "./call.ts"
import { scalar } from "./constant.ts"
import { defaultStream } from "./devices.ts"
import { finish } from "./finish.ts"
import { fill, toArray } from "./operands.ts"
import { Program, programOf } from "./program.ts"
import type { Stream } from "./stream.ts"
import { currentTrace, type Traced, trace } from "./trace.ts"

/** A program whose results stand in the form that the function returned. */
export interface CallProgram<R> {
  readonly program: Program
  /** The types of the arguments' leaves. */
  readonly inputs: readonly AbstractArray[]
  /** Puts the results into the function's form. */
  readonly form: (results: readonly unknown[]) => R
}

/** Traces a function on arrays in place of its arguments' leaves. */
export function traceCall<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  args: readonly unknown[],
  roleOf: (argument: number) => NumberRole,
  types: readonly AbstractArray[],
): Traced<R> {
  return trace(
    types,
    (arrays) => {
      let next = 0
      const taken = args.map((arg, i) => replaceLeaves(arg, roleOf(i), () => arrays[next++]))
      return body(...(taken as unknown as A))
    },
    (result) => resultLeaves(result).map((leaf) => toArray("a traced function", leaf)),
  )
}

/** Traces a function on a call's arguments and compiles it. */
export function compileCall<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  args: readonly unknown[],
  roleOf: (argument: number) => NumberRole,
  { types }: CallForm,
  { donated, budget, precision }: CallOptions = {},
): CallProgram<R> {
  const traced = traceCall(body, args, roleOf, types)
  const { graph, captures } = finish(traced, types.length)
  const fitted = budget === undefined ? graph : withinBudget(graph, budget, donated)
  return {
    program: new Program(fitted, traced.outputs, captures, {
      donated,
      memory: budget?.bytes,
      precision,
    }),
    inputs: types,
    form: formOf(traced.result),
  }
}

/** How a call's program is compiled. */
export interface CallOptions {
  /** Per leaf of the arguments, whether the call consumes it. */
  readonly donated?: readonly boolean[]
  readonly budget?: MemoryBudget
  readonly precision?: ContractionPrecision
}

/** What a call may take of memory. */
export interface MemoryBudget {
  readonly bytes: number
  /** Threads of the device, where they were asked for. */
  readonly threads: number | undefined
}

/** The graph computed within a budget, whatever the device makes of it. */
function withinBudget(
  graph: Graph,
  { bytes, threads }: MemoryBudget,
  donated: readonly boolean[] | undefined,
): Graph {
  const most = threads ?? globalThis.navigator?.hardwareConcurrency ?? 1
  return fitMemory(graph, bytes, { threads: [...new Set([1, most])], donated }).graph
}

/** Runs a call's program on leaves of its form. */
export function runCall<R>(call: CallProgram<R>, leaves: readonly Leaf[], on?: Stream): R {
  const { program, inputs, form } = call
  const stream = on ?? streamOf(leaves) ?? program.home ?? defaultStream()
  return form(runLeaves(program, leaves, inputs, [], stream))
}

/** Runs a program on arrays and numbers, which become scalars for this run. */
function runLeaves(
  program: Program,
  leaves: readonly Leaf[],
  types: readonly AbstractArray[],
  captures: readonly Array[],
  stream: Stream,
): Array[] {
  const arrays = leaves.map((leaf, i) =>
    leaf instanceof Array ? leaf : scalar(leaf, types[i], stream),
  )
  const results = program.run(captures.length > 0 ? [...arrays, ...captures] : arrays, stream)
  for (let i = 0; i < leaves.length; i++) {
    if (arrays[i] !== leaves[i]) arrays[i].dispose()
  }
  return results
}

/**
 * The stream on which arguments live.
 * @throws TypeError when they live on different devices.
 */
function streamOf(leaves: readonly Leaf[]): Stream | undefined {
  let stream: Stream | undefined
  for (const leaf of leaves) {
    if (!(leaf instanceof Array)) continue
    const other = leaf.buffer.stream
    stream ??= other
    if (other !== stream) {
      throw new TypeError(
        `arguments are on ${stream.name} and on ${other.name}: ` +
          "move them to one device with devicePut",
      )
    }
  }
  return stream
}

/** A call inside a trace: the arguments' numbers become scalars of it. */
export function inlineCall<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  args: readonly unknown[],
  roleOf: (argument: number) => NumberRole,
): R {
  const scalarOf = (leaf: Leaf): Array => {
    if (leaf instanceof Array) return leaf
    const type = { dtype: "float32", weak: true } as const
    return typeof leaf === "number"
      ? fill(leaf, [], type)
      : fill(Number(leaf), [], { dtype: "bool", weak: false })
  }
  return body(...(args.map((arg, i) => replaceLeaves(arg, roleOf(i), scalarOf)) as unknown as A))
}

/**
 * Lets a transform write its graph: into the open trace, or, where there is none, into one of its
 * own that runs at once. Equal graphs share a program, so repeated transforms compile once.
 */
export function evaluate<A extends readonly unknown[], R>(
  args: A,
  roleOf: (argument: number) => NumberRole,
  body: (...args: A) => R,
): R {
  if (currentTrace() !== undefined) return inlineCall(body, args, roleOf)
  const form = new CallForm()
  for (const [i, arg] of args.entries()) form.add(arg, roleOf(i))
  const traced = traceCall(body, args, roleOf, form.types)
  const { program, needed } = programOf(traced.graph, traced.outputs, form.types.length)
  const captures = traced.captures.filter((_, i) => needed[form.types.length + i])
  const stream = streamOf([...form.leaves, ...captures]) ?? defaultStream()
  return formOf(traced.result)(runLeaves(program, form.leaves, form.types, captures, stream))
}
