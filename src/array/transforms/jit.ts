/** Functions compiled whole: one program for each form of call. */

import { type ContractionPrecision, contractionPrecisions } from "../../schedule/index.ts"
import { parseBytes } from "../../size/index.ts"
import { Cache } from "../tracing/cache.ts"
import { CallForm, type NumberRole } from "../tracing/call.ts"
import { type CallProgram, compileCall, inlineCall, runCall } from "../tracing/call-program.ts"
import { streamOf } from "../tracing/devices.ts"
import type { Stream } from "../tracing/stream.ts"
import { currentTrace } from "../tracing/trace.ts"
import type { Relaxed } from "../types.ts"

export interface JitOptions {
  /** Arguments (by position) whose arrays the call may consume: they cannot be used after it. */
  readonly donate?: readonly number[]
  /** Arguments (by position) whose numbers are part of what is compiled. */
  readonly static?: readonly number[]
  /** Where to run, whatever the arguments' device. */
  readonly device?: string
  readonly threads?: number
  /**
   * Bytes that a call may take for its arguments, results and intermediates together, as a number or
   * as in "512MB". What does not fit is computed again instead of kept, at the least cost found.
   */
  readonly memory?: number | string
  /**
   * "bfloat16" rounds float32 operands of products of matrices and of convolutions, those of
   * derivatives too, to bfloat16 (8 bits of precision, to the nearest, halves to even); products are
   * summed in float32. "float32", unless given, rounds nothing, but 3×3 convolutions may multiply sums
   * of their operands (Winograd's way), where an output errs with the largest pixels about it, and what
   * is infinite may become NaN; "highest" never does. The price stays the same.
   */
  readonly precision?: ContractionPrecision
}

/** Programs that one jitted function keeps. */
const capacity = 1024

/**
 * Compiles a function of arrays. The first call with arguments of some form (trees, shapes,
 * dtypes, static values) traces it once to a graph and compiles that; later calls run the program.
 * Plain numbers in arguments become weak float32 scalars. Inside another traced function it is
 * inlined.
 *
 * The function must be pure: it runs once for each form, on arrays without elements. Arrays that
 * it takes from outside are kept and read at each call. Work and span are the function's, or
 * less where its graph could be simplified.
 * @example
 * const f = jit((x: Array) => np.sum(np.square(x)))
 * f(np.array([3, 4])) // → 25
 * @throws BudgetError at the call, before anything runs, when it cannot be made to fit `memory`: it
 *   names the least that was found to do.
 * @throws RangeError when `precision` is none.
 */
export function jit<A extends unknown[], R>(
  body: (...args: A) => R,
  options: JitOptions = {},
): (...args: Relaxed<A>) => R {
  const statics = new Set(options.static)
  const donated = new Set(options.donate)
  const programs = new Cache<CallProgram<R>>(capacity)
  const roleOf = (argument: number): NumberRole => (statics.has(argument) ? "static" : "float")
  const stream = streamFor(options)
  const { precision } = options
  if (precision !== undefined && !contractionPrecisions.includes(precision)) {
    throw new RangeError(
      `jit: precision is ${contractionPrecisions.join(" or ")}, not ${precision}`,
    )
  }
  const budget =
    options.memory === undefined
      ? undefined
      : { bytes: parseBytes(options.memory, "jit: memory"), threads: options.threads }

  return (...args) => {
    if (currentTrace() !== undefined) return inlineCall(body, args, roleOf)
    const form = new CallForm()
    const ends: number[] = []
    for (let i = 0; i < args.length; i++) {
      form.add(args[i], roleOf(i))
      form.key += ";"
      ends.push(form.leaves.length)
    }
    const program = programs.get(form.key, () => {
      const given = donated.size === 0 ? undefined : donatedLeaves(donated, ends)
      return compileCall(body, args, roleOf, form, { donated: given, budget, precision })
    })
    return runCall(program, form.leaves, stream?.())
  }
}

function streamFor({ device, threads }: JitOptions): (() => Stream) | undefined {
  if (device === undefined && threads === undefined) return undefined
  return () => streamOf(device, { threads })
}

/** Whether each leaf belongs to a donated argument. */
function donatedLeaves(donated: ReadonlySet<number>, ends: readonly number[]): boolean[] {
  return ends.flatMap((end, i) =>
    globalThis.Array.from({ length: end - (ends[i - 1] ?? 0) }, () => donated.has(i)),
  )
}
