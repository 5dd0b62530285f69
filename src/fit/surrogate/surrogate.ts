/**
 * A network in place of a function: as quick as one batched contraction, with a bound on its error
 * that held-out calls have checked, and the function itself where the network should not be asked.
 */

import { type Array as DeviceArray, jit, np, random } from "../../array/index.ts"
import type { ModuleFunction } from "../../trade/index.ts"
import { clopperPearson, conformalBound, leastCalibration } from "./conformal.ts"
import { Box, type Domain, type Input, type InputOf } from "./domain.ts"
import {
  type EnsembleSize,
  type EnsembleWeights,
  initialEnsemble,
  predictEnsemble,
  trainEnsemble,
} from "./ensemble.ts"
import { evaluate, type PlainWeights } from "./evaluation.ts"
import { Neighbours } from "./neighbours.ts"
import type { SurrogateReport } from "./report.ts"
import { attempt, type Samples, sample, secondsPerCall, type Target } from "./samples.ts"
import { OutputScaling } from "./scaling.ts"
import { sobolDimensions, sobolPoints } from "./sobol.ts"

export interface SurrogateOptions<D extends Domain> {
  readonly domain: D
  /** The error that may not be exceeded, with that probability (0.95 unless given). */
  readonly tolerance: { readonly abs: number; readonly confidence?: number }
  readonly budget?: {
    /** Calls of the function in all; 4096 unless given. */
    readonly calls?: number
    /** Steps of training in all; 9000 unless given. */
    readonly steps?: number
    /** Seconds of training in all, where the steps take longer; 120 unless given. */
    readonly seconds?: number
  }
  readonly seed?: number
  /** Threads that call the function; 1 keeps the calls on this thread. */
  readonly threads?: number
  /** Where threads find the function, if it needs what is around it. */
  readonly module?: ModuleFunction
  /** Accept a function that is quicker than its network, and an error above the tolerance. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  /** Told of each stage as it begins. */
  readonly onProgress?: (stage: string) => void
}

/** What a stood-in function gives: a number, or as many numbers as the function. */
export interface Surrogate<I> {
  /** The function's value, by the network where it can be trusted, else by the function. */
  (input: I): number | number[]
  /** Many inputs at once, one batched program; the function is asked where it must be. */
  batch(inputs: readonly I[]): Promise<(number | number[])[]>
  readonly report: SurrogateReport
  /** Inputs that were answered by the function so far. */
  readonly fallbacks: number
}

/** A function that a network cannot stand in for, and why. */
export class SurrogateError extends Error {
  override readonly name = "SurrogateError"
  /** What was measured before it was given up, where it came so far. */
  readonly report: SurrogateReport | undefined

  constructor(message: string, report?: SurrogateReport) {
    super(message)
    this.report = report
  }
}

const members = 8
const hidden = 64
const rounds = 3

/**
 * Learns a function from its own answers.
 *
 * The calls are split at once: a fifth, drawn at random as inputs will be, is kept for the error
 * bound and for checking it; the rest fills the domain evenly (scrambled Sobol points), its last
 * two thirds where the members of the ensemble disagree most. The bound is split conformal: for an
 * input drawn evenly from the domain, |f − network| ≤ bound with the promised probability.
 * It is a promise on average over inputs, not at each of them.
 * @throws SurrogateError when the function is not deterministic, quicker than its network, or not
 * learnt to the tolerance within the budget.
 */
export async function surrogate<const D extends Domain>(
  f: (input: InputOf<D>) => number | readonly number[],
  options: SurrogateOptions<D>,
): Promise<Surrogate<InputOf<D>>> {
  // Inputs are made by the domain, so they are of its type.
  const target = f as Target
  const made = await learn(target, new Box(options.domain), options)
  return made as Surrogate<InputOf<D>>
}

