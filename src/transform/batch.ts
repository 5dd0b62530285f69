/** Batching: a graph of one element becomes a graph of many at once. */

import {
  type ArrayType,
  type ElementwisePrimitive,
  type Equation,
  forElementwise,
  type Graph,
  GraphBuilder,
  isEquation,
  isPlain,
  operations as op,
  type PlainPrimitive,
  printType,
  type Variable,
} from "../graph/index.ts"
import type { Size } from "../size/index.ts"
import { batchConvolve, batchDot } from "./batch/contraction.ts"
import { controlBatch } from "./batch/control.ts"
import {
  batchDynamicSlice,
  batchDynamicUpdateSlice,
  batchGather,
  batchScatter,
} from "./batch/indexing.ts"
import { type Batched, type BatchRule, later, leading, repeat } from "./batch/rule.ts"
import { stagedBatch } from "./batch/staged.ts"

const laterAxes = <T extends { readonly axes: readonly number[] }>(params: T): T => ({
  ...params,
  axes: later(params.axes),
})
const laterAxis = <T extends { readonly axis: number }>(params: T): T => ({
  ...params,
  axis: params.axis + 1,
})
const largerShape = <T extends { readonly shape: readonly Size[] }>(params: T, size: Size): T => ({
  ...params,
  shape: [size, ...params.shape],
})

const rules: { readonly [P in PlainPrimitive]: BatchRule<P> } = {
  ...forElementwise<BatchRule<ElementwisePrimitive>>(leading((params) => params)),
  full: leading(largerShape),
  iota: leading((params, size) => laterAxis(largerShape(params, size))),
  reshape: leading(largerShape),
  transpose: leading(({ permutation }) => ({ permutation: [0, ...later(permutation)] })),
  broadcast: leading(({ shape, axes }, size) => ({
    shape: [size, ...shape],
    axes: [0, ...later(axes)],
  })),
  slice: leading(({ starts, limits, strides }, size) => ({
    starts: [0, ...starts],
    limits: [size, ...limits],
    strides: [1, ...strides],
  })),
  pad: leading(({ low, high, interior, value }) => ({
    low: [0, ...low],
    high: [0, ...high],
    interior: [0, ...interior],
    value,
  })),
  concatenate: leading(laterAxis),
  flip: leading(laterAxes),
  windows: leading(laterAxes),
  fold: leading(laterAxes),
  gather: batchGather,
  scatter: batchScatter,
  dynamicSlice: batchDynamicSlice,
  dynamicUpdateSlice: batchDynamicUpdateSlice,
  after: (b, [x, ...others], [mapped], params, size) => [
    b.emit("after", [mapped ? x : repeat(b, x, size), ...others], params),
  ],
  reduceSum: leading(laterAxes),
  reduceProd: leading(laterAxes),
  reduceMax: leading(laterAxes),
  reduceMin: leading(laterAxes),
  argmax: leading(laterAxis),
  argmin: leading(laterAxis),
  cumulativeSum: leading(laterAxis),
  cumulativeProd: leading(laterAxis),
  cumulativeMax: leading(laterAxis),
  cumulativeMin: leading(laterAxis),
  dot: batchDot,
  convolve: batchConvolve,
  sort: leading(laterAxis),
}

const controlRules = controlBatch(spread)
const stagedRules = stagedBatch(spread)

function batchEquation(
  b: GraphBuilder,
  equation: Equation,
  operands: readonly Variable[],
  mapped: readonly boolean[],
  size: Size,
): Batched {
  if (!mapped.includes(true)) {
    const results = b.emitAll(equation.primitive, operands, equation.params)
    return { results, mapped: results.map(() => false) }
  }
  if (isEquation(equation, "loop")) {
    return controlRules.loop(b, operands, mapped, equation.params, size)
  }
  if (isEquation(equation, "while")) {
    return controlRules.while(b, operands, mapped, equation.params, size)
  }
  if (isEquation(equation, "cond")) {
    return controlRules.cond(b, operands, mapped, equation.params, size)
  }
  if (isEquation(equation, "call")) {
    return stagedRules.call(b, operands, mapped, equation.params, size)
  }
  if (isEquation(equation, "pullback")) {
    return stagedRules.pullback(b, operands, mapped, equation.params, size)
  }
  if (!isPlain(equation)) throw new Error(`${equation.primitive} has no rule of batching`)
  const results = batchPlain(b, equation, operands, mapped, size)
  return { results, mapped: results.map(() => true) }
}

function batchPlain<P extends PlainPrimitive>(
  b: GraphBuilder,
  { primitive, params }: Equation<P>,
  operands: readonly Variable[],
  mapped: readonly boolean[],
  size: Size,
): readonly Variable[] {
  const rule: BatchRule<P> = rules[primitive]
  return rule(b, operands, mapped, params, size, primitive)
}

/**
 * The graph for every element of a batch at once.
 *
 * Input i has a further axis of extent `size` at axes[i], or is the same for every element where
 * axes[i] is undefined. Outputs have the batch axis first; one that does not depend on a mapped
 * input is repeated along it. Work is the graph's times `size`, less what does not depend on the
 * batch; span is the graph's.
 * @throws RangeError when `axes` does not fit the inputs, or when a convolution has both operands
 * mapped and a symbolic size.
 */
export function batch(graph: Graph, axes: readonly (number | undefined)[], size: Size): Graph {
  if (axes.length !== graph.inputs.length) {
    throw new RangeError(
      `the graph has ${graph.inputs.length} inputs, but ${axes.length} axes were given`,
    )
  }
  const b = new GraphBuilder()
  const inputs = graph.inputs.map((input, i) => {
    const axis = axes[i]
    const outer = b.input(axis === undefined ? input : withAxis(input, axis, size, i))
    return axis === undefined ? outer : op.moveAxis(b, outer, axis, 0)
  })
  const isMapped = axes.map((axis) => axis !== undefined)
  const { results, mapped } = spread(b, graph, inputs, isMapped, size)
  return b.build(results.map((result, i) => (mapped[i] ? result : repeat(b, result, size))))
}

/** Writes a graph for every element of a batch, which mapped inputs and outputs have first. */
function spread(
  b: GraphBuilder,
  graph: Graph,
  inputs: readonly Variable[],
  isMapped: readonly boolean[],
  size: Size,
): Batched {
  const values = new Map<Variable, Variable>()
  const mapped = new Set<Variable>()
  for (const [i, input] of graph.inputs.entries()) {
    values.set(input, inputs[i])
    if (isMapped[i]) mapped.add(input)
  }
  const known = (variable: Variable): Variable => {
    const value = values.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    return value
  }
  for (const equation of graph.equations) {
    const { operands, results } = equation
    const own = operands.map((operand) => mapped.has(operand))
    const batched = batchEquation(b, equation, operands.map(known), own, size)
    for (const [i, result] of results.entries()) {
      values.set(result, batched.results[i])
      if (batched.mapped[i]) mapped.add(result)
    }
  }
  return {
    results: graph.outputs.map(known),
    mapped: graph.outputs.map((output) => mapped.has(output)),
  }
}

function withAxis(input: ArrayType, axis: number, size: Size, i: number): ArrayType {
  if (!Number.isInteger(axis) || axis < 0 || axis > input.shape.length) {
    throw new RangeError(
      `axes[${i}] is ${axis}, but with a batch axis input ${i}, ${printType(input)} without it, ` +
        `has axes 0 to ${input.shape.length}`,
    )
  }
  return { shape: input.shape.toSpliced(axis, 0, size), dtype: input.dtype }
}
