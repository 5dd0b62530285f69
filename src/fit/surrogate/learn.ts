/** A function learnt from its own answers, round by round, and judged on calls that were kept apart. */

import { np, random } from "../../array/index.ts"
import { clopperPearson, conformalBound, leastCalibration } from "./conformal.ts"
import { disputed } from "./disputed.ts"
import type { Box, Domain, Input } from "./domain.ts"
import { type EnsembleSize, initialEnsemble, trainEnsemble } from "./ensemble.ts"
import { fitGaussianProcess, mostPoints } from "./gaussian-process.ts"
import { learntEnsemble, readEnsemble } from "./learnt-ensemble.ts"
import { errorsOf, type Learnt, Machine, secondsInBatch } from "./machine.ts"
import { Neighbours } from "./neighbours.ts"
import type { SurrogateOptions } from "./options.ts"
import { randomBits } from "./random-bits.ts"
import type { SurrogateReport } from "./report.ts"
import { attempt, type Samples, sample, secondsPerCall, type Target } from "./samples.ts"
import { OutputScaling } from "./scaling.ts"
import { sobolDimensions, sobolPoints } from "./sobol.ts"
import { SurrogateError } from "./worth.ts"

const members = 8
const hidden = 64
const rounds = 3
/** A tolerance that is not given is this share of the outputs' standard deviation. */
const usualTolerance = 0.05

/** What was learnt, and where it can be trusted. */
export interface Learning {
  readonly machine: Machine
  /** The greatest spread of the members on calibration inputs. */
  readonly threshold: number
  /** What was tried, where the function failed at some of it. */
  readonly neighbours: Neighbours | undefined
  readonly report: SurrogateReport
}

/** Whether and why an input is not to be answered by what was learnt, as far as its place tells. */
export function strange({ machine, neighbours }: Learning, input: Input): string | undefined {
  const outside = machine.box.outside(input)
  if (outside !== undefined) return outside
  if (neighbours === undefined || neighbours.nearestIsValid(input)) return undefined
  return "the function fails next to it"
}

