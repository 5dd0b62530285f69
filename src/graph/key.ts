/** Keys by which equal graphs and params are found again. */

import { isGraph } from "./control.ts"
import { type Graph, printType, type Variable } from "./graph.ts"

const known = new WeakMap<Graph, string>()

/** Equal keys mean graphs that compute the same from the same inputs, in the same way. */
export function graphKey(graph: Graph): string {
  let key = known.get(graph)
  if (key === undefined) {
    key = makeKey(graph)
    known.set(graph, key)
  }
  return key
}

function makeKey(graph: Graph): string {
  const numbers = new Map<Variable, number>()
  for (const input of graph.inputs) numbers.set(input, numbers.size)
  const lines = graph.equations.map(({ primitive, operands, params, results }) => {
    for (const result of results) numbers.set(result, numbers.size)
    return `${primitive}${paramsKey(params)}(${operands.map((operand) => numbers.get(operand))})`
  })
  const outputs = graph.outputs.map((output) => numbers.get(output))
  return `${graph.inputs.map(printType)}→${lines.join(";")}→${outputs}`
}

/** Equal keys mean equal params; −0 and 0 differ, NaN equals NaN. */
export function paramsKey(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value)
  if (Array.isArray(value)) return `[${value.map(paramsKey).join(",")}]`
  if (typeof value !== "object" || value === null) return String(value)
  if ("key" in value && typeof value.key === "string") return value.key
  if (isGraph(value)) return `{${graphKey(value)}}`
  return `{${Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([name, part]) => `${name}:${paramsKey(part)}`)
    .join(",")}}`
}
