/** Arguments on the command line, held against the parameters of a function. */

import type { Graph } from "../graph/index.ts"
import { UsageError } from "./failure.ts"
import type { ArrayFunction } from "./load.ts"

/**
 * Asks whether a function takes all of its arguments. Those beyond its parameters count as taken when
 * its graph reads them, for rest parameters, defaults and wrapped functions are not counted by `length`.
 * @param trace the function's graph on those arguments, one input for each
 * @throws UsageError naming the first argument that has no effect.
 */
export function requireTaken(f: ArrayFunction, args: number, trace: () => Graph): void {
  if (args <= f.length) return
  const { inputs, equations, outputs } = trace()
  const read = new Set([...outputs, ...equations.flatMap(({ operands }) => operands)])
  const surplus = inputs.slice(0, args).findIndex((input, i) => i >= f.length && !read.has(input))
  if (surplus === -1) return
  throw new UsageError(
    `--args has ${args} arguments, of which the function takes no notice of number ${surplus + 1}: leave it out`,
  )
}

/**
 * What a trace of a function on its arguments gives.
 * @throws UsageError when it fails and the function has more parameters than there are arguments.
 */
export function onArguments<T>(f: ArrayFunction, args: number, trace: () => T): T {
  try {
    return trace()
  } catch (error) {
    if (args >= f.length || !(error instanceof Error)) throw error
    throw new UsageError(
      `the function has ${f.length} ${f.length === 1 ? "parameter" : "parameters"} and --args names ` +
        `${args}: give the type of each, as in --args "f32[1024]" (${error.message})`,
      { cause: error },
    )
  }
}
