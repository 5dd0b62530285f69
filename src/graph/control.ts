/** Graphs inside graphs: the params of control flow, and the types of its results. */

import { isSymbolic, printShape, type Shape, type Size, shapesEqual } from "../size/index.ts"
import { type ArrayType, type Graph, printType } from "./graph.ts"
import type { CondParams, LoopParams, ParamsOf, Primitive, WhileParams } from "./primitive.ts"

/** A graph among an equation's params. */
export interface Subgraph {
  /** The param that holds it. */
  readonly param: string
  /** For people: the param, with a number where it holds several. */
  readonly name: string
  readonly graph: Graph
}

export function isGraph(value: object): value is Graph {
  return "equations" in value
}

/** The graphs among params, in order. */
export function subgraphsOf(params: object): readonly Subgraph[] {
  return Object.entries(params).flatMap(([param, value]: [string, unknown]) => {
    if (typeof value !== "object" || value === null) return []
    if (isGraph(value)) return [{ param, name: param, graph: value }]
    if (!Array.isArray(value)) return []
    return value
      .filter((graph): graph is Graph => typeof graph === "object" && isGraph(graph))
      .map((graph, i) => ({ param, name: `${param}[${i}]`, graph }))
  })
}

/** Params with other graphs in the place of theirs. */
export const mapSubgraphs: {
  readonly [P in "loop" | "while" | "cond" | "call" | "pullback"]: (
    params: ParamsOf[P],
    map: (graph: Graph) => Graph,
  ) => ParamsOf[P]
} = {
  loop: (params, map) => ({ ...params, body: map(params.body) }),
  while: (params, map) => ({ ...params, condition: map(params.condition), body: map(params.body) }),
  cond: ({ branches }, map) => ({ branches: branches.map(map) }),
  call: (params, map) => ({ ...params, body: map(params.body) }),
  pullback: (params, map) => ({ ...params, backward: map(params.backward) }),
}

/** The type of one row along axis 0. */
export function rowOf({ shape, dtype }: ArrayType): ArrayType {
  return { shape: shape.slice(1), dtype }
}

/** The type of so many rows. */
export function rowsOf({ shape, dtype }: ArrayType, length: Size): ArrayType {
  return { shape: [length, ...shape], dtype }
}

export function loopTypes(
  operands: readonly ArrayType[],
  { body, length, consts, carries }: LoopParams,
  primitive: Primitive,
): readonly ArrayType[] {
  if (!isSymbolic(length) && !(Number.isInteger(length) && length >= 0)) {
    throw new RangeError(`loop has length ${length}, which must be a whole number of at least 0`)
  }
  const fixed = consts + carries
  const rows = operands.slice(fixed).map((operand, i) => {
    if (operand.shape.length === 0 || !shapesEqual([operand.shape[0]], [length])) {
      throw new RangeError(
        `loop of ${length} steps takes rows of operand ${fixed + i}, which must have so many, ` +
          `not shape ${printShape(operand.shape)}`,
      )
    }
    return rowOf(operand)
  })
  requireTypes(primitive, "body", body.inputs, [...operands.slice(0, fixed), ...rows], "input")
  const carried = operands.slice(consts, fixed)
  requireTypes(primitive, "body", body.outputs.slice(0, carries), carried, "output")
  return [...carried, ...body.outputs.slice(carries).map((row) => rowsOf(row, length))].map(
    typeOnly,
  )
}

export function whileTypes(
  operands: readonly ArrayType[],
  { condition, body, conditionConsts, bodyConsts }: WhileParams,
  primitive: Primitive,
): readonly ArrayType[] {
  const carried = operands.slice(conditionConsts + bodyConsts)
  const forCondition = [...operands.slice(0, conditionConsts), ...carried]
  requireTypes(primitive, "condition", condition.inputs, forCondition, "input")
  requireTypes(primitive, "condition", condition.outputs, [{ shape: [], dtype: "bool" }], "output")
  requireTypes(primitive, "body", body.inputs, operands.slice(conditionConsts), "input")
  requireTypes(primitive, "body", body.outputs, carried, "output")
  return carried.map(typeOnly)
}

export function condTypes(
  [index, ...operands]: readonly ArrayType[],
  { branches }: CondParams,
  primitive: Primitive,
): readonly ArrayType[] {
  if (branches.length === 0) throw new RangeError("cond needs at least one branch")
  requireTypes(primitive, "choice", [index], [{ shape: [], dtype: "int32" }], "operand")
  for (const [i, branch] of branches.entries()) {
    requireTypes(primitive, `branch ${i}`, branch.inputs, operands, "input")
    requireTypes(primitive, `branch ${i}`, branch.outputs, branches[0].outputs, "output")
  }
  return branches[0].outputs.map(typeOnly)
}

export function callTypes(
  operands: readonly ArrayType[],
  { body }: ParamsOf["call"],
  primitive: Primitive,
): readonly ArrayType[] {
  requireTypes(primitive, "body", body.inputs, operands, "input")
  return body.outputs.map(typeOnly)
}

export function pullbackTypes(
  operands: readonly ArrayType[],
  { backward, residuals }: ParamsOf["pullback"],
  primitive: Primitive,
): readonly ArrayType[] {
  const own = backward.inputs.slice(0, residuals)
  requireTypes(primitive, "backward graph", own, operands.slice(0, residuals), "input")
  requireTypes(primitive, "backward graph", backward.outputs, operands.slice(residuals), "output")
  return backward.inputs.slice(residuals).map(typeOnly)
}

function typeOnly({ shape, dtype }: { shape: Shape; dtype: ArrayType["dtype"] }): ArrayType {
  return { shape, dtype }
}

function requireTypes(
  primitive: Primitive,
  part: string,
  found: readonly (ArrayType | undefined)[],
  wanted: readonly ArrayType[],
  what: "input" | "output" | "operand",
): void {
  if (found.length !== wanted.length) {
    throw new TypeError(
      `${primitive}: the ${part} has ${found.length} ${what}s where ${wanted.length} are needed`,
    )
  }
  for (const [i, type] of wanted.entries()) {
    const own = found[i]
    if (own?.dtype !== type.dtype || !shapesEqual(own.shape, type.shape)) {
      throw new TypeError(
        `${primitive}: ${what} ${i} of the ${part} is ${own && printType(own)} ` +
          `where ${printType(type)} is needed`,
      )
    }
  }
}
