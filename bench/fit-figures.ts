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
  const others = besideLines(beside).join(", ")
  return [
    `${reached ? "reached" : "MISSED "} ${name}, seed ${seed}: ${metric} ${scoreText(result)} (${goal})`,
    how,
    ...(others === "" ? [] : [`beside it ${others}`]),
  ].join("; ")
}

/**
 * A Markdown table with a row for each case, in an order of names; above it the machines and the days
 * on which the figures that it shows were measured.
 */
export function figuresTable(results: readonly FitResult[], order: readonly string[]): string {
  const shown = order.flatMap((name) => {
    const own = results.filter((each) => each.name === name).sort((a, b) => a.seed - b.seed)
    return own.length === 0 ? [] : [own]
  })
  const rows = shown.map((own) => {
    const [first] = own
    const cells = [
      [`**${first.name}**`, `${first.how}; ${daysOf(own)}`],
      [first.goal],
      [first.metric, ...own.map((each) => scoreText(each))],
      besideLines(first.beside),
    ]
    // Lines within cells: a page is as wide as a table's longest lines together.
    return `| ${cells.map((lines) => lines.join("<br>").replaceAll("|", "\\|")).join(" | ")} |`
  })
  const all = shown.flat()
  const machines = new Set(
    all.map(({ machine }) => `${machine.cores} cores of ${machine.cpu}, Node ${machine.node}`),
  )
  const seeds = [...new Set(all.map(({ seed }) => seed))].sort((a, b) => a - b).join(", ")
  return [
    `\`npm run bench:fit\` on ${[...machines].join(" and ")}, ${daysOf(all)}; seeds ${seeds} where ` +
      "several figures stand; how, and what stands beside, are of the first seed.",
    "",
    "| data | goal | reached | beside it, on the same examples |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n")
}

/** The days (UTC) on which results were measured: "28 and 29 November 2026". */
function daysOf(results: readonly FitResult[]): string {
  const days = [...new Set(results.map(({ machine }) => machine.date.slice(0, 10)))].sort()
  const months = [...new Set(days.map((day) => day.slice(0, 7)))]
  const name = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" })
  return listed(
    months.map((month) => {
      const own = days.filter((day) => day.startsWith(month)).map((day) => String(+day.slice(8)))
      return `${listed(own)} ${name.format(new Date(month))}`
    }),
  )
}

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)]
    .filter((part) => part !== "")
    .join(" and ")
}

function scoreText({ score, seconds }: FitResult): string {
  const value = score === null ? "failed" : score.toFixed(4)
  return seconds === undefined ? value : `${value} (${seconds.toFixed(0)} s)`
}

function besideLines(beside: Figure["beside"]): readonly string[] {
  return Object.entries(beside).map(([name, score]) => `${name} ${score.toFixed(4)}`)
}
