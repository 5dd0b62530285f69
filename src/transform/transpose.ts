/** Transposition: a linear graph from tangents to tangents becomes one from cotangents back. */

import {
  type ElementwisePrimitive,
  type Equation,
  forElementwise,
  type Graph,
  GraphBuilder,
  isEquation,
  isPlain,
  operations as op,
  type PlainPrimitive,
  type Variable,
} from "../graph/index.ts"
import { Demand } from "./demand.ts"
import { dependents } from "./dependents.ts"
import { separate } from "./separate.ts"
import { transposeConvolve, transposeDot } from "./transpose/contraction.ts"
import { controlTranspose } from "./transpose/control.ts"
import {
  transposeBroadcast,
  transposeConcatenate,
  transposeDynamicSlice,
  transposeDynamicUpdateSlice,
  transposeFlip,
  transposeFold,
  transposeGather,
  transposePad,
  transposeReshape,
  transposeScatter,
  transposeSlice,
  transposeTranspose,
  transposeWindows,
} from "./transpose/movement.ts"
import {
  type Cotangent,
  notLinear,
  type Operand,
  type TransposeRule,
  valueOf,
} from "./transpose/rule.ts"
import { stagedTranspose } from "./transpose/staged.ts"

const rules: { readonly [P in PlainPrimitive]: TransposeRule<P> } = {
  ...forElementwise(notLinear<ElementwisePrimitive>()),
  negate: (b, ct) => [op.negate(b, ct)],
  add: (_b, ct) => [ct, ct],
  subtract: (b, ct) => [ct, op.negate(b, ct)],
  multiply: (b, ct, [x, y]) =>
    x.value === undefined
      ? [op.multiply(b, ct, valueOf(y, "multiply")), undefined]
      : [undefined, op.multiply(b, ct, x.value)],
  divide: (b, ct, [, y]) => [op.divide(b, ct, valueOf(y, "divide")), undefined],
  select: (b, ct, [condition]) => [
    undefined,
    op.select(b, valueOf(condition, "select"), ct, 0),
    op.select(b, valueOf(condition, "select"), 0, ct),
  ],
  cast: (b, ct, [x]) => [op.cast(b, ct, x.dtype)],
  full: notLinear(),
  iota: notLinear(),
  reshape: transposeReshape,
  transpose: transposeTranspose,
  broadcast: transposeBroadcast,
  slice: transposeSlice,
  pad: transposePad,
  concatenate: transposeConcatenate,
  flip: transposeFlip,
  windows: transposeWindows,
  fold: transposeFold,
  gather: transposeGather,
  scatter: transposeScatter,
  dynamicSlice: transposeDynamicSlice,
  dynamicUpdateSlice: transposeDynamicUpdateSlice,
  after: (_b, ct) => [ct],
  reduceSum: (b, ct, [x], { axes }) => [op.broadcastBack(b, ct, x.shape, axes)],
  reduceProd: notLinear(),
  reduceMax: notLinear(),
  reduceMin: notLinear(),
  argmax: notLinear(),
  argmin: notLinear(),
  cumulativeSum: (b, ct, _x, { axis, reverse }) => [
    b.emit("cumulativeSum", [ct], { axis, reverse: !reverse }),
  ],
  cumulativeProd: notLinear(),
  cumulativeMax: notLinear(),
  cumulativeMin: notLinear(),
  dot: transposeDot,
  convolve: transposeConvolve,
  sort: notLinear(),
}

const controlRules = controlTranspose(transposeInto)
const stagedRules = stagedTranspose(transposeInto)

function transposeEquation(
  b: GraphBuilder,
  equation: Equation,
  cotangents: readonly Cotangent[],
  operands: readonly Operand[],
): readonly Cotangent[] {
  if (isEquation(equation, "loop")) {
    return controlRules.loop(b, cotangents, operands, equation.params)
  }
  if (isEquation(equation, "while")) {
    return controlRules.while(b, cotangents, operands, equation.params)
  }
  if (isEquation(equation, "cond")) {
    return controlRules.cond(b, cotangents, operands, equation.params)
  }
  if (isEquation(equation, "call")) {
    return stagedRules.call(b, cotangents, operands, equation.params)
  }
  if (isEquation(equation, "pullback")) {
    return stagedRules.pullback(b, cotangents, operands, equation.params, equation.results)
  }
  const [cotangent] = cotangents
  if (!isPlain(equation) || cotangent === undefined) {
    throw new Error(`${equation.primitive} has no transpose`)
  }
  return transposePlain(b, equation, cotangent, operands)
}

function transposePlain<P extends PlainPrimitive>(
  b: GraphBuilder,
  { primitive, params }: Equation<P>,
  cotangent: Variable,
  operands: readonly Operand[],
): readonly Cotangent[] {
  const rule: TransposeRule<P> = rules[primitive]
  return rule(b, cotangent, operands, params, primitive)
}

/**
 * Emits the transposed equations of those that depend on `linearInputs`, taking the values that
 * do not depend on them from `values`.
 * @returns one cotangent for each linear input.
 */
export function transposeInto(
  b: GraphBuilder,
  graph: Graph,
  linearInputs: readonly Variable[],
  values: Demand,
  outputCotangents: readonly Cotangent[],
): readonly Cotangent[] {
  const isLinear = dependents(graph, linearInputs)
  const cotangents = new Map<Variable, Variable>()
  const accumulate = (variable: Variable, cotangent: Cotangent): void => {
    if (cotangent === undefined || !isLinear.has(variable)) return
    const before = cotangents.get(variable)
    cotangents.set(variable, before === undefined ? cotangent : op.add(b, before, cotangent))
  }
  for (const [i, output] of graph.outputs.entries()) accumulate(output, outputCotangents[i])
  for (const equation of graph.equations.toReversed()) {
    const own = equation.results.map((result) => cotangents.get(result))
    if (own.every((cotangent) => cotangent === undefined)) continue
    for (const result of equation.results) cotangents.delete(result)
    const operands = equation.operands.map((operand): Operand => {
      const value = isLinear.has(operand) ? undefined : values.get(operand)
      return { shape: operand.shape, dtype: operand.dtype, value }
    })
    for (const [i, back] of transposeEquation(b, equation, own, operands).entries()) {
      accumulate(equation.operands[i], back)
    }
  }
  return linearInputs.map((input) => cotangents.get(input))
}

/**
 * The transpose of a graph that is linear in some of its inputs together.
 *
 * Inputs are the graph's other inputs in their order, then one cotangent for each output; outputs
 * are one cotangent for each linear input. Work and span are those of the linear graph, within a
 * small constant factor.
 * @param linear which inputs the graph is linear in, one entry per input.
 * @throws Error when an equation is not linear in them.
 */
export function transpose(joint: Graph, linear: readonly boolean[]): Graph {
  const graph = separate(joint, linear)
  const b = new GraphBuilder()
  const values = new Demand(b, graph)
  for (const [i, input] of graph.inputs.entries()) {
    if (!linear[i]) values.set(input, b.input(input))
  }
  const cotangents = graph.outputs.map((output) => b.input(output))
  const linearInputs = graph.inputs.filter((_, i) => linear[i])
  const back = transposeInto(b, graph, linearInputs, values, cotangents)
  return b.build(linearInputs.map((input, i) => back[i] ?? op.zeros(b, input)))
}
