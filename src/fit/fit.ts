/** Data to a network: the whole way, for every kind of data. */

import { defaultDevice, openDevice } from "../array/index.ts"
import {
  type Files,
  filesOf,
  type HeldFiles,
  machineFiles,
  type NamedBytes,
  pathIn,
} from "../data/index.ts"
import type { Device, Quote } from "../device/index.ts"
import { contractionPrecisions } from "../schedule/index.ts"
import { evaluate, type Size } from "../size/index.ts"
import {
  batchOf,
  type FrontierRow,
  stepsAsked,
  stepsPerEpoch,
  usefulSteps,
} from "./choosing/choice.ts"
import { type Chosen, choose } from "./choosing/choosing.ts"
import { type DeviceSettings, keepingDevice, openAsked } from "./choosing/device.ts"
import { bytesOf, secondsOf } from "./choosing/limits.ts"
import { decodePlan, encodePlan, type FitPlan } from "./choosing/plan.ts"
import { SettingError } from "./finding.ts"
import { FittedNetwork, requireFreeFolder } from "./fitted-network.ts"
import type { FitRecord } from "./record.ts"
import { reportOf } from "./report/report.ts"
import type { Problem, SolverOptions } from "./solver.ts"
import { solverFor } from "./solvers.ts"
import {
  type Checkpoint,
  checkpointFile,
  decodeCheckpoint,
  encodeCheckpoint,
} from "./training/checkpoint.ts"
import { writeCheckpoint } from "./training/save-checkpoint.ts"
import { type Trained, type TrainingProgress, train } from "./training/trainer.ts"

export interface FitSettings extends Omit<SolverOptions, "seed" | "memory">, DeviceSettings {
  /** Decides everything random; 0 unless given. */
  readonly seed?: number
  /** Time for everything, such as `"2m"`, or seconds. */
  readonly deadline?: number | string
  /** What data and training may take, such as `"2GB"`, or bytes. */
  readonly memory?: number | string
  /** Size of the network: `xs`, `s`, `m`, `l` or `xl`; by deadline and memory unless given. */
  readonly size?: string
  /** Training steps; with them, the same seed gives the same bits on any machine of one kind. */
  readonly steps?: number
  readonly epochs?: number
  /** Folder for checkpoints and the result; nothing is written unless given. */
  readonly out?: string
  /** Time between two checkpoints; 20 s unless given. */
  readonly checkpointEvery?: number | string
  readonly signal?: AbortSignal
  /**
   * Where the source, and what is named beside it, are to be found: bytes or files in memory, as in
   * a page. On this machine unless given.
   */
  readonly files?: HeldFiles
  /** Told when the data are read and looked at. */
  readonly onProblem?: (problem: Problem) => void
  /** Told before the first step. */
  readonly onOffer?: (offer: Offer) => void
  readonly onProgress?: (progress: TrainingProgress & { readonly bytes: number }) => void
  /** Told what is out of the ordinary, in one sentence. */
  readonly onEvent?: (event: string) => void
}

/** What a fit will be, before it runs. */
export interface Offer {
  readonly problem: Problem
  readonly frontier: readonly FrontierRow[]
  readonly chosen: FrontierRow
  readonly steps: number
  readonly epochs: number
  readonly checks: number
  /** What all training steps and looks will take. */
  readonly quote: Quote
}

/** Looks at held-out examples in one fit, at most: each costs time. */
const mostChecks = 100
const leastChecks = 8
const defaultInterval = 20

/**
 * Finds a network for the data of a file or folder.
 *
 *     // Not run: it learns.
 *     const network = await fit("houses.csv", { target: "price", deadline: "2m" })
 *     const { rows } = await network.predict([{ rooms: 5, age: 20 }])
 *
 * In a page, for a file that was chosen there, and for a folder of them:
 *
 *     // Not run: it learns.
 *     const [chosen] = document.querySelector("input")?.files ?? []
 *     await fit(chosen, { target: "price", deadline: "1m" })
 *     const files = new Map([["pictures/cat/1.png", chosen], ["pictures/dog/1.png", chosen]])
 *     await fit("pictures", { files, deadline: "2m" })
 *
 * Without steps or epochs it takes as many as are known to help such data, as far as the deadline
 * allows, and ends sooner when nothing gets better.
 * @throws RangeError when a setting makes no sense; DataError or SyntaxError when the data do not
 * define a task; the signal's reason when it aborts.
 */