async function learn(
  f: Target,
  box: Box,
  options: SurrogateOptions<Domain>,
): Promise<Surrogate<Input>> {
  const { tolerance, budget = {}, seed = 0, threads = 2, signal, force = false } = options
  const { calls = 4096, steps = 9000, seconds = 120 } = budget
  const { confidence = 0.95 } = tolerance
  const tell = options.onProgress ?? (() => {})
  const began = performance.now()
  if (box.axes.length > sobolDimensions) {
    throw new SurrogateError(
      `the domain has ${box.axes.length} inputs, of which at most ${sobolDimensions} can vary`,
    )
  }
  if (!(tolerance.abs > 0) || !(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `tolerance: abs ${tolerance.abs} must be above 0 and confidence ${confidence} between 0 and 1`,
    )
  }
  const held = Math.max(2 * leastCalibration(confidence), Math.round(calls / 5))
  if (held + 64 > calls) {
    throw new RangeError(
      `budget: ${calls} calls are too few: a confidence of ${confidence} needs ${held} held out, ` +
        "and 64 to learn from",
    )
  }

  tell("trying the function")
  const bits = randomBits(seed)
  const shift = Uint32Array.from(box.axes, bits)
  const probes = Array.from({ length: 9 }, () => box.at(box.axes.map(() => bits() / 2 ** 32)))
  for (const probe of probes) {
    const [once, again] = [attempt(f, probe), attempt(f, probe)]
    if (once?.join() !== again?.join()) {
      throw new SurrogateError(
        `the function gave ${once} and then ${again} for ${JSON.stringify(probe)}: only a ` +
          "deterministic function has a surrogate",
      )
    }
  }
  const callSeconds = secondsPerCall(f, probes)
  const outputs = probes.map((probe) => attempt(f, probe)).find((one) => one !== undefined)?.length
  if (outputs === undefined) {
    throw new SurrogateError("the function failed at every point that was tried")
  }
  const sampling = { threads, signal, module: options.module, secondsPerCall: callSeconds }
  const size: EnsembleSize = { members, hidden, features: box.features, outputs }

  tell(`calling the function ${held} times to judge by`)
  const random01 = Float64Array.from({ length: held * box.axes.length }, () => bits() / 2 ** 32)
  const judged = await sample(f, box, random01, sampling)

  const learning = calls - held
  const key = random.key(seed)
  let weights = initialEnsemble(key, size)
  let known: Samples = { inputs: [], outputs: [] }
  let scaling = new OutputScaling([], outputs)
  let taken = 0
  const history: { calls: number; bound: number }[] = []
  let machine = new Machine(box, size, await plain(weights), scaling)
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted()
    const count = Math.floor(learning / rounds) + (round === 0 ? learning % rounds : 0)
    tell(`calling the function ${count} times, round ${round + 1} of ${rounds}`)
    const candidates = sobolPoints(box.axes.length, round === 0 ? count : 4 * count, {
      start: taken,
      shift,
    })
    taken += candidates.length / box.axes.length
    const points =
      round === 0 ? candidates : disputed(machine, box, candidates, count, known.inputs)
    const fresh = await sample(f, box, points, sampling)
    known = {
      inputs: [...known.inputs, ...fresh.inputs],
      outputs: [...known.outputs, ...fresh.outputs],
    }
    const valid = known.outputs.flatMap((values, i) =>
      values === undefined ? [] : [{ input: known.inputs[i], values }],
    )
    if (valid.length < 32) {
      throw new SurrogateError(
        `the function failed at ${known.outputs.length - valid.length} of ` +
          `${known.outputs.length} points, which leaves too few to learn from`,
      )
    }
    tell(`training on ${valid.length} answers, round ${round + 1} of ${rounds}`)
    const before = scaling
    scaling = new OutputScaling(
      valid.map(({ values }) => values),
      outputs,
    )
    if (round > 0) scaling = before
    const x = new Float32Array(valid.length * size.features)
    const y = new Float32Array(valid.length * outputs)
    for (const [i, { input, values }] of valid.entries()) {
      box.encode(input, x, i * size.features)
      scaling.encode(values, y, i * outputs)
    }
    const share = round === rounds - 1 ? 0.6 : 0.4 / (rounds - 1)
    weights = await trainEnsemble(
      weights,
      np.array(x).reshape([valid.length, size.features]),
      np.array(y).reshape([valid.length, outputs]),
      random.foldIn(key, 100 + round),
      {
        steps: Math.ceil(steps * share),
        batch: 512,
        rate: 4e-3,
        milliseconds: 1000 * seconds * share,
        signal,
      },
    )
    machine = new Machine(box, size, await plain(weights), scaling)
    history.push({
      calls: known.inputs.length + held,
      bound: conformalBound(errorsOf(machine, judged), confidence),
    })
  }

  tell("judging")
  // The first half of what was held out makes the bound, the second checks it.
  const half = Math.ceil(judged.inputs.length / 2)
  const part = (from: number, to: number): Samples => ({
    inputs: judged.inputs.slice(from, to),
    outputs: judged.outputs.slice(from, to),
  })
  const calibration = part(0, half)
  const check = part(half, judged.inputs.length)
  const bound = conformalBound(errorsOf(machine, calibration), confidence)
  const errors = errorsOf(machine, check)
  const within = errors.filter((error) => error <= bound).length
  const spreads = calibration.inputs.map((input) => machine.judge(input).spread)
  const threshold = spreads.reduce((a, b) => Math.max(a, b), 0)
  const failed = known.inputs.filter((_, i) => known.outputs[i] === undefined)
  const neighbours = failed.length === 0 ? undefined : new Neighbours(box, known)
  const trusted = (input: Input): boolean =>
    box.outside(input) === undefined &&
    machine.judge(input).spread <= threshold &&
    (neighbours === undefined || neighbours.nearestIsValid(input))

  const batched = batchProgram(weights)
  const single = secondsPerCall((input) => [...machine.judge(input).mean], probes)
  const batchSeconds = await secondsInBatch(machine, batched, judged.inputs)
  const trainSeconds = (performance.now() - began) / 1000
  const gain = callSeconds - Math.min(single, batchSeconds)
  const report: SurrogateReport = {
    calls: known.inputs.length + judged.inputs.length,
    failures: failed.length + judged.outputs.filter((one) => one === undefined).length,
    tolerance: tolerance.abs,
    confidence,
    bound,
    check: {
      inputs: errors.length,
      within,
      interval: clopperPearson(within, Math.max(1, errors.length)),
      mean: errors.reduce((a, b) => a + b, 0) / Math.max(1, errors.length),
      most: errors.reduce((a, b) => Math.max(a, b), 0),
      distrusted: check.inputs.filter((input) => !trusted(input)).length,
    },
    history,
    seconds: { call: callSeconds, single, batch: batchSeconds, learning: trainSeconds },
    breakEvenCalls: gain > 0 ? Math.ceil(trainSeconds / gain) : undefined,
    weights: machine.count,
  }
  if (!force) refuse(report)
  return stoodIn(f, machine, trusted, batched, report)
}

