/** Results as text. */

import type { CaseResult, Measured } from "./measure.ts"
import type { Spread } from "./statistics.ts"

/** Rows of cells with columns aligned: the first to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  )
}

const heading = [
  "",
  "median",
  "min",
  "max",
  "cores busy",
  "rate",
  "of limit",
  "times ours",
  "first run",
  "differs",
]

/** One case: what it is, what the machine could do, then a line for each contestant. */
export function caseLines(result: CaseResult): string[] {
  const [base] = result.outcomes
  const ours = base === undefined || "failure" in base ? undefined : base
  const measured: string[][] = []
  const failed: string[] = []
  for (const outcome of result.outcomes) {
    const name = `  ${outcome.contestant}`
    if ("failure" in outcome) failed.push(`${name} failed: ${outcome.failure}`)
    else measured.push([name, ...cells(result, outcome, ours)])
  }
  const title = `${result.name}${limitWords(result)}`
  return [title, ...aligned([heading, ...measured]), ...failed]
}

function cells(result: CaseResult, outcome: Measured, ours: Measured | undefined): string[] {
  const { time, cpu, first, difference } = outcome
  return [
    milliseconds(time.median),
    milliseconds(time.min),
    milliseconds(time.max),
    (cpu.median / time.median).toFixed(2),
    rateWords(result, rateOf(result, time.median)),
    shareOf(result, outcome),
    ours === undefined ? "–" : `${(time.median / ours.time.median).toFixed(2)}×`,
    milliseconds(first),
    difference === 0 ? "0" : difference.toExponential(0) + mark(difference > result.tolerance),
  ]
}

/** Beside a difference that rounding does not explain. */
function mark(wrong: boolean): string {
  return wrong ? " WRONG" : ""
}

/** What a contestant reaches of the limit that was measured in the same rounds. */
export function shareOf(
  result: CaseResult,
  { time, native }: Measured,
  by: "median" | "min" = "median",
): string {
  const rate = rateOf(result, time[by])
  const machine = native ? result.nativeMachine : result.machine
  if (rate === undefined || machine === undefined) return "–"
  const limit = by === "min" ? machine.max : machine.median
  return `${((100 * rate) / limit).toFixed(0)} %`
}

/** Operations or bytes per second. */
function rateOf({ limit }: CaseResult, milliseconds: number): number | undefined {
  if (limit.by === "overhead") return undefined
  const amount = limit.by === "arithmetic" ? limit.operations : limit.bytes
  return (1000 * amount) / milliseconds
}

function rateWords({ limit }: CaseResult, rate: number | undefined): string {
  if (rate === undefined) return "–"
  const unit = limit.by === "arithmetic" ? "GFLOP/s" : "GB/s"
  return `${(rate / 1e9).toFixed(1)} ${unit}`
}

function limitWords(result: CaseResult): string {
  const { limit, machine, nativeMachine } = result
  if (machine === undefined) return ""
  const what = limit.by === "arithmetic" ? "multiply-adds in registers" : "a plain copy"
  const words = (spread: Spread): string => {
    const [low, high] = [spread.min, spread.max].map((rate) => (rate / 1e9).toFixed(1))
    return `${rateWords(result, spread.median)}, ${low} to ${high}`
  }
  const native = nativeMachine === undefined ? "" : `; in native code ${words(nativeMachine)}`
  return `  (limit in the same rounds: ${what}, ${words(machine)}${native})`
}

/** Three digits that matter, in ms or µs. */
export function milliseconds(ms: number): string {
  const [value, unit] = ms < 1 ? [1000 * ms, "µs"] : [ms, "ms"]
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${unit}`
}
