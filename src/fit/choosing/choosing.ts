/** The choice of device and size for a problem, and what one step of it really takes. */

import { defaultDevice, openDevice, random } from "../../array/index.ts"
import type { Calibration, Device } from "../../device/index.ts"
import { arraysOf } from "../../nn/index.ts"
import type { ContractionPrecision } from "../../schedule/index.ts"
import type { NetworkChoice, Problem, SolverOptions } from "../solver.ts"
import { disposeBatch, putBatch } from "../training/examples.ts"
import { type DescentPrograms, descentPrograms } from "../training/programs.ts"
import { nameArrays } from "../training/weights.ts"
import {
  type AskedLength,
  batchOf,
  type ChoiceLimits,
  type FrontierRow,
  frontierOf,
  middleStep,
  stepsPerEpoch,
} from "./choice.ts"
import { type DeviceSettings, quickest, settleDevice } from "./device.ts"

export interface Chosen {
  readonly rows: readonly FrontierRow[]
  readonly chosen: FrontierRow
  readonly programs: DescentPrograms
  /** Seconds of a step, with its share of a look at the held-out examples. */
  readonly perStep: number
  /** The most bytes that the device had held before any of this. */
  readonly heldBefore: number
}

/** What a caller has fixed. */
export interface ChoiceSettings extends DeviceSettings, AskedLength {
  readonly size?: string
  /** Told which device was chosen, where one was to be. */
  readonly onEvent?: (event: string) => void
}

/**
 * The frontier on the quickest device, the choice from it, and what one step of it really takes.
 * @param left seconds left for training; infinite without a deadline
 */
export async function choose(
  problem: Problem,
  { memory, precision }: SolverOptions,
  settings: ChoiceSettings,
  left: () => number,
): Promise<Chosen> {
  const { size, steps, epochs, threads, onEvent } = settings
  const { choices, objective, examples, wantedSteps } = problem
  const sample = await examples.gather(Uint32Array.of(0))
  const use = { runs: steps ?? wantedSteps, stays: true }
  await settleDevice(() => middleStep(problem, sample), { threads, use, onEvent })
  const limits = (seconds: number): ChoiceLimits => ({
    seconds,
    bytes: memory ?? Number.POSITIVE_INFINITY,
    asked: { steps, epochs },
    size,
    useful: problem,
  })
  const sizes = (budget: number) => ({
    budget,
    frontier: (calibration: Calibration) =>
      frontierOf(choices, objective, examples, sample, calibration, limits(budget)),
  })
  const first = sizes(left())
  let rows = await quickest(settings, first.budget, first.frontier)
  let chosen = chosenOf(rows)
  const device = await openDevice()
  const heldBefore = device.memory().highWater
  if (steps !== undefined && steps < fewSteps) {
    const programs = programsOf(problem, chosen.choice, precision)
    return { rows, chosen, programs, perStep: chosen.seconds / chosen.steps, heldBefore }
  }
  const measureOn = (choice: NetworkChoice) =>
    measure(problem, programsOf(problem, choice, precision), choice, device, left())
  let measured = await measureOn(chosen.choice)
  const ratio = measured.step / chosen.quote.seconds
  if (size === undefined && Number.isFinite(left())) {
    // What the machine really does decides, once: quotes are for a machine that does nothing else.
    const { budget, frontier } = sizes(left() / Math.max(1, ratio))
    rows = await quickest({ device: defaultDevice() }, budget, frontier)
    const again = chosenOf(rows)
    if (again.choice !== chosen.choice) {
      measured = await measureOn(again.choice)
    }
    chosen = again
  }
  const perEpoch = stepsPerEpoch(examples, chosen.choice)
  const { programs } = measured
  const perStep = measured.step + measured.look / perEpoch
  return { rows, chosen, programs, perStep, heldBefore }
}

function chosenOf(rows: readonly FrontierRow[]): FrontierRow {
  const chosen = rows.find((row) => row.chosen)
  if (chosen === undefined) throw new RangeError("no size was chosen from the frontier")
  return chosen
}

function programsOf(
  { objective, examples }: Problem,
  choice: NetworkChoice,
  precision: ContractionPrecision | undefined,
): DescentPrograms {
  const recipe = { ...choice.recipe, batch: batchOf(choice, examples) }
  return descentPrograms(choice.network, objective, recipe, precision)
}

/** Steps below which a fit is quoted and not measured: measuring would take as long. */
const fewSteps = 20
const windows = 5
const windowSeconds = 0.12
/** Share of the time left that measuring takes, at most, but for one step and one look. */
const measuringShare = 0.03
/** Seconds that it takes where there is no deadline. */
const patience = 1

/** Seconds of a step and of a look at the held-out examples, on a state that is thrown away. */
async function measure(
  problem: Problem,
  programs: DescentPrograms,
  choice: NetworkChoice,
  device: Device,
  left: number,
) {
  const { examples } = problem
  const batch = batchOf(choice, examples)
  const key = random.key(0)
  let state = programs.start(key)
  const steps = async (count: number): Promise<number> => {
    const start = performance.now()
    for (let i = 0; i < count; i++) {
      const numbers = Uint32Array.from(
        { length: batch },
        (_, j) => (i * batch + j) % examples.count,
      )
      const arrays = putBatch(await examples.gather(numbers))
      state = programs.step(state, arrays, 0, key)
      disposeBatch(arrays)
    }
    await device.settled()
    return (performance.now() - start) / 1000 / count
  }
  // The first one is compiled.
  await steps(1)
  let step = await steps(1)
  let spent = step
  const limit = Number.isFinite(left) ? measuringShare * left : patience
  // The shortest of several tries: other programs take turns, and the trainer keeps time itself.
  for (let i = 0; i < windows && spent < limit; i++) {
    const count = Math.max(1, Math.min(100, Math.ceil(windowSeconds / step)))
    const seconds = await steps(count)
    step = Math.min(step, seconds)
    spent += seconds * count
  }
  const weights = nameArrays(state.variables)
  const lookOnce = async (): Promise<number> => {
    const start = performance.now()
    await problem.check(choice, programs, weights)
    return (performance.now() - start) / 1000
  }
  const first = await lookOnce()
  const look = first < limit ? Math.min(first, await lookOnce()) : first
  for (const array of arraysOf(state)) array.dispose()
  return { step, look, programs }
}
