/** All cases at a glance: Tradespace's time, its share of the limit, and how others compare. */

import type { CaseResult, Measured } from "./measure.ts"
import { aligned, milliseconds, shareOf } from "./table.ts"

export function summaryLines(results: readonly CaseResult[]): string[] {
  const first = results[0]
  if (first === undefined) return []
  const [ours, ...rivals] = first.outcomes.map(({ contestant }) => contestant)
  const heading = ["", `${ours}`, "of limit", ...rivals.map((rival) => `${rival} takes`)]
  const rows = results.map((result) => {
    const [base, ...others] = result.outcomes
    if (base === undefined || "failure" in base) return [`  ${result.name}`, "failed"]
    const cells = others.map((other) => ("failure" in other ? "failed" : times(other, base)))
    return [`  ${result.name}`, milliseconds(base.time.median), shareOf(result, base), ...cells]
  })
  return ["Medians, and how many times as long the others take:", ...aligned([heading, ...rows])]
}

/** `3.1×`: how many times as long as the base. */
function times({ time }: Measured, base: Measured): string {
  return `${(time.median / base.time.median).toFixed(2)}×`
}
