/**
 * The trainer: one loop for every kind of data. It descends over shuffled batches, looks at
 * held-out examples now and then, keeps the best weights, writes checkpoints, goes back when the
 * loss is no number any more, and ends on time.
 */

import { np, random } from "../../array/index.ts"
import { arraysOf } from "../../nn/index.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import { isBetter, type Metric } from "../task.ts"
import { BatchesAhead } from "./batches-ahead.ts"
import {
  type Checkpoint,
  copyState,
  type HistoryPoint,
  type HostState,
  type Progress,
  putState,
} from "./checkpoint.ts"
import { disposeBatch, type Examples, putBatch } from "./examples.ts"
import type { DescentPrograms, DescentState } from "./programs.ts"
import { type DescentRecipe, rateAt } from "./recipe.ts"
import { copyWeights, type NamedArrays, nameArrays, type Weights } from "./weights.ts"

/** How good weights are on held-out examples. */
export interface Score {
  /** The task's metric. */
  readonly score: number
  /** The mean loss, which decides between equal scores. */
  readonly loss: number
}

export interface Training {
  readonly network: BatchNetwork
  readonly programs: DescentPrograms
  readonly recipe: DescentRecipe
  readonly examples: Examples
  readonly metric: Metric
  readonly seed: number
  readonly steps: number
  /** Steps that it may have where there turns out to be time for more; no limit unless given. */
  readonly mostSteps?: number
  /** Steps between two looks at the held-out examples. */
  readonly checkEvery: number
  /** Looks at held-out examples with weights on the device. */
  readonly check: (weights: NamedArrays) => Promise<Score>
  /** Seconds that all steps and looks may take, those of earlier runs included. */
  readonly seconds?: number
  /** What a run that goes on must agree with. */
  readonly plan: string
  readonly resume?: Checkpoint
  /** Where checkpoints go, and how many seconds lie between two. */
  readonly checkpoints?: {
    readonly interval: number
    write(checkpoint: Checkpoint): Promise<void>
  }
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: TrainingProgress) => void
  /** Told what is out of the ordinary, in one sentence. */
  readonly onEvent?: (event: string) => void
}

export interface TrainingProgress {
  readonly step: number
  readonly steps: number
  readonly epoch: number
  /** Mean over the last few steps. */
  readonly loss: number
  readonly rate: number
  /** The metric on held-out examples at the latest look. */
  readonly score: number | undefined
  readonly examplesPerSecond: number
  readonly seconds: number
  readonly secondsLeft: number
}

export interface Trained {
  readonly weights: Weights
  readonly steps: number
  readonly bestStep: number
  readonly bestScore: number
  readonly history: readonly HistoryPoint[]
  readonly events: readonly string[]
  readonly seconds: number
  /** Whether it stopped before its steps were done, because nothing got better. */
  readonly stoppedEarly: boolean
}

/** Steps between two readings of the loss. */
const stretchSteps = 10
/** Milliseconds after which timers, signals and messages have their turn. */
const longestTurn = 50
/** How often a descent goes back before it gives up. */
const mostReturns = 6
/** Share of the steps done that the rest of the schedule gets when nothing gets better. */
const coolDownShare = 0.25

/**
 * Trains a network. The same training, seed and steps give the same bits, also when a run is ended
 * at any moment and goes on from its last checkpoint. With a time, the number of steps follows the
 * machine's speed.
 * @throws Error when the descent diverges again and again, or the signal's reason when it aborts.
 */
export async function train(training: Training): Promise<Trained> {
  return new Run(training).run()
}

class Run {
  readonly #training: Training
  readonly #batches: BatchesAhead
  readonly #began = performance.now()
  readonly #key
  #state: DescentState
  #progress: Progress
  #best: Weights = new Map()
  #bestLoss = Number.POSITIVE_INFINITY
  #good: { progress: Progress; state: HostState }
  #returns = 0
  #latestLoss = Number.NaN
  #lastCheckpoint = performance.now()
  #lastTurn = performance.now()
  #speed = new Speed()

