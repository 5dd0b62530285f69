/** Calibration: a few seconds of small programs tell what a device can do. */

import type { Graph } from "../graph/index.ts"
import { type CostKind, costKinds, schedule } from "../schedule/index.ts"
import { type Calibration, calibrationFrom, type Launch } from "./calibration.ts"
import type { CalibrationProgram } from "./calibration-program.ts"
import {
  calibrationPrograms,
  crowdPrograms,
  launchPrograms,
  unseenProgram,
} from "./calibration-programs.ts"
import { type Device, DeviceError } from "./device.ts"
import { fitRates, type Observation } from "./fit-rates.ts"
import { type MeasureOptions, measureGraph, type Prepared, prepare } from "./measure.ts"
import { probe } from "./pace.ts"
import { crowdOf, listCrowd, listRates, type Rates, ratesOf, secondsOf, solitude } from "./rates.ts"
import { type Sections, sectionsOf } from "./sections.ts"

/** A program that was measured. */
export interface Measured {
  readonly name: string
  readonly sections: Sections
  readonly seconds: number
  /** By how much its slower passes exceeded the fastest one. */
  readonly unrest: number
}

/** Seconds that instructions take before anything is measured; others take as long as "simple". */
const startSeconds: { readonly [K in CostKind]?: number } = {
  simple: 3e-10,
  load: 3e-10,
  store: 4e-10,
  spread: 1e-9,
  cross: 7e-10,
  gather: 1.5e-9,
  guard: 5e-10,
  accumulate: 3e-10,
  extreme: 1e-9,
  place: 4e-9,
  choice: 6e-10,
  chain: 1.3e-9,
  total: 4e-9,
  pass: 2e-8,
  stall: 1e-12,
  turn: 7e-10,
  row: 5e-9,
  piece: 1e-7,
  fused: 2.5e-10,
  tileLoad: 1.5e-10,
  tile: 2e-8,
  packRun: 4e-10,
  packSlice: 3e-10,
  packSpread: 1.5e-9,
  radix: 4e-9,
  compare: 6e-9,
  move: 2e-9,
  scan: 1.5e-9,
  scanLanes: 2e-9,
  scanExtreme: 4e-9,
  scatter: 3e-9,
  threefry: 4e-8,
  narrow: 3e-10,
  half: 1e-9,
  brain: 5e-10,
  divideIntegers: 1e-9,
  double: 2e-8,
}
const dearSeconds = 6e-9

function startRates(): Rates {
  const plain = new Set(Object.keys(startSeconds))
  return {
    instructions: new Map(
      costKinds.map((kind) => [kind, plain.has(kind) ? (startSeconds[kind] ?? 0) : dearSeconds]),
    ),
    bytes: [1e-12, 1e-11, 3e-11, 5e-11, 6e-11, 1e-10, 1e-10],
    written: [1e-12, 1e-11, 3e-11, 5e-11, 6e-11, 1e-10, 1e-10],
    scattered: [2e-10, 5e-10, 1e-9, 2e-9, 3e-9, 5e-9, 8e-9],
    overlap: 2,
    following: 2e-6,
  }
}

const passes = 2
/** Slow devices are calibrated with sizes that are so much smaller. */
const slowScale = 1 / 256
const lightInstructions = 3000
/** Of each kind of load one, where a rough look has to do. */
const few =
  /^(one small kernel|exp|16 fused steps over 262144|(negation|sum) of 2097152|product of (64×64|500×500) and .*|convolution of 16×16.*)$/
/** How strongly rates are held to where they start, and threads to not disturbing each other. */
const looseLeash = 6e-4
const tightLeash = 0.02
const shortLeash = 0.1

/** What is to be known of how a device is measured. */
export interface CalibrateOptions {
  /** Seconds for each program to warm up and again to be measured; 0.006 unless given. */
  readonly patience?: number
  /**
   * Whether a handful of programs on all threads has to do, in a fraction of a second: quotes are
   * then far wider, and small programs are taken to use all threads.
   */
  readonly rough?: boolean
  /** Hears which share of the work is done. */
  readonly progress?: (done: number) => void
}

/**
 * Measures a device with about a hundred small programs on one thread, from which come the rates of
 * everything that programs are made of, and with some larger ones on all threads. Takes seconds.
 */
