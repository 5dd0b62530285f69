/** Calibration: a few seconds of small programs tell what a device can do. */

import type { Graph } from "../graph/index.ts"
import { schedule, type Target } from "../schedule/index.ts"
import { type Calibration, calibrationFrom, type Launch } from "./calibration.ts"
import type { CalibrationProgram } from "./calibration-program.ts"
import {
  calibrationPrograms,
  crowdPrograms,
  launchPrograms,
  unseenProgram,
} from "./calibration-programs.ts"
import { type Device, DeviceError, type Executable } from "./device.ts"
import { fitRates, type Observation } from "./fit-rates.ts"
import { type Prepared, type PrepareOptions, prepare } from "./measure.ts"
import { probe } from "./pace.ts"
import { crowdOf, listCrowd, listRates, type Rates, ratesOf, secondsOf, solitude } from "./rates.ts"
import { type Sections, sectionsOf } from "./sections.ts"
import { startRates } from "./start-rates.ts"

/** A program that was measured. */
export interface Measured {
  readonly name: string
  readonly sections: Sections
  readonly seconds: number
  /** By how much its slower passes exceeded the fastest one. */
  readonly unrest: number
}

const passes = 2
/** Programs during which the host's own code is still being made quicker. */
const slowBeginnings = 4
/** Slow devices are calibrated with sizes that are so much smaller. */
const slowScale = 1 / 256
const lightInstructions = 3000
/** Of each kind of load one, where a rough look has to do: on one thread, and on all. */
const few = new RegExp(
  `^(${[
    "one small kernel",
    "16 fused steps over 32768",
    "exp",
    "(negation|sum) of (8192|2097152)",
    "sums of 256×1024 along axis [01]",
    "product of (64×64|256×256) and .*",
    "product of 1×900 and .*",
    "convolution of .*×20×20",
    "elements from 65536",
    "transpose of 256×512",
    "long rows in order",
    "running sums of rows",
    "softmax of 100×900",
  ].join("|")})$`,
)
const fewOfAll =
  /^(negation of (262144|4194304)|a long chain of .*|a loop on all threads|a large product|two pieces)$/
/** A power of the spread: what a few programs do not tell is missed by more than they are. */
const roughWidth = 1.7
/** Programs whose start is timed where a rough look has to do. */
const fewLaunches = 2
/** How strongly rates are held to where they start, and threads to not disturbing each other. */
const looseLeash = 6e-4
const tightLeash = 0.02
const shortLeash = 0.1

/** What is to be known of how a device is measured. */
export interface CalibrateOptions {
  /** Seconds for each program to warm up and again to be measured; 0.006 unless given. */
  readonly patience?: number
  /**
   * Whether a part of the programs has to do, in a second or two: what they do not tell is taken to
   * be as on other processors, and quotes are wider.
   */
  readonly rough?: boolean
  /** Hears which share of the work is done. */
  readonly progress?: (done: number) => void
}

/**
 * Measures a device with about a hundred and fifty small programs on one thread, from which come the rates of
 * everything that programs are made of, and with some larger ones on all threads. Takes seconds.
 */
export async function calibrate(
  device: Device,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  const { progress = () => {}, rough = false } = options
  // What a graphics processor does at once is its own affair: it is taken for one fast thread.
  const threads = device.adapter === undefined ? device.threads : 1
  const scale = scaleFor(device)
  const chosen = (programs: readonly CalibrationProgram[], some: RegExp) =>
    programs.filter(
      ({ name, graph }) => (scale === 1 || isLight(device, graph)) && (!rough || some.test(name)),
    )
  const programs = chosen(calibrationPrograms(scale), few)
  const crowded = threads > 1 ? chosen(crowdPrograms(scale), fewOfAll) : []
  const counts = threads > 1 ? [1, threads] : [1]
  const starts = counts.map((count) =>
    launchPrograms(count).slice(0, rough ? fewLaunches : undefined),
  )
  const ahead = await Ahead.of(device, [
    { programs: [...programs, ...starts[0]], threads: 1 },
    ...(threads > 1 ? [{ programs: [...crowded, ...starts[1]], threads }] : []),
  ])
  const shareAlone = threads === 1 ? 0.9 : 0.7
  const own = await measurePrograms(device, programs, 1, {
    ...options,
    ahead,
    progress: (done) => progress(shareAlone * done),
  })
  const { rates, misses } = explain(own.programs, device.processor, rough ? shortLeash : looseLeash)
  const all = [...own.programs]
  const off = [...misses]
  const paces = [own.pace]
  const launches = [await launchOf(device, starts[0], 1, ahead)]
  let crowd = solitude
  if (threads > 1) {
    const shared = await measurePrograms(device, crowded, threads, {
      ...options,
      ahead,
      progress: (done) => progress(shareAlone + 0.25 * done),
    })
    const found = explainCrowd(shared.programs, rates, threads)
    crowd = found.crowd
    all.push(...shared.programs)
    off.push(...found.misses)
    paces.push(shared.pace)
    launches.push(await launchOf(device, starts[1], threads, ahead))
  }
  ahead.dispose()
  const sound = off.filter((_, i) => weightOf(all[i]) > 0.5)
  const width = rough ? roughWidth : 1
  const compileSeconds = await compileSecondsOf(device)
  progress(1)
  return calibrationFrom({
    device: device.name,
    threads: device.threads,
    processor: device.processor,
    holdsScratch: device.holdsScratch === true,
    rough,
    rates,
    crowd,
    launches,
    spread: [
      Math.exp(-width * Math.max(0, quantile(sound, 0.9))),
      Math.exp(-width * Math.min(0, quantile(sound, 0.1))),
    ],
    unrest: quantile(
      all.map(({ unrest }) => unrest),
      0.5,
    ),
    paces,
    compileSeconds,
  })
}