  constructor(training: Training) {
    const { programs, examples, recipe, seed, resume, steps } = training
    this.#training = training
    this.#key = random.key(seed)
    this.#state = programs.start(this.#key)
    if (resume !== undefined && resume.plan !== training.plan) {
      throw new RangeError(
        "the checkpoint is of another fit: data, options and version must be the same to go on",
      )
    }
    this.#progress = resume?.progress ?? {
      done: 0,
      steps,
      place: 0,
      pace: 1 / steps,
      order: { epoch: 0, at: 0 },
      caution: 1,
      sinceCheck: [0, 0],
      checksWithoutBetter: 0,
      coolingDown: false,
      bestStep: 0,
      bestScore: 0,
      history: [],
      events: [],
      seconds: 0,
    }
    this.#good = resume?.good ?? { progress: this.#progress, state: [] }
    if (resume !== undefined) {
      this.#replace(putState(this.#state, resume.state))
      this.#best = resume.best
      const at = resume.progress.history.find(({ step }) => step === resume.progress.bestStep)
      this.#bestLoss = at?.validationLoss ?? Number.POSITIVE_INFINITY
    }
    this.#batches = new BatchesAhead(examples, recipe.batch, seed + 1, this.#progress.order)
  }

  async run(): Promise<Trained> {
    const { signal, checkpoints } = this.#training
    try {
      if (this.#good.state.length === 0) {
        this.#good = { progress: this.#progress, state: await copyState(this.#state) }
      }
      this.#speed.mark(this.#progress.done)
      while (this.#progress.done < this.#progress.steps) {
        const finite = await this.#stretch()
        await this.#letOthersIn()
        signal?.throwIfAborted()
        if (!finite) {
          this.#goBack()
          continue
        }
        if (this.#checkIsDue) {
          await this.#check()
        }
        this.#keepTime()
        const age = (performance.now() - this.#lastCheckpoint) / 1000
        if (checkpoints !== undefined && age >= checkpoints.interval) await this.#write()
      }
    } catch (error) {
      // What was done is kept: the run can go on from here.
      if (signal?.aborted && checkpoints !== undefined) await this.#write()
      throw error
    } finally {
      for (const array of arraysOf(this.#state)) array.dispose()
    }
    const { done, bestStep, bestScore, history, events, coolingDown } = this.#progress
    return {
      weights: this.#best,
      steps: done,
      bestStep,
      bestScore,
      history,
      events,
      seconds: this.#seconds,
      stoppedEarly: coolingDown,
    }
  }

  get #seconds(): number {
    return this.#before + (performance.now() - this.#began) / 1000
  }

  /** Seconds of earlier runs. */
  get #before(): number {
    return this.#training.resume?.progress.seconds ?? 0
  }

  get #checkIsDue(): boolean {
    const { done, steps } = this.#progress
    return done % this.#training.checkEvery === 0 || done === steps
  }

  /** Steps to the next reading, look or end, whichever comes first. Says whether all is finite. */
  async #stretch(): Promise<boolean> {
    const { programs, examples, recipe, checkEvery, onProgress } = this.#training
    const { done, steps } = this.#progress
    const next = (every: number): number => every - (done % every)
    const length = Math.min(next(stretchSteps), next(checkEvery), steps - done)
    let { place } = this.#progress
    const { pace, caution, sinceCheck } = this.#progress
    let rate = 0
    for (let i = 0; i < length; i++) {
      const batch = putBatch(await this.#batches.next())
      rate = caution * rateAt(recipe, place)
      this.#state = programs.step(this.#state, batch, rate, this.#key)
      disposeBatch(batch)
      place = Math.min(1, place + pace)
    }
    const sum = (await this.#state.loss.data())[0]
    this.#state.loss.dispose()
    this.#state = { ...this.#state, loss: np.zeros([]) }
    if (!Number.isFinite(sum)) return false
    this.#latestLoss = sum / length
    this.#progress = {
      ...this.#progress,
      done: done + length,
      place,
      order: this.#batches.place,
      sinceCheck: [sinceCheck[0] + sum, sinceCheck[1] + length],
      seconds: this.#seconds,
    }
    this.#speed.mark(done + length)
    const now = this.#progress
    onProgress?.({
      step: now.done,
      steps: now.steps,
      epoch: (now.done * recipe.batch) / examples.count,
      loss: this.#latestLoss,
      rate,
      score: now.history.at(-1)?.score,
      examplesPerSecond: this.#speed.perSecond * recipe.batch,
      seconds: this.#seconds,
      secondsLeft: (now.steps - now.done) / this.#speed.perSecond,
    })
    return true
  }

  /** Looks at the held-out examples, and keeps what is best there. */
  async #check(): Promise<void> {
    const { check, metric, network, recipe } = this.#training
    const named = nameArrays(this.#state.variables)
    const { score, loss } = await check(named)
    const { history, bestScore, done, place, sinceCheck, caution } = this.#progress
    const better =
      history.length === 0 ||
      isBetter(metric, score, bestScore) ||
      (score === bestScore && loss <= this.#bestLoss)
    if (better) {
      this.#best = await copyWeights(network, named)
      this.#bestLoss = loss
    }
    const point: HistoryPoint = {
      step: done,
      seconds: this.#seconds,
      loss: sinceCheck[0] / Math.max(1, sinceCheck[1]),
      rate: caution * rateAt(recipe, place),
      score,
      validationLoss: loss,
    }
    const without = better ? 0 : this.#progress.checksWithoutBetter + 1
    this.#progress = {
      ...this.#progress,
      history: [...history, point],
      sinceCheck: [0, 0],
      checksWithoutBetter: without,
      ...(better ? { bestStep: done, bestScore: score } : {}),
    }
    if (without >= recipe.patience && !this.#progress.coolingDown) this.#coolDown(without)
    this.#good = { progress: this.#progress, state: await copyState(this.#state) }
  }

  /** Nothing gets better at this rate: what is left of the schedule is run through quickly. */
  #coolDown(without: number): void {
    const { done, steps, place } = this.#progress
    const left = Math.min(steps - done, Math.max(1, Math.ceil(coolDownShare * done)))
    this.#tell(
      `no better result in ${without} looks up to step ${done}: the rate goes down in ` +
        `${left} more steps and the fit ends`,
    )
    this.#progress = {
      ...this.#progress,
      coolingDown: true,
      steps: done + left,
      pace: (1 - place) / left,
    }
  }

  /** The loss is no number any more: back to the last good state, at half the rate. */
  #goBack(): void {
    const { progress, state } = this.#good
    const caution = this.#progress.caution / 2
    this.#returns++
    if (this.#returns > mostReturns) {
      throw new Error(
        `the fit diverges at every rate down to ${this.#training.recipe.rate * caution}: ` +
          "look at the data for extreme values, or give a lower rate",
      )
    }
    this.#replace(putState(this.#state, state))
    this.#progress = {
      ...progress,
      caution,
      events: this.#progress.events,
      seconds: this.#seconds,
    }
    this.#batches.moveTo(progress.order)
    this.#tell(
      `the loss was no number before step ${this.#good.progress.done + stretchSteps}: back to ` +
        `step ${progress.done}, at half the rate`,
    )
    this.#good = { progress: this.#progress, state }
  }

  /** Fits the steps that are left to the time that is left. */
  #keepTime(): void {
    const { seconds, mostSteps = Number.POSITIVE_INFINITY } = this.#training
    const { done, steps, place, coolingDown } = this.#progress
    const perSecond = this.#speed.perSecond
    if (seconds === undefined || coolingDown || done >= steps || !this.#speed.isKnown) return
    const free = seconds - this.#seconds
    const left = Math.max(1, Math.min(Math.floor(free * perSecond), mostSteps - done))
    // Small differences are left alone, so that the schedule stays smooth.
    if (Math.abs(done + left - steps) < 0.02 * steps && free > 2) return
    this.#progress = { ...this.#progress, steps: done + left, pace: (1 - place) / left }
  }

  /** Steps that this thread computes itself, and at once, would let nothing else happen on it. */
  async #letOthersIn(): Promise<void> {
    if (performance.now() - this.#lastTurn < longestTurn) return
    await new Promise<void>((resolve) => {
      if (typeof setImmediate === "function") setImmediate(resolve)
      else setTimeout(resolve)
    })
    this.#lastTurn = performance.now()
  }

  #tell(event: string): void {
    this.#progress = { ...this.#progress, events: [...this.#progress.events, event] }
    this.#training.onEvent?.(event)
  }

  async #write(): Promise<void> {
    const { plan, checkpoints } = this.#training
    this.#lastCheckpoint = performance.now()
    const progress = { ...this.#progress, seconds: this.#seconds }
    const state = await copyState(this.#state)
    await checkpoints?.write({ plan, progress, state, good: this.#good, best: this.#best })
  }

  #replace(state: DescentState): void {
    for (const array of arraysOf(this.#state)) array.dispose()
    this.#state = state
  }
}

/** Milliseconds over which speed is averaged. */
const speedWindow = 10_000

/** Steps per second, over the last few seconds. */
class Speed {
  #marks: readonly { readonly step: number; readonly time: number }[] = []

  mark(step: number): void {
    const time = performance.now()
    const latest = this.#marks.at(-1)
    if (latest !== undefined && step <= latest.step) this.#marks = []
    this.#marks = [...this.#marks.filter((mark) => time - mark.time < speedWindow), { step, time }]
  }

  /** Whether there is enough to go by. */
  get isKnown(): boolean {
    const [first, ...more] = this.#marks
    const last = more.at(-1)
    return first !== undefined && last !== undefined && last.time - first.time > 500
  }

  get perSecond(): number {
    const [first, ...more] = this.#marks
    const last = more.at(-1)
    if (first === undefined || last === undefined) return Number.POSITIVE_INFINITY
    return ((last.step - first.step) / (last.time - first.time)) * 1000
  }
}
