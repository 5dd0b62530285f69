/** A fit of any kind of data as it is told to people: task, findings, frontier, progress, result. */

import {
  counted,
  examplesOf,
  type FitRecord,
  type FitSettings,
  type FittedNetwork,
  metricText,
  type Offer,
  type Problem,
} from "../fit/index.ts"
import { multiply, type Size } from "../size/index.ts"
import { amount, bytes, duration, interval } from "./figures.ts"
import { billBesideQuote } from "./settlement.ts"
import { styled, table } from "./terminal.ts"

type Understood = Pick<Problem, "task" | "reasons" | "findings" | "split">

/** The task as it was understood, and what the checks found. */
export function problemText({ task, reasons, findings, split }: Understood): string {
  const classes = task.classes === undefined ? "" : ` of ${task.classes.length} classes`
  const inputs =
    task.inputs.length > 8
      ? `${task.inputs.slice(0, 7).join(", ")} and ${task.inputs.length - 7} more`
      : task.inputs.join(", ")
  const others = task.kind === "table" ? " (--target and --task decide otherwise)" : ""
  const lines = [
    `  ${task.goal}${classes}: "${task.target}" from ${counted(task.inputs.length, "input")}: ${inputs}`,
    ...reasons.map((reason) => `  ${reason}${others}`),
    `  ${split.training.toLocaleString("en-US")} ${examplesOf(task)} to learn from, ` +
      `${split.validation.toLocaleString("en-US")} to choose by, ` +
      `${split.test.toLocaleString("en-US")} to judge by; held out ${split.how}`,
  ]
  const found = findings.map(({ name, severity, message }) => {
    const mark = severity === "note" ? "" : `${severity}, `
    return `  ${styled(severity === "note" ? "dim" : "yellow", `${mark}${name}:`)} ${message}`
  })
  return [...lines, ...found].join("\n")
}

/** Networks of each size, and what they would get in the time. */
export function frontierText({ frontier }: Offer): string {
  const rows = frontier.map((row) => [
    row.chosen ? `→ ${row.choice.size}` : `  ${row.choice.size}`,
    amount(row.parameters),
    amount(row.price.work),
    `${Number((1000 * row.quote.seconds).toPrecision(3))} ms`,
    bytes(row.bytes),
    amount(row.steps),
    String(Number(row.epochs.toPrecision(3))),
    row.chosen ? "chosen" : row.remark,
  ])
  return table([
    ["size", "parameters", "work of a step", "time of a step", "memory", "steps", "epochs", ""],
    ...rows,
  ])
}

/** The price of a step, and of all steps one after another, under the RAM and the GPU model. */
export function priceText({ chosen, steps }: Offer): string {
  const { work, span, ram, gpu } = chosen.price
  const row = (name: string, size: Size): string[] => [
    name,
    amount(size),
    amount(multiply(size, steps)),
  ]
  return [
    table([
      ["", "one step", `${amount(steps)} steps`],
      row("work, in scalar operations", work),
      row("span, the longest chain of them", span),
      row("RAM model: time on 1 thread", ram.time),
      ["           memory", bytes(ram.memory), bytes(ram.memory)],
      row("GPU model: time", gpu.time),
      ["           threads", amount(gpu.threads), amount(gpu.threads)],
      ["           memory", bytes(gpu.memory), bytes(gpu.memory)],
    ]),
    "  One scalar operation is one unit of work and one step of time, on any machine.",
  ].join("\n")
}

/** What the fit will take. */
export function offerText({ problem, quote, steps, epochs, checks, chosen }: Offer): string {
  const examples = problem.task.kind === "text" ? "windows" : examplesOf(problem.task)
  return (
    `  ${interval(quote.seconds, quote.interval)}, ${bytes(quote.bytes)}, ` +
    `${quote.threads} ${quote.threads === 1 ? "thread" : "threads"} of the device ${quote.device}: ` +
    `${amount(steps)} steps of ${chosen.choice.recipe.batch} ${examples}, ` +
    `${Number(epochs.toPrecision(3))} epochs, ${checks} looks at what is held out`
  )
}

type Progress = Parameters<NonNullable<FitSettings["onProgress"]>>[0]

/** One line of progress. */
export function progressLine(progress: Progress): string {
  const { step, steps, loss, score, examplesPerSecond, secondsLeft } = progress
  return [
    `step ${step}/${steps}`,
    `loss ${loss.toFixed(4)}`,
    `held-out ${score === undefined ? "–" : Number(score.toPrecision(4))}`,
    Number.isFinite(secondsLeft) ? `${Math.ceil(secondsLeft)} s left` : "",
    `${Math.round(examplesPerSecond || 0).toLocaleString("en-US")} examples/s`,
    bytes(progress.bytes),
  ]
    .filter((part) => part !== "")
    .join("  ")
}

/** The bill beside the quote, and whether the deadline was kept. */
export function endingText({ quote, bill, deadline, secondsInAll }: FitRecord): string {
  const whole =
    deadline === null
      ? `  ${duration(secondsInAll)} in all`
      : `  ${duration(secondsInAll)} in all, of the ${duration(deadline)} allowed`
  return `${billBesideQuote(quote, bill)}\n${whole}`
}

/** How good the network is, beside simpler ways, and what to do next. */
export function resultText({ record, task }: FittedNetwork, folder: string): string {
  const { validation, test, bestStep, steps, standings, verdict } = record
  const judged = test ?? validation
  const examples = examplesOf(task)
  const rows = Object.keys(judged).map((name) => {
    const text = (figures: Readonly<Record<string, number>>): string =>
      name === task.metric.name
        ? metricText(task.metric, figures[name])
        : String(Number(figures[name].toPrecision(4)))
    return [name, ...(test === null ? [] : [text(test)]), text(validation)]
  })
  const lines = [
    table([
      [
        "",
        ...(test === null ? [] : [`test ${examples}`]),
        `held-out ${examples} (step ${bestStep} of ${steps})`,
      ],
      ...rows,
    ]),
  ]
  if (standings.length > 0) {
    lines.push(
      "",
      table(standings.map(({ name, score }) => [name, metricText(task.metric, score)])),
    )
  }
  if (verdict !== "") lines.push("", `  ${verdict}`)
  lines.push(
    "",
    `  Saved in ${styled("bold", folder)}: open ${folder}/report.html;`,
    `  tradespace predict ${folder} FILE predicts, tradespace serve ${folder} answers over HTTP.`,
  )
  return lines.join("\n")
}

/** The result as plain data. */
export function recordJson({ record, task }: FittedNetwork, saved: string): object {
  return { task, ...record, saved }
}