/** @throws SurrogateError when the network is not worth having. */
function refuse(report: SurrogateReport): void {
  const { bound, tolerance, confidence, seconds, history } = report
  const share = `${Number((100 * confidence).toPrecision(4))} %`
  if (bound > tolerance) {
    const [first, last] = [history[0], history[history.length - 1]]
    const slope = Math.log(first.bound / last.bound) / Math.log(last.calls / first.calls)
    const needed = last.calls * (bound / tolerance) ** (1 / slope)
    const outlook =
      slope > 0.1 && needed < 1e9
        ? `at the rate at which it fell, some ${Math.ceil(needed).toLocaleString("en-US")} calls would do`
        : "and it hardly fell as calls were added, so more of them will not help: the function " +
          "may jump, or vary on a scale that no number of points finds"
    throw new SurrogateError(
      `the error is within ${bound.toPrecision(3)} for ${share} of inputs, above the tolerance of ` +
        `${tolerance} after ${report.calls} calls; ${outlook}`,
      report,
    )
  }
  if (seconds.call <= Math.min(seconds.single, seconds.batch)) {
    const micro = (value: number): string => `${(1e6 * value).toPrecision(2)} µs`
    throw new SurrogateError(
      `the function takes ${micro(seconds.call)} a call and its network ${micro(seconds.single)}, ` +
        `${micro(seconds.batch)} in a batch: there is nothing to gain`,
      report,
    )
  }
}

function stoodIn(
  f: Target,
  machine: Machine,
  trusted: (input: Input) => boolean,
  batched: BatchProgram,
  report: SurrogateReport,
): Surrogate<Input> {
  let fallbacks = 0
  const ask = (input: Input): number | number[] => {
    fallbacks++
    const value = f(input)
    return typeof value === "number" ? value : [...value]
  }
  const bare = (values: readonly number[]): number | number[] =>
    values.length === 1 ? values[0] : [...values]
  const call = (input: Input): number | number[] =>
    trusted(input) ? bare(machine.value(input)) : ask(input)
  const batch = async (inputs: readonly Input[]): Promise<(number | number[])[]> => {
    const values = await machine.batch(batched, inputs)
    return inputs.map((input, i) => (trusted(input) ? bare(values[i]) : ask(input)))
  }
  return Object.defineProperties(Object.assign(call, { batch, report, fallbacks: 0 }), {
    fallbacks: { get: () => fallbacks },
  })
}

