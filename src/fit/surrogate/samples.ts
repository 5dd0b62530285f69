/** A function called at many points: what it gave, where it failed, and what a call takes. */

import { type ModuleFunction, SpreadError, spreadEach } from "../../trade/index.ts"
import type { Box, Input } from "./domain.ts"

/** A function to be stood in for: one input to a number, or to as many numbers each time. */
export type Target = (input: Input) => number | readonly number[]

export interface Samples {
  readonly inputs: readonly Input[]
  /** The outputs for each input; undefined where the call failed or gave something not finite. */
  readonly outputs: readonly (readonly number[] | undefined)[]
}

/** What one call gave, as numbers, or undefined where that is no use. */
function outputsOf(value: unknown): readonly number[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const numbers = list.filter((one): one is number => Number.isFinite(one))
  return numbers.length === list.length && list.length > 0 ? numbers : undefined
}

/** The outputs of a function that may throw. */
export function attempt(f: Target, input: Input): readonly number[] | undefined {
  try {
    return outputsOf(f(input))
  } catch {
    return undefined
  }
}

export interface SampleOptions {
  readonly threads: number
  readonly signal: AbortSignal | undefined
  /** Where threads find the function, if it cannot be sent as text. */
  readonly module: ModuleFunction | undefined
  /** Seconds of one call: short ones are not worth a message to a thread. */
  readonly secondsPerCall: number
}

/** Below this many seconds in all, calls stay on this thread. */
const worthThreads = 0.2

/** Calls the function at points of the unit cube, [count, axes], over threads where it takes long. */
export async function sample(
  f: Target,
  box: Box,
  points: Float64Array,
  options: SampleOptions,
): Promise<Samples> {
  const width = box.axes.length
  const inputs = Array.from({ length: points.length / width }, (_, i) =>
    box.at(points.subarray(i * width, (i + 1) * width)),
  )
  const { threads, module, secondsPerCall } = options
  if (secondsPerCall * inputs.length < worthThreads || threads === 1) {
    return { inputs, outputs: inputs.map((input) => attempt(f, input)) }
  }
  try {
    return { inputs, outputs: await overThreads(module ?? f, inputs, options) }
  } catch (error) {
    // A function that needs what is around it cannot be sent: it stays here.
    if (module !== undefined || !(error instanceof TypeError)) throw error
    return { inputs, outputs: inputs.map((input) => attempt(f, input)) }
  }
}

/** The outputs for all inputs, going on behind each input for which the function throws. */
async function overThreads(
  f: Target | ModuleFunction,
  inputs: readonly Input[],
  { threads, signal }: SampleOptions,
): Promise<(readonly number[] | undefined)[]> {
  const outputs: (readonly number[] | undefined)[] = inputs.map(() => undefined)
  const given = { threads, ...(signal === undefined ? {} : { signal }) }
  let places = inputs.map((_, i) => i)
  for (;;) {
    const items = places.map((i) => inputs[i])
    const results =
      typeof f === "function" ? spreadEach(f, items, given) : spreadEach(f, items, given)
    let taken = 0
    try {
      for await (const value of results) outputs[places[taken++]] = outputsOf(value)
      return outputs
    } catch (error) {
      if (!(error instanceof SpreadError)) throw error
      const failed = places[error.index]
      places = places.slice(taken).filter((i) => i !== failed)
    }
  }
}

/** The median seconds of a call at some inputs, each called until the clock can tell. */
export function secondsPerCall(f: Target, inputs: readonly Input[]): number {
  const times = inputs.map((input) => {
    for (let repeats = 1; ; repeats *= 4) {
      const began = performance.now()
      for (let i = 0; i < repeats; i++) attempt(f, input)
      const seconds = (performance.now() - began) / 1000
      if (seconds > 2e-4 || repeats > 1e5) return seconds / repeats
    }
  })
  return times.sort((a, b) => a - b)[times.length >> 1]
}