/** Seconds in which a device makes code of a layer's size that no cache has seen. */
async function compileSecondsOf(device: Device): Promise<number> {
  const { graph } = unseenProgram(scaleFor(device), 1 + Math.random() / 2 ** 10)
  const began = performance.now()
  const executable = device.compile(graph)
  await executable.ready?.()
  const seconds = (performance.now() - began) / 1000
  executable.dispose()
  return seconds
}

/** Measures programs on so many threads. */
export async function measurePrograms(
  device: Device,
  programs: readonly CalibrationProgram[],
  threads: number,
  { patience = 0.006, progress, ahead = new Ahead() }: MeasureProgramsOptions = {},
): Promise<{ readonly pace: number; readonly programs: readonly Measured[] }> {
  const measured: Measured[] = []
  const paces = [await probe(device, threads)]
  for (const [i, { name, graph, below }] of programs.entries()) {
    progress?.(i / programs.length)
    const prepared = await prepareIfAble(
      device,
      graph,
      { below, threads, patience },
      ahead.take(graph, threads),
    )
    if (prepared === undefined) continue
    try {
      // A few times for nothing: the host's own code is slow at first.
      if (i < slowBeginnings) await prepared.measure({ patience, together: true })
      // Twice, a while apart: what disturbs one time seldom disturbs the other.
      const times: number[] = []
      for (let pass = 0; pass < passes; pass++) {
        const { quarter } = await prepared.measure({ patience: patience / passes, together: true })
        const before = paces[paces.length - 1]
        const after = await probe(device, threads)
        paces.push(after)
        // A look that was disturbed seems slow, and would make the program seem fast.
        times.push(quarter / Math.min(before, after))
      }
      const relative = Math.min(...times)
      const sections = sectionsIn(device, graph, threads)
      const unrest = Math.max(...times) / relative - 1
      measured.push({ name, sections, seconds: relative, unrest })
    } finally {
      prepared.dispose()
    }
  }
  // Everything as if the device had kept its usual pace.
  const pace = quantile(paces, 0.5)
  return {
    pace,
    programs: measured.map((each) => ({ ...each, seconds: pace * each.seconds })),
  }
}

interface MeasureProgramsOptions extends CalibrateOptions {
  readonly ahead?: Ahead
}

/** Programs whose code is made ahead, where a compiler takes its time, all at once and on all cores. */
class Ahead {
  readonly #made = new Map<number, Map<Graph, Executable>>()

  static async of(
    device: Device,
    parts: readonly {
      readonly programs: readonly CalibrationProgram[]
      readonly threads: number
    }[],
  ): Promise<Ahead> {
    const ahead = new Ahead()
    const ready: (Promise<unknown> | undefined)[] = []
    for (const { programs, threads } of parts) {
      const graphs = programs.map(({ graph }) => graph)
      const made = device.compileAll?.(graphs, { threads }) ?? []
      ahead.#made.set(threads, new Map(made.map((each, i) => [graphs[i], each])))
      ready.push(...made.map((each) => each.ready?.()), probe(device, threads))
    }
    await Promise.all(ready)
    return ahead
  }

