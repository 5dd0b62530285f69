/** The printed form of a graph: one line per equation, types at every definition. */

import { type Graph, printType, type Variable } from "./graph.ts"

/**
 * A graph as text:
 *
 *     { a: f32[N], b: f32[N] →
 *       c: f32[N] = multiply a b
 *       d: f32[] = reduceSum[axes=[0]] c
 *       → d }
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
    return `  ${results.map(define).join(", ")} = ${primitive}${printParams(params)}${arguments_}`
  })
  return [`{ ${inputs} →`, ...lines, `  → ${graph.outputs.map(name).join(", ")} }`].join("\n")
}

/** a … z, aa, ab, … */
function letters(n: number): string {
  const last = String.fromCharCode(97 + (n % 26))
  return n < 26 ? last : letters(Math.floor(n / 26) - 1) + last
}

function printParams(params: object): string {
  const entries = Object.entries(params).map(([key, value]) => `${key}=${printParam(value)}`)
  return entries.length === 0 ? "" : `[${entries.join(" ")}]`
}

function printParam(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(printParam).join(",")}]` : String(value)
}
