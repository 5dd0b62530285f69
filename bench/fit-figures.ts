/** Results of `npm run bench:fit`, as lines and as a table for docs. */

import type { Figure } from "./fit-cases.ts"
import type { Machine } from "./machine.ts"

export interface FitResult extends Omit<Figure, "score"> {
  readonly name: string
  readonly seed: number
  readonly metric: string
  readonly goal: string
  /** Null where the run failed: `how` says why. */
  readonly score: number | null
  readonly reached: boolean
  readonly machine: Machine
}

export function isFitResults(value: unknown): value is readonly FitResult[] {
  return (
    Array.isArray(value) &&
    value.every((each) => {
      const { name, seed, beside }: Partial<Record<string, unknown>> = Object(each)
      return typeof name === "string" && typeof seed === "number" && typeof beside === "object"
    })
  )
}

/** One line of a result. */
export function textOf(result: FitResult): string {
  const { name, seed, metric, goal, reached, how, beside } = result
  const others = besideText(beside)
  return [
    `${reached ? "reached" : "MISSED "} ${name}, seed ${seed}: ${metric} ${scoreText(result)} (${goal})`,
    how,
    ...(others === "" ? [] : [`beside it ${others}`]),
  ].join("; ")
}

/** A Markdown table with a row for each case, in an order of names, and the machine below it. */
export function figuresTable(results: readonly FitResult[], order: readonly string[]): string {
  const rows = order.flatMap((name) => {
    const own = results.filter((each) => each.name === name).sort((a, b) => a.seed - b.seed)
    if (own.length === 0) return []
    const [first] = own
    const scores = own.map((each) => scoreText(each)).join(", ")
    const cells = [
      name,
      first.goal,
      `${first.metric} ${scores}`,
      first.how,
      besideText(first.beside),
    ]
    return [`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`]
  })
  const { machine } = results.reduce((latest, each) =>
    each.machine.date > latest.machine.date ? each : latest,
  )
  const seeds = [...new Set(results.map(({ seed }) => seed))].sort((a, b) => a - b).join(", ")
  return [
    `\`npm run bench:fit\` on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, ` +
      `${machine.date.slice(0, 10)}; seeds ${seeds} where several figures stand; how, and what ` +
      "stands beside, are of the first seed.",
    "",
    "| data | goal | reached | how | beside it, on the same examples |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n")
}

function scoreText({ score, seconds }: FitResult): string {
  const value = score === null ? "failed" : score.toFixed(4)
  return seconds === undefined ? value : `${value} (${seconds.toFixed(0)} s)`
}

function besideText(beside: Figure["beside"]): string {
  return Object.entries(beside)
    .map(([name, score]) => `${name} ${score.toFixed(4)}`)
    .join(", ")
}
