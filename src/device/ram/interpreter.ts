/**
 * The sequential interpreter: the meaning of every primitive, and the RAM model made real.
 *
 * Every axis is walked in time by one thread. Floats are float64 inside an equation and rounded to
 * their dtype once, when its results are stored; integers wrap around exactly.
 */

import {
  type Equation,
  forElementwise,
  type Graph,
  type Primitive,
  printType,
  type Variable,
} from "../../graph/index.ts"
import {
  allocateTyped,
  decodeTyped,
  encodeTyped,
  printShape,
  shapesEqual,
  type TypedArray,
  viewTyped,
} from "../../size/index.ts"
import { contractionRules } from "./contraction.ts"
import { controlRules } from "./control.ts"
import { foldRules } from "./folds.ts"
import { countOf, strided } from "./layout.ts"
import { type MovePrimitive, moveElement, moveRules } from "./moves.ts"
import { type ScalarPrimitive, scalarFunction } from "./scalar.ts"
import { type HostArray, type RamRule, roomFor, roundStored, shapeOf } from "./values.ts"

function elementwise(
  { primitive, params, results: [result] }: Equation<ScalarPrimitive>,
  operands: readonly HostArray[],
): readonly TypedArray[] {
  const scalar = scalarFunction(primitive, operands[0].dtype, params)
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => (operands[i] ?? operands[0]).data)
  const elements = roomFor(result)
  for (let i = 0; i < elements.length; i++) elements[i] = scalar(a[i], b[i], c[i], d[i])
  return [elements]
}

function move<P extends MovePrimitive>(primitive: P): RamRule<P> {
  const rule = moveRules[primitive]
  return (equation, operands) => {
    const elements = roomFor(equation.results[0])
    const plan = rule(equation, operands)
    for (let i = 0; i < elements.length; i++) elements[i] = moveElement(operands, plan, i)
    return [elements]
  }
}

const unfinished = ({ primitive }: Equation): never => {
  throw new Error(`${primitive} is there only while derivatives are taken: finish the graph first`)
}

const ramRules: { readonly [P in Primitive]: RamRule<P> } = {
  ...forElementwise<RamRule<ScalarPrimitive>>(elementwise),
  bitcast: ({ params: { dtype } }, [{ data, dtype: from }]) => {
    const { buffer, length } = encodeTyped(from, data)
    return [decodeTyped(dtype, viewTyped(dtype, buffer, 0, length))]
  },
  full: ({ params: { value }, results: [result] }) => [roomFor(result).fill(value)],
  iota: ({ params: { axis }, results: [result] }) => {
    const shape = shapeOf(result)
    const elements = roomFor(result)
    elements.set(
      strided(
        shape,
        shape.map((_, i) => (i === axis ? 1 : 0)),
      ),
    )
    return [elements]
  },
  reshape: move("reshape"),
  transpose: move("transpose"),
  broadcast: move("broadcast"),
  slice: move("slice"),
  pad: move("pad"),
  concatenate: move("concatenate"),
  flip: move("flip"),
  windows: move("windows"),
  gather: move("gather"),
  dynamicSlice: move("dynamicSlice"),
  dynamicUpdateSlice: move("dynamicUpdateSlice"),
  after: move("after"),
  ...foldRules,
  ...contractionRules,
  ...controlRules(walk),
  pullback: unfinished,
  capture: unfinished,
}

export function applyRule<P extends Primitive>(
  equation: Equation<P>,
  operands: readonly HostArray[],
): readonly TypedArray[] {
  const rule: RamRule<P> = ramRules[equation.primitive]
  return rule(equation, operands)
}

/** An argument of {@link evaluate}: elements in row-major order with their shape. */
export interface Argument {
  readonly data: TypedArray
  readonly shape: readonly number[]
}

/**
 * Runs a graph of concrete sizes, equation by equation, and returns its outputs. An output may
 * share its elements with an input or another output.
 * @throws TypeError or RangeError naming the input that does not fit, or a symbolic size.
 */
export function evaluate(graph: Graph, inputs: readonly Argument[]): readonly HostArray[] {
  requireInputs(graph, inputs)
  const outputs = walk(
    graph,
    graph.inputs.map((input, i) => ({
      data: decodeTyped(input.dtype, inputs[i].data),
      shape: shapeOf(input),
      dtype: input.dtype,
    })),
  )
  return outputs.map((output) =>
    output.dtype === "bfloat16"
      ? { ...output, data: encodeTyped(output.dtype, output.data) }
      : output,
  )
}

/** Runs the equations in their order. */
function walk(graph: Graph, inputs: readonly HostArray[]): readonly HostArray[] {
  const lastUse = lastUses(graph)
  const values = new Map<Variable, HostArray>()
  const read = (variable: Variable): HostArray => {
    const value = values.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    return value
  }
  const write = (variable: Variable, data: TypedArray): void => {
    values.set(variable, { data, shape: shapeOf(variable), dtype: variable.dtype })
  }
  for (const [i, input] of graph.inputs.entries()) values.set(input, inputs[i])
  for (const [i, equation] of graph.equations.entries()) {
    const results = applyRule(equation, equation.operands.map(read))
    for (const [j, result] of equation.results.entries()) {
      roundStored(result.dtype, results[j])
      write(result, results[j])
    }
    for (const variable of [...equation.operands, ...equation.results]) {
      if ((lastUse.get(variable) ?? i) <= i) values.delete(variable)
    }
  }
  return graph.outputs.map(read)
}

const knownUses = new WeakMap<Graph, ReadonlyMap<Variable, number>>()

/** The last equation that needs each variable; outputs are needed for ever. */
function lastUses(graph: Graph): ReadonlyMap<Variable, number> {
  const known = knownUses.get(graph)
  if (known !== undefined) return known
  const last = new Map<Variable, number>()
  knownUses.set(graph, last)
  for (const [i, { operands }] of graph.equations.entries()) {
    for (const operand of operands) last.set(operand, i)
  }
  for (const output of graph.outputs) last.set(output, Number.POSITIVE_INFINITY)
  return last
}

/** @throws TypeError or RangeError in one sentence when the arguments are not the graph's inputs. */
export function requireInputs(graph: Graph, inputs: readonly Argument[]): void {
  if (inputs.length !== graph.inputs.length) {
    throw new TypeError(`the graph takes ${graph.inputs.length} inputs, not ${inputs.length}`)
  }
  for (const [i, { data, shape }] of inputs.entries()) {
    const input = graph.inputs[i]
    const fits =
      shapesEqual(shape, shapeOf(input)) &&
      data.length === countOf(shape) &&
      data.constructor === allocateTyped(input.dtype, 0).constructor
    if (!fits) {
      throw new TypeError(
        `input ${i} is ${printType(input)}, but was given ${data.length} elements ` +
          `of a ${data.constructor.name} as ${printShape(shape)}`,
      )
    }
  }
}
