/** What quoting and running the test programs came to, kept and shown. */

import { units } from "../../src/cluster/index.ts"
import type { Machine } from "../machine.ts"

/** One program. */
export interface Outcome {
  readonly group: string
  readonly name: string
  /** Seconds, and where they lie four times out of five. */
  readonly quoted: number
  readonly interval: readonly [number, number]
  readonly billed: number
  /** Most bytes held, with inputs and results. */
  readonly bytes?: { readonly quoted: number; readonly billed: number }
}

/** All programs on one device. */
export interface QuoteRun {
  readonly machine: Machine
  readonly device: string
  readonly threads: number
  /** Seconds that the calibration took; next to nothing where it was made before. */
  readonly calibrated: number
  /** How far two passes of the calibration lay apart. */
  readonly unrest: number
  /** Programs during which the machine never kept its pace. */
  readonly disturbed: number
  readonly outcomes: readonly Outcome[]
}

/** The best quotes first. */
function byError(a: Outcome, b: Outcome): number {
  const miss = ({ quoted, billed }: Outcome): number => Math.abs(Math.log(quoted / billed))
  return miss(a) - miss(b)
}

/** Quoted seconds over billed ones, less 1. */
export function errorOf({ quoted, billed }: Outcome): number {
  return quoted / billed - 1
}

export function isInside({ interval, billed }: Outcome): boolean {
  return interval[0] <= billed && billed <= interval[1]
}

/** @throws TypeError when a text is no list of runs. */
export function readRuns(text: string): readonly QuoteRun[] {
  const runs: unknown = JSON.parse(text)
  if (!Array.isArray(runs)) throw new TypeError("saved quotes are a list of runs")
  return runs
}

/** A run in place of an earlier one of the same device and threads. */
export function withRun(runs: readonly QuoteRun[], run: QuoteRun): readonly QuoteRun[] {
  const same = (other: QuoteRun): boolean =>
    other.device === run.device && other.threads === run.threads
  return [...runs.filter((other) => !same(other)), run]
}

function medianError(outcomes: readonly Outcome[]): number {
  const errors = outcomes.map((each) => Math.abs(errorOf(each))).sort((a, b) => a - b)
  return errors[errors.length >> 1] ?? 0
}

function coverage(outcomes: readonly Outcome[]): number {
  return outcomes.filter(isInside).length / Math.max(1, outcomes.length)
}

/** Programs that held other than a hundredth more or less than what was quoted, the worst first. */
function strayBytes(outcomes: readonly Outcome[]): readonly string[] {
  const missed = outcomes.flatMap(({ name, bytes }) =>
    bytes === undefined ? [] : [{ name, ...bytes, miss: bytes.billed / bytes.quoted - 1 }],
  )
  const { bytes } = units
  return missed
    .filter(({ miss, quoted, billed }) => Math.abs(miss) > 0.01 && billed - quoted > 4096)
    .sort((a, b) => Math.abs(b.miss) - Math.abs(a.miss))
    .map(({ name, quoted, billed }) => `${name} held ${bytes(billed)}, quoted ${bytes(quoted)}`)
}

export function summary({ outcomes, disturbed }: QuoteRun): readonly string[] {
  return [
    `${outcomes.length} programs: median absolute error ${percent(medianError(outcomes))} (goal: at most 15 %),`,
    `80 % interval holds ${percent(coverage(outcomes))} of the bills (goal: 70 to 90 %)`,
    bytesOf(outcomes),
    ...(disturbed > 0 ? [`${disturbed} of them while the machine did not keep its pace`] : []),
  ]
}

function bytesOf(outcomes: readonly Outcome[]): string {
  const stray = strayBytes(outcomes)
  const known = outcomes.filter(({ bytes }) => bytes !== undefined).length
  const kept = `memory within 1 % of the quote for ${known - stray.length} of ${known}`
  return [kept, ...stray].join("; ")
}

/** All runs, then each group and each program of the first. */
export function markdown(runs: readonly QuoteRun[]): readonly string[] {
  const head = [
    "| device | threads | load before | calibration | programs | median absolute error | bills inside | disturbed |",
    "|---|---|---|---|---|---|---|---|",
  ]
  const rows = runs.map((run) => {
    const cells = [
      run.device,
      String(run.threads),
      run.machine.load.toFixed(1),
      `${run.calibrated.toFixed(0)} s`,
      String(run.outcomes.length),
      percent(medianError(run.outcomes)),
      percent(coverage(run.outcomes)),
      String(run.disturbed),
    ]
    return `| ${cells.join(" | ")} |`
  })
  return [...head, ...rows, ...runs.flatMap(programs)]
}

function programs({ device, threads, machine, outcomes }: QuoteRun): readonly string[] {
  const { cpu, cores, node, date } = machine
  return [
    "",
    `${device}, ${threads} threads, ${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}; ` +
      `${bytesOf(outcomes)}:`,
    "",
    "| program | bill | quote | 80 % interval | error |",
    "|---|---|---|---|---|",
    ...[...outcomes].sort(byError).map((outcome) => {
      const { duration } = units
      const { name, billed, quoted, interval } = outcome
      const outside = isInside(outcome) ? "" : ", outside"
      return (
        `| ${name} | ${duration(billed)} | ${duration(quoted)} | ` +
        `${interval.map(duration).join(" to ")} | ${signed(errorOf(outcome)).trim()}${outside} |`
      )
    }),
  ]
}

export function signed(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(0)} %`.padStart(7)
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
