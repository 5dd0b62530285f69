/** The report of a learnt function: one HTML page that needs nothing from outside. */

import { htmlTable, paragraph } from "../report/html.ts"
import { stylesheet } from "../report/style.ts"
import { escaped, plot } from "../report/svg.ts"
import type { Learning } from "./learn.ts"
import { reportRows } from "./report.ts"

export function functionReport({ machine, report }: Learning, source: string): string {
  const { rivals, history, learner, deviation } = report
  const short = (value: number): string => String(Number(value.toPrecision(3)))
  const inputs = machine.box.axes.map((axis) => [
    axis.name,
    axis.kind === "words" ? axis.words.join(", ") : `${axis.low} to ${axis.high}`,
    { real: "numbers", int: "whole numbers", words: "words" }[axis.kind],
  ])
  const bounds = plot([{ name: "", points: history.map(({ calls, bound }) => [calls, bound]) }], {
    x: "calls of the function",
    y: "bound of the error",
    title: "The ensemble's bound after each round of calls",
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(source)}</title><style>${stylesheet}</style></head><body><main>
<header><p class="kicker">a function learnt from its own answers</p><h1>${escaped(source)}</h1>
<p class="verdict">${escaped(
    `${learner[0].toUpperCase()}${learner.slice(1)} stands in for it: for ${short(100 * report.confidence)} % of ` +
      `inputs its error is at most ${short(report.bound)}, where outputs vary by ${short(deviation)}.`,
  )}</p></header>
<section><h2>What it is worth</h2>${htmlTable([["", ""], ...reportRows(report)])}
${paragraph(
  "The bound holds on the average over inputs drawn evenly from the domain, not at each of them, " +
    "and not for inputs drawn otherwise.",
)}</section>
<section><h2>Against other ways</h2>${htmlTable([
    ["", "root mean square error on calls that neither has seen"],
    ...rivals.map(({ name, error }) => [name, short(error)]),
    ["the mean of all outputs", short(deviation)],
  ])}</section>
<section><h2>Learning</h2>${bounds}</section>
<section><h2>The domain</h2>${htmlTable([["input", "from", ""], ...inputs])}</section>
</main></body></html>
`
}
