/**
 * Graphs without arithmetic on narrow dtypes: float16, bfloat16 and integers below 32 bits are
 * computed in the dtype that their row in the table names, and rounded or wrapped after every
 * operation. What is left of them is loaded, stored, moved, cast from and to that one dtype, and
 * bitcast, so that an emitter needs no more.
 */

import {
  type Equation,
  type Graph,
  type GraphBuilder,
  GraphCopy,
  isEquation,
  operations as op,
  type Primitive,
  subgraphsOf,
  type Variable,
} from "../graph/index.ts"
import { type DType, dtypes, isFloat, isStorage } from "../size/index.ts"

/** Primitives that take elements as they are. */
const movements: ReadonlySet<Primitive> = new Set<Primitive>([
  "reshape",
  "transpose",
  "broadcast",
  "slice",
  "pad",
  "concatenate",
  "flip",
  "windows",
  "gather",
  "dynamicSlice",
  "dynamicUpdateSlice",
  "select",
  "stopGradient",
  "bitcast",
  "full",
])

/** The same computation with casts around what would compute in a narrow dtype. */
export function widen(graph: Graph): Graph {
  if (!holdsStorage(graph)) return graph
  const copy = new GraphCopy(graph)
  for (const equation of graph.equations) {
    if (subgraphsOf(equation.params).length > 0) copy.repeat(equation, widen)
    else {
      const operands = equation.operands.map((operand) => copy.at(operand))
      copy.set(equation, widened(copy.builder, equation, operands))
    }
  }
  return copy.build(graph)
}

function holdsStorage(graph: Graph): boolean {
  const narrow = ({ dtype }: Variable): boolean => isStorage(dtype)
  return (
    graph.inputs.some(narrow) ||
    graph.equations.some(
      ({ results, params }) =>
        results.some(narrow) || subgraphsOf(params).some((inner) => holdsStorage(inner.graph)),
    )
  )
}

function widened(
  b: GraphBuilder,
  equation: Equation,
  operands: readonly Variable[],
): readonly Variable[] {
  const { primitive, params, results } = equation
  if (isEquation(equation, "cast")) return [castBetween(b, operands[0], equation.params.dtype)]
  const narrow = [...operands, ...results].some(({ dtype }) => isStorage(dtype))
  const sets = isEquation(equation, "scatter") && equation.params.combine === "set"
  if (!narrow || movements.has(primitive) || sets) return b.emitAll(primitive, operands, params)
  if (isEquation(equation, "iota")) {
    const { dtype } = equation.params
    const wide = b.emit("iota", [], { ...equation.params, dtype: dtypes[dtype].computes })
    return [castBetween(b, wide, dtype)]
  }
  const [{ dtype }] = operands
  if (primitive === "countLeadingZeros") {
    const zeros = b.emit(primitive, [bitsOf(b, operands[0])], {})
    const missing = 32 - 8 * dtypes[dtype].bytes
    return [castBetween(b, op.subtract(b, zeros, missing), dtype)]
  }
  if (primitive === "populationCount" || primitive === "shiftRightLogical") {
    const bits = operands.map((operand) => bitsOf(b, operand))
    return [castBetween(b, b.emit(primitive, bits, {}), dtype)]
  }
  const extreme = extremeOfNothing(equation, operands[0])
  if (extreme !== undefined) return [op.full(b, results[0], extreme)]
  const wide = operands.map((operand) => op.cast(b, operand, dtypes[operand.dtype].computes))
  return b.emitAll(primitive, wide, params).map((result, i) => op.cast(b, result, results[i].dtype))
}

/** An integer's own bits as a uint32. */
function bitsOf(b: GraphBuilder, x: Variable): Variable {
  const unsigned: { readonly [D in DType]?: DType } = { int8: "uint8", int16: "uint16" }
  const dtype = unsigned[x.dtype]
  return op.cast(b, dtype === undefined ? x : b.emit("bitcast", [x], { dtype }), "uint32")
}

/** What the wide dtype's greatest or least value must not stand for: a reduction of no elements. */
function extremeOfNothing(equation: Equation, operand: Variable): number | undefined {
  const { lowest, highest } = dtypes[operand.dtype]
  for (const [primitive, value] of [
    ["reduceMax", lowest],
    ["reduceMin", highest],
  ] as const) {
    if (!isEquation(equation, primitive)) continue
    if (equation.params.axes.some((axis) => operand.shape[axis] === 0)) return value
  }
  return undefined
}

/** Floats saturate in integers, integers wrap; steps pass through the dtypes that are computed in. */
function castBetween(b: GraphBuilder, x: Variable, to: DType): Variable {
  const { computes, kind, lowest, highest } = dtypes[to]
  if (x.dtype === to) return x
  const source = op.cast(b, x, dtypes[x.dtype].computes)
  const wide = op.cast(b, source, computes)
  if (!isStorage(to)) return wide
  if (!isFloat(source.dtype) || kind === "float") return op.cast(b, wide, to)
  const within = op.combine(b, "minimum", wide, highest)
  return op.cast(b, op.combine(b, "maximum", within, lowest), to)
}
