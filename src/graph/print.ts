/** The printed form of a graph: one line per equation, types at every definition. */

import { subgraphsOf } from "./control.ts"
import { type Graph, printType, type Variable } from "./graph.ts"

/**
 * A graph as text:
 *
 *     { a: f32[N], b: f32[N] →
 *       c: f32[N] = multiply a b
 *       d: f32[] = reduceSum[axes=[0]] c
 *       → d }
 *
 * Graphs among an equation's params follow it, indented.
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Variable, string>()
  const name = (variable: Variable): string => {
    const known = names.get(variable)
    if (known !== undefined) return known
    const made = letters(names.size)
    names.set(variable, made)
    return made
  }
  const define = (variable: Variable): string => `${name(variable)}: ${printType(variable)}`
  const inputs = graph.inputs.map(define).join(", ")
  const lines = graph.equations.map(({ primitive, operands, params, results }) => {
    const arguments_ = operands.map((operand) => ` ${name(operand)}`).join("")
    const line = `${results.map(define).join(", ")} = ${primitive}${printParams(params)}${arguments_}`
    const inner = subgraphsOf(params).map(({ name, graph }) =>
      indent(`${name} ${printGraph(graph)}`),
    )
    return indent([line, ...inner].join("\n"))
  })
  return [`{ ${inputs} →`, ...lines, `  → ${graph.outputs.map(name).join(", ")} }`].join("\n")
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ")
}

/** a … z, aa, ab, … */
function letters(n: number): string {
  const last = String.fromCharCode(97 + (n % 26))
  return n < 26 ? last : letters(Math.floor(n / 26) - 1) + last
}

function printParams(params: object): string {
  const graphs = new Set(subgraphsOf(params).map(({ param }) => param))
  const entries = Object.entries(params)
    .filter(([key, value]) => !graphs.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${printParam(value)}`)
  return entries.length === 0 ? "" : `[${entries.join(" ")}]`
}

function printParam(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printParam).join(",")}]`
  if (typeof value !== "object" || value === null) return String(value)
  if ("kind" in value) return String(value.kind)
  return "key" in value ? String(value.key) : String(value)
}