export async function fit(
  source: string | File | NamedBytes,
  settings: FitSettings = {},
): Promise<FittedNetwork> {
  const began = performance.now()
  const { path, files } = placeOf(source, settings.files)
  const { deadline, seed = 0 } = settings
  const options = solverOptions(settings, seed)
  const seconds = deadline === undefined ? undefined : secondsOf(deadline, "deadline")
  requireCounts(settings)
  openAsked(settings)
  if (settings.out !== undefined) await requireFreeFolder(settings.out)
  return keepingDevice(async () => {
    const problem = await prepare(path, options, settings, files)
    return closing(problem, async () => {
      const left = (): number =>
        (seconds ?? Number.POSITIVE_INFINITY) -
        (performance.now() - began) / 1000 -
        problem.secondsAfter
      const found = await choose(problem, options, settings, left)
      const { chosen, perStep } = found
      const perEpoch = stepsPerEpoch(problem.examples, chosen.choice)
      const asked = stepsAsked(settings, perEpoch)
      const mostSteps = asked ?? usefulSteps(problem, perEpoch)
      const inTime = seconds === undefined ? mostSteps : Math.max(1, Math.floor(left() / perStep))
      const steps = Math.min(mostSteps, inTime)
      const notes = asked === undefined && inTime > mostSteps ? [enoughText(steps, perEpoch)] : []
      const checks = Math.max(leastChecks, Math.min(mostChecks, Math.round(steps / perEpoch)))
      const plan: FitPlan = {
        source: path,
        options,
        fingerprint: problem.fingerprint,
        device: defaultDevice(),
        size: chosen.choice.size,
        steps,
        mostSteps,
        notes,
        checkEvery: Math.max(1, Math.floor(steps / checks)),
        ...(seconds === undefined ? {} : { seconds: left(), deadline: seconds }),
      }
      return run({ ...found, problem, plan, settings, began })
    })
  })
}

/**
 * Goes on with a fit that was ended before its time, from the checkpoint in its folder.
 * @throws Error when the folder holds no checkpoint; RangeError when the data have changed.
 * @example
 * // Not run: it goes on for minutes.
 * const network = await resumeFit("out/houses")
 * await network.predict([{ rooms: 5, age: 20 }])
 */
export async function resumeFit(
  folder: string,
  settings: Omit<
    FitSettings,
    keyof SolverOptions | "out" | "files" | "deadline" | "size" | "steps" | "epochs"
  > = {},
): Promise<FittedNetwork> {
  const began = performance.now()
  const name = pathIn(folder, checkpointFile)
  const file = await machineFiles.read(name).catch((error: unknown) => {
    throw new Error(`${folder} holds no checkpoint: there is no fit to go on with`, {
      cause: error,
    })
  })
  const resume = decodeCheckpoint(file, name)
  const plan = decodePlan(resume.plan, name)
  const asked = {
    ...settings,
    device: settings.device ?? plan.device,
    out: folder,
    size: plan.size,
    steps: plan.steps,
  }
  openAsked(settings)
  return keepingDevice(async () => {
    openAsked(asked)
    const problem = await prepare(plan.source, plan.options, settings, machineFiles)
    return closing(problem, async () => {
      if (problem.fingerprint !== plan.fingerprint) {
        throw new RangeError(
          `${plan.source} is not what it was when the fit began: begin a new one without --resume`,
        )
      }
      const limit = (): number => Number.POSITIVE_INFINITY
      const chosen = await choose(problem, plan.options, asked, limit)
      return run({ ...chosen, problem, plan, settings: asked, began, resume })
    })
  })
}

interface Run extends Chosen {
  readonly problem: Problem
  readonly plan: FitPlan
  readonly settings: FitSettings
  readonly began: number
  readonly resume?: Checkpoint
}