type BatchProgram = (x: DeviceArray) => DeviceArray

function batchProgram(weights: EnsembleWeights): BatchProgram {
  return jit((x: DeviceArray) => predictEnsemble(weights, x).mean(0))
}

/** Seconds for one of many inputs in a batch. */
async function secondsInBatch(
  machine: Machine,
  program: BatchProgram,
  inputs: readonly Input[],
): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 4; i++) {
    const began = performance.now()
    await machine.batch(program, inputs)
    times.push((performance.now() - began) / 1000 / inputs.length)
  }
  // The first compiles.
  return Math.min(...times.slice(1))
}

/** An ensemble with what stands around it: the domain in front, the outputs' scale behind. */
class Machine {
  readonly #box: Box
  readonly #size: EnsembleSize
  readonly #weights: PlainWeights
  readonly #scaling: OutputScaling

  constructor(box: Box, size: EnsembleSize, weights: PlainWeights, scaling: OutputScaling) {
    this.#box = box
    this.#size = size
    this.#weights = weights
    this.#scaling = scaling
  }

  get count(): number {
    return Object.values(this.#weights).reduce((sum, { length }) => sum + length, 0)
  }

  judge(input: Input) {
    const x = new Float32Array(this.#size.features)
    this.#box.encode(input, x, 0)
    return evaluate(this.#size, this.#weights, x)
  }

  value(input: Input): number[] {
    return this.#scaling.decode(this.judge(input).mean)
  }

  async batch(program: BatchProgram, inputs: readonly Input[]): Promise<number[][]> {
    const { features, outputs } = this.#size
    // Batches of a power of two, so that few programs serve all lengths.
    const rows = 2 ** Math.ceil(Math.log2(Math.max(1, inputs.length)))
    const x = new Float32Array(rows * features)
    for (const [i, input] of inputs.entries()) this.#box.encode(input, x, i * features)
    const means = await program(np.array(x).reshape([rows, features])).data()
    return inputs.map((_, i) => {
      const own = Array.from({ length: outputs }, (_, o) => Number(means[i * outputs + o]))
      return this.#scaling.decode(own)
    })
  }
}

async function plain(weights: EnsembleWeights): Promise<PlainWeights> {
  const read = async (array: DeviceArray) => Float32Array.from(await array.data(), Number)
  const { kernel1, bias1, kernel2, bias2, kernel3, bias3 } = weights
  return {
    kernel1: await read(kernel1),
    bias1: await read(bias1),
    kernel2: await read(kernel2),
    bias2: await read(bias2),
    kernel3: await read(kernel3),
    bias3: await read(bias3),
  }
}

/** The greatest error over outputs, for each input at which the function gave something. */
function errorsOf(machine: Machine, { inputs, outputs }: Samples): number[] {
  return inputs.flatMap((input, i) => {
    const values = outputs[i]
    if (values === undefined) return []
    const found = machine.value(input)
    return [values.reduce((most, value, o) => Math.max(most, Math.abs(value - found[o])), 0)]
  })
}

/**
 * The candidates on which the members disagree most, no two of them nearer to each other than half
 * of what their number leaves room for.
 */
function disputed(
  machine: Machine,
  box: Box,
  candidates: Float64Array,
  count: number,
  known: readonly Input[],
): Float64Array {
  const width = box.axes.length
  const total = candidates.length / width
  const point = (i: number) => candidates.subarray(i * width, (i + 1) * width)
  const order = Array.from({ length: total }, (_, i) => i)
    .map((i) => ({ i, spread: machine.judge(box.at(point(i))).spread }))
    .sort((a, b) => b.spread - a.spread)
  const room = 0.5 * (known.length + count) ** (-1 / width)
  const chosen: number[] = []
  const left: number[] = []
  for (const { i } of order) {
    if (chosen.length === count) break
    const near = chosen.some((other) => distance(point(i), point(other)) < room)
    if (near) left.push(i)
    else chosen.push(i)
  }
  const all = [...chosen, ...left].slice(0, count)
  return Float64Array.from(all.flatMap((i) => [...point(i)]))
}

/** Greatest difference of a coordinate. */
function distance(a: Float64Array, b: Float64Array): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]))
  return most
}

/** 32 random bits a call, the same for the same seed (Mulberry32). */
function randomBits(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
    return (t ^ (t >>> 14)) >>> 0
  }
}