export async function learn(
  f: Target,
  box: Box,
  options: SurrogateOptions<Domain>,
): Promise<Learning> {
  const { tolerance = {}, budget = {}, seed = 0, threads = 2, signal } = options
  const { calls = 4096, steps = 9000, seconds = 120 } = budget
  const { confidence = 0.95 } = tolerance
  const tell = options.onProgress ?? (() => {})
  const began = performance.now()
  const { calibrating, checking, choosing } = sharesOf(box, tolerance, calls)
  const held = calibrating + checking

  tell("trying the function")
  const bits = randomBits(seed)
  const shift = Uint32Array.from(box.axes, bits)
  const probes = Array.from({ length: 9 }, () => box.at(box.axes.map(() => bits() / 2 ** 32)))
  const outputs = requireDeterministic(f, probes)
  const callSeconds = secondsPerCall(f, probes)
  const sampling = { threads, signal, module: options.module, secondsPerCall: callSeconds }
  const atRandom = (count: number): Promise<Samples> => {
    const length = count * box.axes.length
    return sample(
      f,
      box,
      Float64Array.from({ length }, () => bits() / 2 ** 32),
      sampling,
    )
  }

  tell(`calling the function ${held + choosing} times to judge by`)
  const judged = await atRandom(held)
  const chosenBy = await atRandom(choosing)
  const spread = deviationOf(judged, outputs)
  const wanted = tolerance.abs ?? (tolerance.relative ?? usualTolerance) * spread

  const size: EnsembleSize = { members, hidden, features: box.features, outputs }
  const learning = calls - held - choosing
  const key = random.key(seed)
  let weights = initialEnsemble(key, size)
  let known: Samples = { inputs: [], outputs: [] }
  let scaling = OutputScaling.of([], outputs)
  let taken = 0
  const history: { calls: number; bound: number }[] = []
  let machine = new Machine(box, learntEnsemble(size, await readEnsemble(weights)), scaling)
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted()
    const count = Math.floor(learning / rounds) + (round === 0 ? learning % rounds : 0)
    tell(`calling the function ${count} times, round ${round + 1} of ${rounds}`)
    const candidates = sobolPoints(box.axes.length, round === 0 ? count : 4 * count, {
      start: taken,
      shift,
    })
    taken += candidates.length / box.axes.length
    const points = round === 0 ? candidates : disputed(machine, candidates, count, known.inputs)
    known = joined(known, await sample(f, box, points, sampling))
    const valid = validOf(known)
    tell(`training on ${valid.length} answers, round ${round + 1} of ${rounds}`)
    if (round === 0)
      scaling = OutputScaling.of(
        valid.map(({ values }) => values),
        outputs,
      )
    const { x, y } = scaledPoints(box, scaling, valid)
    const share = round === rounds - 1 ? 0.6 : 0.4 / (rounds - 1)
    weights = await trainEnsemble(
      weights,
      np.array(x).reshape([valid.length, size.features]),
      np.array(Float32Array.from(y)).reshape([valid.length, outputs]),
      random.foldIn(key, 100 + round),
      {
        steps: Math.ceil(steps * share),
        batch: 512,
        rate: 4e-3,
        milliseconds: 1000 * seconds * share,
        signal,
      },
    )
    machine = new Machine(box, learntEnsemble(size, await readEnsemble(weights)), scaling)
    history.push({
      calls: known.inputs.length + held + choosing,
      bound: conformalBound(errorsOf(machine, judged), confidence),
    })
  }

  tell("comparing with a Gaussian process")
  const rivals = [machine.learnt, ...processOf(box, scaling, validOf(known), outputs)].map(
    (learnt) => ({ learnt, error: errorAt(new Machine(box, learnt, scaling), chosenBy) }),
  )
  const best = rivals.reduce((a, b) => (b.error < a.error ? b : a))
  machine = new Machine(box, best.learnt, scaling)

  tell("judging")
  // The first part of what was held out makes the bound, the second checks it.
  const calibration = part(judged, 0, calibrating)
  const check = part(judged, calibrating, held)
  const bound = conformalBound(errorsOf(machine, calibration), confidence)
  const errors = errorsOf(machine, check)
  const within = errors.filter((error) => error <= bound).length
  const spreads = calibration.inputs.map((input) => machine.judge(input).spread)
  const threshold = spreads.reduce((a, b) => Math.max(a, b), 0)
  const failed = known.outputs.filter((one) => one === undefined).length
  const neighbours = failed === 0 ? undefined : Neighbours.of(box, known)
  const single = secondsPerCall((input) => [...machine.judge(input).mean], probes)
  const batchSeconds = await secondsInBatch(machine, judged.inputs)
  const trainSeconds = (performance.now() - began) / 1000
  const gain = callSeconds - Math.min(single, batchSeconds)
  const report: SurrogateReport = {
    learner: best.learnt.name,
    rivals: rivals.map(({ learnt, error }) => ({ name: learnt.name, error })),
    calls: known.inputs.length + held + choosing,
    failures: failed + [...judged.outputs, ...chosenBy.outputs].filter((one) => !one).length,
    tolerance: wanted,
    confidence,
    deviation: spread,
    bound,
    check: {
      inputs: errors.length,
      within,
      interval: clopperPearson(within, Math.max(1, errors.length)),
      mean: errors.reduce((a, b) => a + b, 0) / Math.max(1, errors.length),
      most: errors.reduce((a, b) => Math.max(a, b), 0),
      distrusted: 0,
    },
    history,
    seconds: { call: callSeconds, single, batch: batchSeconds, learning: trainSeconds },
    breakEvenCalls: gain > 0 ? Math.ceil(trainSeconds / gain) : undefined,
    weights: machine.learnt.count,
  }
  const made = { machine, threshold, neighbours, report }
  const distrusted = check.inputs.filter(
    (input) => strange(made, input) !== undefined || machine.judge(input).spread > threshold,
  ).length
  return { ...made, report: { ...report, check: { ...report.check, distrusted } } }
}

interface Shares {
  /** Calls that make the bound, and calls that check it. */
  readonly calibrating: number
  readonly checking: number
  /** Calls that decide between ways to learn. */
  readonly choosing: number
}

/** Fewest calls that check a bound. */
const leastChecks = 20