async function run(given: Run): Promise<FittedNetwork> {
  const { problem, plan, rows, chosen, programs, perStep, settings, began, resume } = given
  const { onOffer, onProgress, onEvent, signal, out, checkpointEvery } = settings
  const device = await openDevice()
  const { choice } = chosen
  const perEpoch = stepsPerEpoch(problem.examples, choice)
  const offer: Offer = {
    problem,
    frontier: rows,
    chosen,
    steps: plan.steps,
    epochs: plan.steps / perEpoch,
    checks: Math.ceil(plan.steps / plan.checkEvery),
    quote: { ...chosen.quote, ...quoted(perStep * plan.steps) },
  }
  onOffer?.(offer)
  if (resume === undefined) for (const note of plan.notes) onEvent?.(note)
  if (plan.options.precision === "bfloat16") {
    onEvent?.(
      "operands of products are rounded to bfloat16 in training, as asked: the quote is that of " +
        `float32, and ${device.name} is no quicker for it`,
    )
  }
  let bytes = 0
  const interval = secondsOf(checkpointEvery ?? defaultInterval, "checkpointEvery")
  const write = async (checkpoint: Checkpoint): Promise<void> => {
    if (out !== undefined) await writeCheckpoint(out, encodeCheckpoint(checkpoint))
  }
  const recipe = { ...choice.recipe, batch: batchOf(choice, problem.examples) }
  const trained = await train({
    network: choice.network,
    programs,
    recipe,
    examples: problem.examples,
    metric: problem.task.metric,
    seed: plan.options.seed,
    steps: plan.steps,
    mostSteps: plan.mostSteps,
    checkEvery: plan.checkEvery,
    check: (weights) => problem.check(choice, programs, weights),
    seconds: plan.seconds,
    plan: encodePlan(plan),
    resume,
    checkpoints: out === undefined ? undefined : { interval, write },
    signal,
    onEvent,
    onProgress(progress) {
      bytes = Math.max(bytes, device.memory().inUse)
      onProgress?.({ ...progress, bytes })
    },
  })
  // Programs that the device ran in between may have held more than is seen between two steps.
  const { highWater } = device.memory()
  if (highWater > given.heldBefore) bytes = highWater
  const { fitted, sections, ...result } = await problem.finish(choice, trained.weights)
  const record: FitRecord = {
    ...recordOf(given, offer, trained),
    recipe,
    bill: { seconds: trained.seconds, bytes, threads: device.threads },
    environment: environmentOf(device),
    validation: result.validation,
    test: result.test ?? null,
    standings: result.standings,
    verdict: result.verdict,
    secondsInAll: (performance.now() - began) / 1000,
  }
  const network = new FittedNetwork(fitted, record, reportOf(fitted.task, record, sections))
  if (out !== undefined) await network.save(out)
  return network
}

type Later =
  | "recipe"
  | "bill"
  | "environment"
  | "validation"
  | "test"
  | "standings"
  | "verdict"
  | "secondsInAll"

function recordOf({ problem, plan, chosen, rows }: Run, offer: Offer, trained: Trained) {
  const { price } = chosen
  const number = (size: Size): number => evaluate(size, {})
  const record: Omit<FitRecord, Later> = {
    source: plan.source,
    options: plan.options,
    reasons: problem.reasons,
    findings: problem.findings,
    split: problem.split,
    fingerprint: plan.fingerprint,
    size: plan.size,
    parameters: chosen.parameters,
    steps: trained.steps,
    stepsPlanned: plan.steps,
    bestStep: trained.bestStep,
    history: trained.history,
    events: [...plan.notes, ...trained.events],
    frontier: rows.map((row) => ({
      size: row.choice.size,
      parameters: row.parameters,
      secondsPerStep: row.quote.seconds,
      bytes: row.bytes,
      steps: row.steps,
      epochs: row.epochs,
      chosen: row.chosen,
      remark: row.remark,
    })),
    price: {
      work: number(price.work),
      span: number(price.span),
      gpuThreads: number(price.gpu.threads),
      gpuTime: number(price.gpu.time),
      ramMemory: number(price.ram.memory),
    },
    quote: offer.quote,
    deadline: plan.deadline ?? null,
    command: commandOf(plan, trained.steps),
  }
  return record
}

