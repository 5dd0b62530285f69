/**
 * One case, measured fairly: a fresh process for every contestant, results compared before anything
 * is timed, and samples of all of them taken in turn, so that whatever else the machine does falls
 * on all alike.
 */

import type { Case } from "./cases/index.ts"
import { limitRow, moduleOf, nativeLimitRow, type Row } from "./contestants.ts"
import type { About, RunTime } from "./process/messages.ts"
import { Process } from "./process/parent.ts"
import { largestDifference, type Spread, spread } from "./statistics.ts"

export interface Effort {
  /** Samples of each contestant. */
  readonly rounds: number
  /** Milliseconds of one sample, which is one run where a run takes longer. */
  readonly sample: number
  /** Milliseconds of runs before the first sample. */
  readonly warm: number
}

export const fullEffort: Effort = { rounds: 9, sample: 120, warm: 800 }
export const quickEffort: Effort = { rounds: 5, sample: 40, warm: 250 }

/** What came of one contestant in one case. */
export type Outcome =
  | { readonly contestant: string; readonly failure: string }
  | ({ readonly contestant: string } & Measured)

export interface Measured {
  readonly version: string
  readonly threads: number
  readonly setting: string
  /** Milliseconds of the first run in a fresh process, which traces and compiles. */
  readonly first: number
  /** Milliseconds of one piece of work. */
  readonly time: Spread
  /** Milliseconds of cores, all threads together, for one piece of work. */
  readonly cpu: Spread
  /** Every sample, for one piece of work, in the order of the rounds. */
  readonly samples: readonly RunTime[]
  /** Whether it runs native code. */
  readonly native?: true | undefined
  /** The largest relative difference from the first contestant's results. */
  readonly difference: number
}

export interface CaseResult {
  readonly name: string
  readonly group: string
  readonly limit: Case["limit"]
  readonly tolerance: number
  readonly outcomes: readonly Outcome[]
  /** What the machine did in the same rounds in WebAssembly: operations or bytes per second. */
  readonly machine: Spread | undefined
  /** The same in native code, where that was measured and there is a compiler. */
  readonly nativeMachine?: Spread | undefined
}

/** A contestant that is ready to be timed. */
interface Ready {
  readonly row: Row
  readonly process: Process
  readonly about: About
  readonly difference: number
  readonly runs: number
  readonly samples: RunTime[]
}

/** Measures a case. A contestant that fails is left out of the rounds and said to have failed. */
export async function measure(
  given: Case,
  rows: readonly Row[],
  effort: Effort,
): Promise<CaseResult> {
  const processes: Process[] = []
  const failures = new Map<Row, string>()
  const ready: Ready[] = []
  try {
    let reference: Float32Array | undefined
    for (const row of [...rows, ...limitsOf(given, rows)]) {
      const process = new Process()
      processes.push(process)
      try {
        const { numbers, ...entry } = await makeReady(given, row, process, effort)
        reference ??= numbers
        const difference = isLimit(row) ? 0 : largestDifference(reference, numbers)
        ready.push({ ...entry, difference })
      } catch (error) {
        failures.set(row, error instanceof Error ? error.message : String(error))
        await process.stop()
      }
    }
    await takeSamples(ready, given.pieces, effort.rounds, failures)
  } finally {
    await Promise.all(processes.map((process) => process.stop()))
  }
  return {
    name: given.name,
    group: given.group,
    limit: given.limit,
    tolerance: given.tolerance,
    outcomes: rows.map((row) => outcome(row, ready, failures)),
    machine: machineRate(ready.find(({ row }) => row === limitRow)),
    nativeMachine: machineRate(ready.find(({ row }) => row === nativeLimitRow)),
  }
}

/** The rows that measure what the machine can do for a case. */
function limitsOf({ limit }: Case, rows: readonly Row[]): readonly Row[] {
  if (limit.by === "overhead") return []
  const isNative = rows.some(({ native }) => native) && nativeLimitRow.lacks?.() === undefined
  return isNative ? [limitRow, nativeLimitRow] : [limitRow]
}

function isLimit(row: Row): boolean {
  return row === limitRow || row === nativeLimitRow
}

async function makeReady(given: Case, row: Row, process: Process, { warm, sample }: Effort) {
  const module = moduleOf(row)
  const about = await process.ask({ ask: "prepare", module, variant: row.variant, case: given })
  // The second run is compared too, in that a training step's parameters have moved twice.
  await process.ask({ ask: "sample", runs: 1 })
  const { numbers } = await process.ask({ ask: "result" })
  await process.ask({ ask: "warm", milliseconds: warm })
  const { milliseconds } = await process.ask({ ask: "sample", runs: 1 })
  const runs = Math.max(1, Math.round(sample / milliseconds))
  return { row, process, about, numbers, runs, samples: [] as RunTime[] }
}

/** Samples of everyone in turn; each round starts with another one. */
async function takeSamples(
  ready: readonly Ready[],
  pieces: number,
  rounds: number,
  failures: Map<Row, string>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < ready.length; i++) {
      const { row, process, runs, samples } = ready[(round + i) % ready.length]!
      if (failures.has(row)) continue
      try {
        const { milliseconds, cpu } = await process.ask({ ask: "sample", runs })
        const done = isLimit(row) ? runs : runs * pieces
        samples.push({ milliseconds: milliseconds / done, cpu: cpu / done })
      } catch (error) {
        failures.set(row, error instanceof Error ? error.message : String(error))
      }
    }
  }
}

function outcome(row: Row, ready: readonly Ready[], failures: ReadonlyMap<Row, string>): Outcome {
  const failure = failures.get(row)
  const entry = ready.find((other) => other.row === row)
  if (failure !== undefined || entry === undefined) {
    return { contestant: row.name, failure: failure ?? "it was never ready" }
  }
  const { version, threads, setting, first } = entry.about
  const { difference, samples } = entry
  const time = spread(samples.map(({ milliseconds }) => milliseconds))
  const cpu = spread(samples.map((sample) => sample.cpu))
  const { name: contestant, native } = row
  const about = { contestant, version, threads, setting, native }
  return { ...about, first, time, cpu, samples, difference }
}

/** Operations or bytes per second of the machine's own loop. */
function machineRate(limit: Ready | undefined): Spread | undefined {
  if (limit?.about.amount === undefined || limit.samples.length === 0) return undefined
  const { amount } = limit.about
  return spread(limit.samples.map(({ milliseconds }) => (1000 * amount) / milliseconds))
}
