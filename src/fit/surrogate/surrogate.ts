/**
 * A network in place of a function: as quick as one batched contraction, with a bound on its error
 * that held-out calls have checked, and the function itself where the network should not be asked.
 */

import { Box, type Domain, type Input, type InputOf } from "./domain.ts"
import { functionSource } from "./function-source.ts"
import { type Learning, learn, strange } from "./learn.ts"
import type { SurrogateOptions } from "./options.ts"
import type { SurrogateReport } from "./report.ts"
import type { Target } from "./samples.ts"
import { saveLearning } from "./saved-function.ts"
import { requireWorth } from "./worth.ts"

/** What a stood-in function gives: a number, or as many numbers as the function. */
export interface Surrogate<I> {
  /** The function's value, by the network where it can be trusted, else by the function. */
  (input: I): number | number[]
  /** Many inputs at once, one batched program; the function is asked where it must be. */
  batch(inputs: readonly I[]): Promise<(number | number[])[]>
  readonly report: SurrogateReport
  /** Inputs that were answered by the function so far. */
  readonly fallbacks: number
  /**
   * A JavaScript module without imports whose export `name` is the network alone: it throws a
   * RangeError outside the domain.
   */
  toSource(name?: string): string
  /**
   * Writes a folder that `loadSurrogate`, `tradespace predict` and `tradespace serve` read.
   * @param source what the function is called, for people
   */
  save(folder: string, source?: string): Promise<void>
}

/**
 * Learns a function from its own answers.
 *
 * The calls are split at once: a fifth, drawn at random as inputs will be, is kept for the error
 * bound and for checking it, and some to choose between an ensemble of networks and, where calls
 * are few, a Gaussian process; the rest fills the domain evenly (scrambled Sobol points), its last
 * two thirds where the members of the ensemble disagree most. The bound is split conformal: for an
 * input drawn evenly from the domain, |f − network| ≤ bound with the promised probability, in 95 of
 * 100 drawings of the calibration inputs. It is a promise on average over inputs, not at each of
 * them.
 * @throws SurrogateError when the function is not deterministic, quicker than its network, or not
 * learnt to the tolerance within the budget.
 * @example
 * // Not run: it learns.
 * const g = await surrogate(({ x }) => Math.sin(x), { domain: { x: [0, 3] } })
 * const value = g({ x: 1 })
 */
export async function surrogate<const D extends Domain>(
  f: (input: InputOf<D>) => number | readonly number[],
  options: SurrogateOptions<D>,
): Promise<Surrogate<InputOf<D>>> {
  // Inputs are made by the domain, so they are of its type.
  const target = f as Target
  const learning = await learn(target, new Box(options.domain), options)
  if (!options.force) requireWorth(learning.report)
  return standIn(target, learning) as Surrogate<InputOf<D>>
}

/** What was learnt, with the function behind it. */
export function standIn(f: Target, learning: Learning): Surrogate<Input> {
  const { machine, threshold, report } = learning
  let fallbacks = 0
  const ask = (input: Input): number | number[] => {
    fallbacks++
    const value = f(input)
    return typeof value === "number" ? value : [...value]
  }
  const bare = (values: readonly number[]): number | number[] =>
    values.length === 1 ? values[0] : [...values]
  const call = (input: Input): number | number[] => {
    if (strange(learning, input) !== undefined) return ask(input)
    const { mean, spread } = machine.judge(input)
    return spread <= threshold ? bare(machine.scaling.decode(mean)) : ask(input)
  }
  const batch = async (inputs: readonly Input[]): Promise<(number | number[])[]> => {
    const values = await machine.batch(inputs)
    return inputs.map((input, i) => {
      const trusted =
        strange(learning, input) === undefined && machine.judge(input).spread <= threshold
      return trusted ? bare(values[i]) : ask(input)
    })
  }
  const rest = {
    batch,
    report,
    fallbacks: 0,
    toSource: (name = "surrogate") => functionSource(learning, name),
    save: (folder: string, source = "a function") => saveLearning(learning, folder, source),
  }
  return Object.defineProperties(Object.assign(call, rest), {
    fallbacks: { get: () => fallbacks },
  })
}
