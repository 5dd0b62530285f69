/** All cases at a glance: Tradespace's time, its share of the limit, and how others compare. */

import type { CaseResult, Measured } from "./measure.ts"
import { aligned, milliseconds, shareOf } from "./table.ts"

const titles = {
  median: "Medians, and how many times as long the others take:",
  min: "Fastest samples, which other programs disturbed least:",
} as const

/** One line for each case, of medians or of minima. */
export function summaryLines(results: readonly CaseResult[], by: keyof typeof titles): string[] {
  const first = results[0]
  if (first === undefined) return []
  const [ours, ...rivals] = first.outcomes.map(({ contestant }) => contestant)
  const heading = ["", `${ours}`, "of limit", ...rivals]
  const rows = results.map((result) => {
    const [base, ...others] = result.outcomes
    if (base === undefined || "failure" in base) return [`  ${result.name}`, "failed"]
    const times = ({ time }: Measured) => `${(time[by] / base.time[by]).toFixed(2)}×`
    const cells = others.map((other) => ("failure" in other ? "failed" : times(other)))
    return [`  ${result.name}`, milliseconds(base.time[by]), shareOf(result, base, by), ...cells]
  })
  return [titles[by], ...aligned([heading, ...rows])]
}
