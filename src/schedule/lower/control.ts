/** Control flow to steps: the graphs inside are lowered in place, on memory that is laid outside. */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  operations as op,
  type Variable,
} from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis } from "../axis.ts"
import { Buffer, type Index } from "../expression.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  scaleIndex,
} from "../index-function.ts"
import type { Step } from "../step.ts"
import { handOver } from "./carry.ts"
import { KernelList, type Outside, type PlaceOf } from "./kernel-list.ts"

/** Lowers the equations of a graph into its list of steps. */
export type LowerAll = (kernels: KernelList) => void

/** Where a graph inside another has its inputs and puts its outputs. */
interface Places {
  /** Inputs that have memory. */
  readonly homes: ReadonlyMap<Variable, Buffer>
  /** Inputs that are outer variables, seen through index functions. */
  readonly shown: ReadonlyMap<Variable, Outside>
  /** Per output, the memory to be written, and where in it elements stand. */
  readonly outputs: readonly (Place | undefined)[]
}

interface Place {
  readonly buffer: Buffer
  readonly index: PlaceOf
}

/** A whole variable in a buffer of its size. */
function wholeIn(buffer: Buffer, { shape }: Variable): Place {
  const extents = concreteShape(shape)
  return { buffer, index: (at) => flattenIndex(at, extents) }
}

/** The steps of a graph inside another. */
function lowerInside(
  outer: KernelList,
  lowerAll: LowerAll,
  graph: Graph,
  { homes, shown, outputs }: Places,
  machine = outer.machine,
): readonly Step[] {
  // Every output is written through a copy of its own, which melts into the kernel that makes it.
  const b = new GraphBuilder()
  const inputs = graph.inputs.map((input) => b.input(input))
  const made = b.inline(graph, inputs)
  const copies = made.flatMap((output, i) => {
    const place = outputs[i]
    return place === undefined ? [] : [{ copy: op.apply(b, "stopGradient", output), place }]
  })
  const inner = b.build(copies.map(({ copy }) => copy))
  const own = new Map(graph.inputs.map((input, i) => [input, inputs[i]]))
  const translated = <T>(map: ReadonlyMap<Variable, T>): Map<Variable, T> =>
    new Map(
      [...map].flatMap(([input, value]) => {
        const here = own.get(input)
        return here === undefined ? [] : [[here, value] as const]
      }),
    )
  const kernels = new KernelList(inner, machine, {
    kernels: outer,
    shown: translated(shown),
    homes: translated(homes),
  })
  for (const { copy, place } of copies) kernels.place(copy, place.buffer, place.index)
  lowerAll(kernels)
  const steps = kernels.finish()
  for (const [alias, buffer] of kernels.aliases) outer.aliases.set(alias, buffer)
  return steps
}

export function lowerLoop(
  kernels: KernelList,
  equation: Equation & Equation<"loop">,
  lowerAll: LowerAll,
): void {
  const { body, consts, carries, reverse } = equation.params
  const [length] = concreteShape([equation.params.length])
  const fixed = consts + carries
  const spreads = kernels.machine.target.spreadsRounds === true && mayGoToThreads(equation)
  const counter = new Axis("t", length, spreads ? "threads" : "steps")
  const row = reverse
    ? addIndices(constantIndex(length - 1), scaleIndex(axisIndex(counter), -1))
    : axisIndex(counter)
  const carried = equation.operands.slice(consts, fixed).map((operand, i) => {
    const buffer = kernels.home(equation.results[i], "carry")
    kernels.copyWhole(operand, buffer)
    return { input: body.inputs[consts + i], output: body.outputs[i], buffer }
  })
  const rows = equation.results.slice(carries).map((result) => kernels.placeOfRows(result))
  if (length === 0) return
  const shown = new Map<Variable, Outside>()
  for (const [i, input] of body.inputs.entries()) {
    const variable = equation.operands[i]
    if (i < consts) shown.set(input, { variable, at: (at) => at })
    else if (i >= fixed) shown.set(input, { variable, at: (at) => [row, ...at] })
  }
  const next = nextOf(carried)
  const places: Places = {
    homes: new Map(carried.map(({ input, buffer }) => [input, buffer])),
    shown,
    outputs: body.outputs.map((output, i) => {
      if (i < carries) return next[i] && wholeIn(next[i], output)
      const { buffer, index } = rows[i - carries]
      return { buffer, index: (at) => index([row, ...at]) }
    }),
  }
  const { target, precision } = kernels.machine
  const own = { ...target, spreadsRounds: undefined }
  const alone = { threads: 1, target: own, alone: true, precision }
  const machine = spreads ? alone : kernels.machine
  const steps = lowerInside(kernels, lowerAll, body, places, machine)
  const whole = handOver(steps, pairs(carried, next), kernels.aliases)
  const writes = [...carried, ...rows].map(({ buffer }) => buffer)
  kernels.add({ kind: "repeat", counter, steps: whole }, writes)
}