  /** What a graph became for so many threads; whoever takes it disposes of it. */
  take(graph: Graph, threads: number): Executable | undefined {
    const made = this.#made.get(threads)
    const found = made?.get(graph)
    made?.delete(graph)
    return found
  }

  /** Gives back what nobody took. */
  dispose(): void {
    for (const made of this.#made.values()) for (const each of made.values()) each.dispose()
    this.#made.clear()
  }
}

/** Ready to be timed, unless the device does not compute in a dtype of the graph. */
async function prepareIfAble(
  device: Device,
  graph: Graph,
  options: PrepareOptions,
  executable: Executable | undefined,
): Promise<Prepared | undefined> {
  try {
    return await prepare(device, graph, options, executable)
  } catch (error) {
    if (error instanceof DeviceError) return undefined
    throw error
  }
}

function scaleFor({ isSlow = false }: Device): number {
  return isSlow ? slowScale : 1
}

function sectionsIn({ processor }: Device, graph: Graph, threads: number): Sections {
  return sectionsOf(schedule(graph, { threads, target: processor }), processor)
}

/** Whether a slow device gets through a program in some milliseconds. */
function isLight(device: Device, graph: Graph): boolean {
  const { sections } = sectionsIn(device, graph, 1)
  let instructions = 0
  for (const { times, works } of sections) {
    for (const { kernels } of works) {
      for (const runs of kernels) {
        for (const [kind, count] of runs.cost.instructions) {
          if (kind !== "stall") instructions += times * runs.times * count
        }
      }
    }
  }
  return instructions < lightInstructions
}

/**
 * What it takes to start a program and to wait for its end, beyond what it takes among others: the
 * middle of what some small programs say.
 */
async function launchOf(
  device: Device,
  programs: readonly CalibrationProgram[],
  threads: number,
  ahead: Ahead,
): Promise<Launch> {
  const found: { readonly seconds: number; readonly low: number; readonly high: number }[] = []
  for (const { graph } of programs) {
    const prepared = await prepare(device, graph, { threads }, ahead.take(graph, threads))
    const among = await prepared.measure({ together: true })
    const alone = await prepared.measure({ patience: 0.03 })
    prepared.dispose()
    found.push({
      seconds: alone.median - among.quarter,
      low: alone.tenth - among.quarter,
      high: alone.nineTenths - among.quarter,
    })
  }
  const middle = (of: (each: Launch) => number): number =>
    Math.max(1e-7, quantile(found.map(of), 0.5))
  return {
    seconds: middle(({ seconds }) => seconds),
    low: middle(({ low }) => low),
    high: middle(({ high }) => high),
  }
}

/** What is short, or was measured while the machine did other things, counts little. */
function weightOf({ seconds, unrest }: Measured): number {
  return Math.min(1, seconds / 1e-5) * Math.min(1, 0.1 / Math.max(1e-3, unrest))
}

function observations(measured: readonly Measured[]): readonly Observation[] {
  return measured.map((each) => ({ seconds: each.seconds, weight: weightOf(each) }))
}

/** The rates that explain what was measured on one thread of a processor. */
export function explain(
  measured: readonly Measured[],
  processor: Target | undefined,
  leash = looseLeash,
) {
  const predict = (parameters: readonly number[]): readonly number[] => {
    const rates = ratesOf(parameters)
    return measured.map(({ sections }) => secondsOf(sections, rates, solitude))
  }
  const start = listRates(startRates(processor))
  // Devices may be a hundred times as slow as the start supposes.
  const first = predict(start)
  const pace = quantile(
    measured.map(({ seconds }, i) => seconds / first[i]),
    0.5,
  )
  const paced = start.map((rate, i) => (i === start.length - 2 ? rate : rate * pace))
  const { parameters, misses } = fitRates(paced, observations(measured), predict, leash)
  return { rates: ratesOf(parameters), misses }
}

/** What several threads change, to explain what was measured on all of them. */
export function explainCrowd(measured: readonly Measured[], rates: Rates, threads: number) {
  const predict = (parameters: readonly number[]): readonly number[] => {
    const crowd = crowdOf(threads, parameters)
    return measured.map(({ sections }) => secondsOf(sections, rates, crowd))
  }
  const start = listCrowd({ ...solitude, company: 2e-6, barrier: 1e-6 })
  const { parameters, misses } = fitRates(start, observations(measured), predict, tightLeash)
  return { crowd: crowdOf(threads, parameters), misses }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1) + 0.5)]
}
