/**
 * Operations that work everywhere: inside a trace their equations join the surrounding graph; on
 * concrete arrays each call runs as one program, compiled once for each form of call.
 */

import { Cache } from "./cache.ts"
import { CallForm } from "./call.ts"
import { type CallProgram, compileCall, runCall } from "./call-program.ts"
import { currentTrace } from "./trace.ts"

/**
 * Makes an operation of a function on arrays.
 * @param operands how many of its first arguments are operands, whose plain numbers are scalars;
 *   numbers in later arguments are static, part of what is compiled.
 */
export function operation<A extends readonly unknown[], R>(
  operands: number,
  body: (...args: A) => R,
): (...args: A) => R {
  const programs = new Cache<CallProgram<R>>(512)
  return (...args) => {
    if (currentTrace() !== undefined) return body(...args)
    const form = new CallForm()
    for (let i = 0; i < args.length; i++) {
      form.add(args[i], i < operands ? "operand" : "static")
      form.key += ";"
    }
    const roleOf = (i: number) => (i < operands ? "operand" : "static")
    const program = programs.get(form.key, () => compileCall(body, args, roleOf, form))
    return runCall(program, form.leaves)
  }
}
