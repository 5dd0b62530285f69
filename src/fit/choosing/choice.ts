/** Space for time: networks of several sizes, quoted, and the one that a deadline is best spent on. */

import { type Array, evalShape, f32, graphOf, i32, u32 } from "../../array/index.ts"
import { type Calibration, type Quote, quoteGraph } from "../../device/index.ts"
import type { Graph } from "../../graph/index.ts"
import { type Price, priceGraph } from "../../price/index.ts"
import { SettingError } from "../finding.ts"
import { parameterCountOf } from "../networks/batch-network.ts"
import type { NetworkChoice, Problem } from "../solver.ts"
import type { Examples, HostBatch } from "../training/examples.ts"
import type { Objective } from "../training/objective.ts"
import { descentStart, descentStep } from "../training/programs.ts"

/** One size on the frontier. */
export interface FrontierRow {
  readonly choice: NetworkChoice
  readonly parameters: number
  /** One training step. */
  readonly price: Price
  readonly quote: Quote
  /** Bytes of a step and of the states that are kept beside it. */
  readonly bytes: number
  /** Steps within the deadline, or the most that are useful. */
  readonly steps: number
  readonly epochs: number
  /** Whether these steps are as many as are wanted. */
  readonly enough: boolean
  /** Seconds of all these steps, by the quote. */
  readonly seconds: number
  readonly chosen: boolean
  /** Why it was not chosen, where there is more to say than the order of preference. */
  readonly remark: string
}

export interface ChoiceLimits {
  /** Seconds for all training steps; infinite without a deadline. */
  readonly seconds: number
  readonly bytes: number
  readonly asked: AskedLength
  readonly size?: string
  readonly useful: UsefulLength
}

/** How long a caller wants a fit to be. */
export interface AskedLength {
  readonly steps?: number
  readonly epochs?: number
}

/** How long a fit of some data is worth while. */
export type UsefulLength = Pick<Problem, "wantedSteps" | "mostEpochs">

/** The steps that were asked for, the fewest where steps and epochs were; undefined where none were. */
export function stepsAsked({ steps, epochs }: AskedLength, perEpoch: number): number | undefined {
  if (steps === undefined && epochs === undefined) return undefined
  const inEpochs =
    epochs === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.round(epochs * perEpoch))
  return Math.min(steps ?? Number.POSITIVE_INFINITY, inEpochs)
}

/** Steps beyond which a fit gets no better: no deadline, and no lack of one, takes more. */
export function usefulSteps({ wantedSteps, mostEpochs }: UsefulLength, perEpoch: number): number {
  return Math.ceil(Math.max(wantedSteps, mostEpochs * perEpoch))
}

/** Steps in which every example is seen once, but for those that do not fill a batch. */
export function stepsPerEpoch(examples: Examples, choice: NetworkChoice): number {
  return Math.max(1, Math.floor(examples.count / batchOf(choice, examples)))
}

/** A step of the network that is taken when there is no deadline, by which a device is chosen. */
export function middleStep({ choices, objective, examples }: Problem, sample: HostBatch): Graph {
  const middle = choices[Math.min(choices.length - 1, unhurriedPlace)]
  return stepGraph(middle, objective, examples, sample)
}

/** Share of the training time that looks at held-out examples take, about. */
const lookShare = 0.12

/**
 * Quotes every size and chooses: the largest whose steps within the deadline are as many as are
 * wanted, else the smallest that the memory holds.
 * @throws RangeError when no size fits the memory, or the given size is none.
 */
export function frontierOf(
  choices: readonly NetworkChoice[],
  objective: Objective,
  examples: Examples,
  sample: HostBatch,
  calibration: Calibration,
  limits: ChoiceLimits,
): readonly FrontierRow[] {
  const { size, bytes, asked, useful } = limits
  const named = choices.filter((choice) => size === undefined || choice.size === size)
  if (named.length === 0) {
    const sizes = choices.map((choice) => choice.size)
    const must = sizes.length === 1 ? `${sizes[0]}, its only one` : `one of ${sizes.join(", ")}`
    throw new SettingError(`size is ${size}, where that of this network must be ${must}`)
  }
  const rows = named.map((choice): FrontierRow => {
    const graph = stepGraph(choice, objective, examples, sample)
    const quote = quoteGraph(graph, calibration)
    const perEpoch = stepsPerEpoch(examples, choice)
    const most = stepsAsked(asked, perEpoch) ?? usefulSteps(useful, perEpoch)
    const perStep = quote.seconds * (1 + lookShare)
    const steps = Math.max(1, Math.min(most, Math.floor(limits.seconds / perStep)))
    const parameters = parameterCountOf(choice.network)
    // Parameters, moments and the copies that a descent goes back to and comes out with.
    const needed = quote.bytes + 4 * parameters * copiesKept
    return {
      choice,
      parameters,
      price: priceGraph(graph),
      quote,
      bytes: needed,
      steps,
      epochs: steps / perEpoch,
      enough: steps >= Math.min(most, useful.wantedSteps),
      seconds: steps * perStep,
      chosen: false,
      remark: needed > bytes ? "more memory than allowed" : "",
    }
  })
  const holding = rows.filter((row) => row.bytes <= bytes)
  if (holding.length === 0) {
    const least = Math.min(...rows.map((row) => row.bytes))
    throw new SettingError(
      `the smallest network takes ${(least / 1e6).toFixed(1)} MB to train, ` +
        `where ${(bytes / 1e6).toFixed(1)} MB are allowed`,
    )
  }
  const enough = holding.filter((row) => row.enough)
  const bounded = Number.isFinite(limits.seconds)
  const middle = holding[Math.min(holding.length - 1, unhurriedPlace)]
  const best = bounded ? (enough.at(-1) ?? holding[0]) : middle
  return rows.map((row) => ({ ...row, chosen: row === best }))
}

/** Place of the size that is taken when there is no deadline. */
const unhurriedPlace = 2
const copiesKept = 4

/** Examples in a step: not more than there are. */
export function batchOf({ recipe }: NetworkChoice, examples: Examples): number {
  return Math.min(recipe.batch, examples.count)
}

function stepGraph(
  choice: NetworkChoice,
  objective: Objective,
  examples: Examples,
  sample: HostBatch,
): Graph {
  const { network, recipe } = choice
  const size = batchOf(choice, examples)
  const start = evalShape((key: Array) => descentStart(network, recipe, key), u32(2))
  const batch = Object.fromEntries(
    Object.entries(sample).map(([name, { data, shape }]) => {
      const full = [size, ...shape.slice(1)]
      return [name, data instanceof Float32Array ? f32(...full) : i32(...full)]
    }),
  )
  return graphOf(descentStep(network, objective, recipe))(start, batch, f32(), u32(2))
}
