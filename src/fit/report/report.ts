/** The report of a fit: one HTML page that needs nothing from outside. */

import type { FitRecord } from "../record.ts"
import { isBetter, metricText, type Task } from "../task.ts"
import { beside, htmlTable, paragraph } from "./html.ts"
import type { Section } from "./section.ts"
import { stylesheet } from "./style.ts"
import { escaped, plot, short } from "./svg.ts"

/** The page: what is common to all kinds of data, around the sections of a kind. */
export function reportOf(task: Task, record: FitRecord, sections: readonly Section[]): string {
  const parts: readonly Section[] = [
    { title: "Against simpler ways", html: comparison(task, record) },
    { title: "The fit", html: curves(task, record) },
    ...sections,
    { title: "The data", html: data(task, record) },
    { title: "Space for time", html: prices(record) },
    { title: "Again", html: again(record) },
  ]
  const judged = record.test ?? record.validation
  const score = judged[task.metric.name]
  const where = record.test === null ? "held-out" : "test"
  const body = parts.map(
    ({ title, html }) => `<section><h2>${escaped(title)}</h2>${html}</section>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(task.target)} from ${escaped(nameOf(record.source))}</title>
<style>${stylesheet}</style></head><body><main>
<header><p class="kicker">${escaped(task.goal)}</p>
<h1>${escaped(task.target)} <small>from ${escaped(nameOf(record.source))}</small></h1>
<div class="tiles">
${tile(metricText(task.metric, score), `${task.metric.name} on ${where} data`)}
${tile(record.parameters.toLocaleString("en-US"), `parameters, size ${record.size}`)}
${tile(`${record.bill.seconds.toFixed(1)} s`, `${record.steps.toLocaleString("en-US")} steps of training`)}
${tile(record.split.training.toLocaleString("en-US"), "examples learned from")}
</div>${record.verdict === "" ? "" : `<p class="verdict">${escaped(record.verdict)}</p>`}</header>
${body.join("\n")}
</main></body></html>
`
}

function nameOf(source: string): string {
  return source.split(/[\\/]/).at(-1) ?? source
}

function tile(figure: string, what: string): string {
  return `<div class="tile"><b>${escaped(figure)}</b><span>${escaped(what)}</span></div>`
}

function comparison({ metric }: Task, { standings, validation, test }: FitRecord): string {
  const order = standings.toSorted((a, b) =>
    a.score === b.score ? 0 : isBetter(metric, a.score, b.score) ? -1 : 1,
  )
  const rows = order.map(({ name, score, seconds }) => [
    name,
    metricText(metric, score),
    seconds === undefined ? "" : `${seconds.toFixed(1)} s`,
  ])
  const names = Object.keys(test ?? validation)
  const figures = names.map((name) => [
    name,
    ...(test === null ? [] : [short4(test[name])]),
    short4(validation[name]),
  ])
  const compared = rows.length === 0 ? "" : htmlTable([["", metric.name, "time to fit"], ...rows])
  return (
    compared +
    htmlTable([["all figures", ...(test === null ? [] : ["test"]), "held out"], ...figures])
  )
}

function short4(value: number): string {
  return String(Number(value.toPrecision(4)))
}

function curves({ metric }: Task, record: FitRecord): string {
  const { history, bestStep, steps, stepsPlanned, events, deadline, secondsInAll } = record
  const of = (pick: (point: (typeof history)[number]) => number) =>
    history.map((point) => [point.step, pick(point)] as const)
  const losses = plot([{ name: "training loss", points: of(({ loss }) => loss) }], {
    x: "step",
    y: "loss",
    title: "Loss on the examples that are learned from",
  })
  const scores = plot([{ name: "held out", points: of(({ score }) => score), colour: 1 }], {
    x: "step",
    y: metric.name,
    title: `${metric.name} on held-out examples; the weights of step ${bestStep} were kept`,
  })
  const sentences = [
    `It took ${steps.toLocaleString("en-US")} steps, of ${stepsPlanned.toLocaleString("en-US")} ` +
      `planned; the best weights are those after step ${bestStep.toLocaleString("en-US")}.`,
    deadline === null
      ? `All together took ${secondsInAll.toFixed(1)} s.`
      : `All together took ${secondsInAll.toFixed(1)} s of the ${deadline} s allowed.`,
    ...events.map((event) => `${event[0].toUpperCase()}${event.slice(1)}.`),
  ]
  return beside(losses, scores) + sentences.map(paragraph).join("")
}

function data({ inputs, classes }: Task, { findings, split, reasons }: FitRecord): string {
  const found = findings.map(
    ({ name, severity, message }) =>
      `<li class="${severity}"><b>${escaped(name)}</b> ${escaped(message)}.</li>`,
  )
  return (
    htmlTable([
      ["", "examples"],
      ["to learn from", split.training.toLocaleString("en-US")],
      ["to choose the best weights by", split.validation.toLocaleString("en-US")],
      ["to judge by", split.test.toLocaleString("en-US")],
    ]) +
    paragraph(`Held out ${split.how}.`) +
    paragraph(`Inputs: ${inputs.join(", ")}.`) +
    (classes === undefined ? "" : paragraph(`Classes: ${classes.join(", ")}.`)) +
    reasons.map((reason) => paragraph(`${reason[0].toUpperCase()}${reason.slice(1)}.`)).join("") +
    (found.length === 0
      ? paragraph("The checks before training found nothing out of the ordinary.")
      : `<ul class="findings">${found.join("")}</ul>`)
  )
}

function prices({ frontier, price, quote, bill, environment, options }: FitRecord): string {
  const rows = frontier.map((row) => [
    row.chosen ? `${row.size} (chosen)` : row.size,
    row.parameters.toLocaleString("en-US"),
    `${short(1000 * row.secondsPerStep)} ms`,
    `${short(row.bytes / 1e6)} MB`,
    row.steps.toLocaleString("en-US"),
    short(row.epochs),
    row.remark,
  ])
  return (
    paragraph(
      "What the time would have bought at each size, by quotes made before the fit: larger " +
        "networks take more memory and get fewer steps.",
    ) +
    htmlTable([
      ["size", "parameters", "time of a step", "memory", "steps", "epochs", ""],
      ...rows,
    ]) +
    htmlTable([
      ["", "bill", "quote"],
      ["time of all steps and looks", `${short(bill.seconds)} s`, `${short(quote.seconds)} s`],
      ["memory", `${short(bill.bytes / 1e6)} MB`, `${short(quote.bytes / 1e6)} MB`],
      ["threads", bill.threads, quote.threads],
      ["operands of products", options.precision ?? "float32", options.precision ?? "float32"],
    ]) +
    htmlTable([
      ["price of one step", ""],
      ["work, in scalar operations", price.work.toLocaleString("en-US")],
      ["span, the longest chain of them", price.span.toLocaleString("en-US")],
      ["threads that it could use", price.gpuThreads.toLocaleString("en-US")],
      ["memory on one thread", `${short(price.ramMemory / 1e6)} MB`],
    ]) +
    paragraph(
      Object.entries(environment)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    )
  )
}

function again({ command, options, recipe }: FitRecord): string {
  return (
    paragraph("The same data, seed and steps on the same kind of machine give the same bits:") +
    `<pre>${escaped(command)}</pre>` +
    `<details><summary>Settings and recipe</summary><pre>${escaped(
      JSON.stringify({ options, recipe }, undefined, 2),
    )}</pre></details>`
  )
}