/** The command that repeats a fit: with its steps in place of a deadline. */
function commandOf({ source, options, device, size }: FitPlan, steps: number): string {
  const word = (text: string): string => (/^[\w./=-]+$/.test(text) ? text : `'${text}'`)
  const words = (...texts: readonly (string | undefined)[]): string =>
    texts.flatMap((text) => (text === undefined ? [] : [word(text)])).join(" ")
  const named: [string, string | number | undefined][] = [
    ["--target", options.target],
    ["--task", options.task],
    ["--kind", options.kind],
    ["--test-share", options.testShare],
    ["--validation-share", options.validationShare],
    ["--group", options.group],
    ["--time", options.time],
    ["--leave-out", options.leaveOut?.join(",")],
    ["--delimiter", options.delimiter],
    ["--commas", options.commas],
    ["--class-weights", options.classWeights],
    ["--network", options.network],
    ["--tokens", options.tokens],
    ["--context", options.context],
    ["--horizon", options.horizon],
    ["--precision", options.precision],
    ["--memory", options.memory],
    ["--device", device],
    ["--size", size],
    ["--steps", steps],
    ["--seed", options.seed],
  ]
  const parts = named.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${name} ${word(String(value))}`],
  )
  const test = options.test === undefined ? [] : ["--test", words(options.test, options.testLabels)]
  const flags = options.header === false ? ["--no-header"] : []
  return ["tradespace fit", words(source, options.labels), ...test, ...parts, ...flags].join(" ")
}

/** Under which path data are to be read, and from where. */
function placeOf(
  source: string | File | NamedBytes,
  held: HeldFiles | undefined,
): { readonly path: string; readonly files: Files } {
  const files = held && filesOf(held)
  if (typeof source === "string") return { path: source, files: files ?? machineFiles }
  const { name } = source
  if (held !== undefined) {
    throw new SettingError(`files are given beside the bytes of ${name}: name one of them instead`)
  }
  const content = source instanceof Blob ? source : source.bytes
  return { path: name, files: filesOf(new Map([[name, content]])) }
}

async function prepare(
  source: string,
  options: SolverOptions,
  { onProblem, signal }: Pick<FitSettings, "onProblem" | "signal">,
  files: Files,
): Promise<Problem> {
  const kind = options.kind ?? (options.labels === undefined ? undefined : "images")
  const solver = await solverFor(source, { ...options, kind }, files)
  const problem = await solver.prepare(source, options, files)
  signal?.throwIfAborted()
  onProblem?.(problem)
  return problem
}

/** Why a fit ends before its deadline. */
function enoughText(steps: number, perEpoch: number): string {
  const epochs = Number((steps / perEpoch).toPrecision(3))
  return (
    `there is time for more than ${steps.toLocaleString("en-US")} steps (${epochs} epochs), but on ` +
    `data like these more have made networks no better: --epochs ${Math.ceil(2 * epochs)} asks for twice as many`
  )
}

/** Runs what needs the examples of a problem, and gives back what they are read from. */
async function closing<T>(problem: Problem, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } finally {
    problem.close?.()
  }
}

function quoted(seconds: number): Pick<Quote, "seconds" | "interval"> {
  return { seconds, interval: [seconds * 0.9, seconds * 1.1] }
}

function environmentOf(device: Device): Record<string, string> {
  const { process } = globalThis
  const versions = process?.versions
  return {
    device: device.name,
    threads: String(device.threads),
    ...(versions?.node === undefined
      ? {}
      : { node: versions.node, platform: `${process.platform} ${process.arch}` }),
  }
}

/** What of a fit's settings concerns the solver as it is. */
const solverSettings = [
  "target",
  "task",
  "kind",
  "test",
  "testShare",
  "validationShare",
  "group",
  "time",
  "labels",
  "testLabels",
  "leaveOut",
  "delimiter",
  "header",
  "commas",
  "network",
  "tokens",
  "context",
  "horizon",
  "classWeights",
  "precision",
] as const satisfies readonly (keyof FitSettings & keyof SolverOptions)[]

/** Only what concerns the solver, and only what is given. */
function solverOptions(settings: FitSettings, seed: number): SolverOptions {
  const { memory } = settings
  const given = solverSettings.flatMap((name) =>
    settings[name] === undefined ? [] : [[name, settings[name]]],
  )
  return {
    ...Object.fromEntries(given),
    ...(memory === undefined ? {} : { memory: bytesOf(memory, "memory") }),
    seed,
  }
}

function requireCounts({
  steps,
  epochs,
  testShare,
  validationShare,
  precision,
}: FitSettings): void {
  if (steps !== undefined && !(Number.isInteger(steps) && steps > 0)) {
    throw new RangeError(`steps is ${steps}, which must be a whole number above 0`)
  }
  if (precision !== undefined && !contractionPrecisions.includes(precision)) {
    throw new RangeError(
      `precision is ${precision}, which must be one of ${contractionPrecisions.join(", ")}`,
    )
  }
  if (epochs !== undefined && !(epochs > 0)) {
    throw new RangeError(`epochs is ${epochs}, which must be more than 0`)
  }
  for (const [name, share] of Object.entries({ testShare, validationShare })) {
    if (share !== undefined && !(share > 0 && share < 1)) {
      throw new RangeError(`${name} is ${share}, which must be between 0 and 1`)
    }
  }
}