export async function calibrate(
  device: Device,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  const { progress = () => {}, rough = false } = options
  // What a graphics processor does at once is its own affair: it is taken for one fast thread. So
  // are, roughly, all threads together.
  const threads = device.adapter === undefined && !rough ? device.threads : 1
  const alone = rough && device.adapter === undefined ? device.threads : 1
  const scale = scaleFor(device)
  const programs = calibrationPrograms(scale).filter(
    ({ name, graph }) => (scale === 1 || isLight(device, graph)) && (!rough || few.test(name)),
  )
  const shareAlone = threads === 1 ? 0.9 : 0.7
  const own = await measurePrograms(device, programs, alone, {
    ...options,
    progress: (done) => progress(shareAlone * done),
  })
  const { rates, misses } = explain(own.programs, rough ? shortLeash : looseLeash)
  const all = [...own.programs]
  const off = [...misses]
  const paces = [own.pace]
  const launches = [await launchOf(device, alone, rough)]
  let crowd = solitude
  if (threads > 1) {
    const shared = await measurePrograms(device, crowdPrograms(scale), threads, {
      ...options,
      progress: (done) => progress(shareAlone + 0.25 * done),
    })
    const found = explainCrowd(shared.programs, rates, threads)
    crowd = found.crowd
    all.push(...shared.programs)
    off.push(...found.misses)
    paces.push(shared.pace)
    launches.push(await launchOf(device, threads))
  }
  const sound = off.filter((_, i) => weightOf(all[i]) > 0.5)
  progress(1)
  return calibrationFrom({
    device: device.name,
    threads: device.threads,
    processor: device.processor,
    rates,
    crowd,
    launches,
    spread: [Math.exp(-quantile(sound, 0.9)), Math.exp(-quantile(sound, 0.1))],
    unrest: quantile(
      all.map(({ unrest }) => unrest),
      0.5,
    ),
    paces,
    compileSeconds: await compileSecondsOf(device),
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
  { patience = 0.006, progress }: CalibrateOptions = {},
): Promise<{ readonly pace: number; readonly programs: readonly Measured[] }> {
  // Of others compiling is a matter of milliseconds.
  if (device.name === "native") await compileAhead(device, programs, threads)
  // A few times for nothing: the host's own code is slow at first.
  for (const { graph } of programs.slice(0, 4)) await measureGraph(device, graph, { patience })
  const measured: Measured[] = []
  const paces = [await probe(device, threads)]
  for (const [i, { name, graph, below }] of programs.entries()) {
    progress?.(i / programs.length)
    const prepared = await prepareIfAble(device, graph, { below, threads, patience })
    if (prepared === undefined) continue
    try {
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

/** Has a compiler that takes its time make the code of all programs at once, on all cores. */
async function compileAhead(
  device: Device,
  programs: readonly CalibrationProgram[],
  threads: number,
): Promise<void> {
  await Promise.all(
    programs.map(async ({ graph }) => {
      const executable = device.compile(graph, { threads })
      await executable.ready?.()
      executable.dispose()
    }),
  )
}

/** Ready to be timed, unless the device does not compute in a dtype of the graph. */
async function prepareIfAble(
  device: Device,
  graph: Graph,
  options: MeasureOptions,
): Promise<Prepared | undefined> {
  try {
    return await prepare(device, graph, options)
  } catch (error) {
    if (error instanceof DeviceError) return undefined
    throw error
  }
}

/** Sizes for devices that are slow: those that calculate one element after another in software. */
function scaleFor({ name, adapter }: Device): number {
  return name === "ram" || adapter?.isSoftware === true ? slowScale : 1
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
async function launchOf(device: Device, threads: number, rough = false): Promise<Launch> {
  const found: { readonly seconds: number; readonly low: number; readonly high: number }[] = []
  for (const { graph } of launchPrograms(threads).slice(0, rough ? 1 : undefined)) {
    const among = await measureGraph(device, graph, { threads, together: true })
    const alone = await measureGraph(device, graph, { threads, patience: 0.03 })
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

/** The rates that explain what was measured on one thread. */
export function explain(measured: readonly Measured[], leash = looseLeash) {
  const predict = (parameters: readonly number[]): readonly number[] => {
    const rates = ratesOf(parameters)
    return measured.map(({ sections }) => secondsOf(sections, rates, solitude))
  }
  const start = listRates(startRates())
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