/** Rounds that are enough to occupy all threads. */
export const enoughRounds = 16

/** Elements of an array that a thread may well have by itself. */
const mostPrivate = 2 ** 20

/** Whether rounds depend on nothing but their number, are many, and need little memory each. */
function mayGoToThreads({ params: { body, carries, length } }: Equation<"loop">): boolean {
  if (carries > 0 || concreteShape([length])[0] < enoughRounds) return false
  return body.equations.every(({ results }) =>
    results.every(({ shape }) => concreteShape(shape).reduce((a, b) => a * b, 1) <= mostPrivate),
  )
}

interface Carried {
  readonly input: Variable
  readonly output: Variable
  readonly buffer: Buffer
}

/** Memory for the next values of carries; a carry that stays what it is needs none. */
function nextOf(carried: readonly Carried[]): readonly (Buffer | undefined)[] {
  return carried.map(({ input, output, buffer }) =>
    input === output ? undefined : new Buffer(buffer.dtype, buffer.elements, "next"),
  )
}

function pairs(carried: readonly Carried[], next: readonly (Buffer | undefined)[]) {
  return carried.flatMap(({ buffer }, i) => {
    const after = next[i]
    return after === undefined || buffer.elements === 0 ? [] : [{ carry: buffer, next: after }]
  })
}

export function lowerWhile(
  kernels: KernelList,
  equation: Equation & Equation<"while">,
  lowerAll: LowerAll,
): void {
  const { condition, body, conditionConsts, bodyConsts, expected } = equation.params
  const fixed = conditionConsts + bodyConsts
  const carried = equation.operands.slice(fixed).map((operand, i) => {
    const buffer = kernels.home(equation.results[i], "carry")
    kernels.copyWhole(operand, buffer)
    return { input: body.inputs[bodyConsts + i], output: body.outputs[i], buffer }
  })
  const insideOf = (graph: Graph, consts: readonly Variable[]) => ({
    homes: new Map(carried.map(({ buffer }, i) => [graph.inputs[consts.length + i], buffer])),
    shown: new Map(
      consts.map((variable, i) => [
        graph.inputs[i],
        { variable, at: (at: readonly Index[]) => at },
      ]),
    ),
  })
  const predicate = new Buffer("bool", 1, "goesOn")
  const next = nextOf(carried)
  const asked = lowerInside(kernels, lowerAll, condition, {
    ...insideOf(condition, equation.operands.slice(0, conditionConsts)),
    outputs: [wholeIn(predicate, condition.outputs[0])],
  })
  const stepped = lowerInside(kernels, lowerAll, body, {
    ...insideOf(body, equation.operands.slice(conditionConsts, fixed)),
    outputs: next.map((buffer, i) => buffer && wholeIn(buffer, body.outputs[i])),
  })
  const steps = handOver(stepped, pairs(carried, next), kernels.aliases)
  const writes = carried.map(({ buffer }) => buffer)
  kernels.add({ kind: "while", condition: asked, predicate, steps, expected }, writes)
}

export function lowerCond(
  kernels: KernelList,
  equation: Equation & Equation<"cond">,
  lowerAll: LowerAll,
): void {
  const [choice, ...operands] = equation.operands
  const results = equation.results.map((result) => kernels.home(result, "chosen"))
  const index = new Buffer("int32", 1, "choice")
  kernels.copyWhole(choice, index)
  const branches = equation.params.branches.map((branch) =>
    lowerInside(kernels, lowerAll, branch, {
      homes: new Map(),
      shown: new Map(
        branch.inputs.map((input, i) => [
          input,
          { variable: operands[i], at: (at: readonly Index[]) => at },
        ]),
      ),
      outputs: results.map((buffer, i) => wholeIn(buffer, branch.outputs[i])),
    }),
  )
  kernels.add({ kind: "branch", index, branches }, results)
}