/** What the calls are for, but for those that are learned from. */
function sharesOf(
  box: Box,
  { abs, relative, confidence = 0.95 }: NonNullable<SurrogateOptions<Domain>["tolerance"]>,
  calls: number,
): Shares {
  if (box.axes.length > sobolDimensions) {
    throw new SurrogateError(
      `the domain has ${box.axes.length} inputs, of which at most ${sobolDimensions} can vary`,
    )
  }
  const amount = abs ?? relative ?? usualTolerance
  if (!(amount > 0) || !(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `tolerance: ${amount} must be above 0 and confidence ${confidence} between 0 and 1`,
    )
  }
  const tenth = Math.round(calls / 10)
  const least = leastCalibration(confidence)
  // Of the fewest that promise anything the greatest error is the bound: of twice as many it need
  // not be, which is worth up to a fifth of the calls.
  const calibrating = Math.max(least, tenth, Math.min(2 * least, 2 * tenth))
  const checking = Math.max(leastChecks, tenth)
  const held = calibrating + checking
  const choosing = Math.min(100, Math.max(16, Math.round(calls / 20)))
  if (held + choosing + 64 > calls) {
    throw new RangeError(
      `budget: ${calls} calls are too few: a confidence of ${confidence} needs ${held} held out, ` +
        `${choosing} to choose by, and 64 to learn from`,
    )
  }
  return { calibrating, checking, choosing }
}

/** The number of outputs. */
function requireDeterministic(f: Target, probes: readonly Input[]): number {
  for (const probe of probes) {
    const [once, again] = [attempt(f, probe), attempt(f, probe)]
    if (once?.join() !== again?.join()) {
      throw new SurrogateError(
        `the function gave ${once} and then ${again} for ${JSON.stringify(probe)}: only a ` +
          "deterministic function has a surrogate",
      )
    }
  }
  const outputs = probes.map((probe) => attempt(f, probe)).find((one) => one !== undefined)?.length
  if (outputs === undefined) {
    throw new SurrogateError("the function failed at every point that was tried")
  }
  return outputs
}

interface Answer {
  readonly input: Input
  readonly values: readonly number[]
}

/** @throws SurrogateError when the function gave hardly anything. */
function validOf({ inputs, outputs }: Samples): Answer[] {
  const valid = outputs.flatMap((values, i) =>
    values === undefined ? [] : [{ input: inputs[i], values }],
  )
  if (valid.length < 32) {
    throw new SurrogateError(
      `the function failed at ${outputs.length - valid.length} of ${outputs.length} points, which ` +
        "leaves too few to learn from",
    )
  }
  return valid
}

function scaledPoints(box: Box, scaling: OutputScaling, valid: readonly Answer[]) {
  const outputs = scaling.columns.length
  const x = new Float32Array(valid.length * box.features)
  const y = new Float64Array(valid.length * outputs)
  for (const [i, { input, values }] of valid.entries()) {
    box.encode(input, x, i * box.features)
    scaling.encode(values, y, i * outputs)
  }
  return { x, y }
}

/** A Gaussian process on the same answers, where they are few enough. */
function processOf(
  box: Box,
  scaling: OutputScaling,
  valid: readonly Answer[],
  outputs: number,
): Learnt[] {
  if (valid.length > mostPoints) return []
  const own = { count: valid.length, features: box.features, outputs }
  return [fitGaussianProcess({ ...own, ...scaledPoints(box, scaling, valid) })]
}

/** The root of the mean square of errors. */
function errorAt(machine: Machine, samples: Samples): number {
  const errors = errorsOf(machine, samples)
  return Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / Math.max(1, errors.length))
}

/** The greatest standard deviation of an output. */
function deviationOf({ outputs }: Samples, width: number): number {
  const rows = outputs.filter((one) => one !== undefined)
  const deviations = Array.from({ length: width }, (_, o) => {
    const mean = rows.reduce((sum, row) => sum + row[o], 0) / Math.max(1, rows.length)
    const square = rows.reduce((sum, row) => sum + (row[o] - mean) ** 2, 0)
    return Math.sqrt(square / Math.max(1, rows.length))
  })
  return Math.max(...deviations)
}

function joined(a: Samples, b: Samples): Samples {
  return { inputs: [...a.inputs, ...b.inputs], outputs: [...a.outputs, ...b.outputs] }
}

function part({ inputs, outputs }: Samples, from: number, to: number): Samples {
  return { inputs: inputs.slice(from, to), outputs: outputs.slice(from, to) }
}
