/** The parts of a report that are about a table: errors, classes, calibration, importance. */

import { cellOf, columnOf } from "../../data/index.ts"
import { beside, htmlTable, paragraph } from "../report/html.ts"
import type { Section } from "../report/section.ts"
import { bars, escaped, plot, short } from "../report/svg.ts"
import { bestOf, type Classes } from "../training/class-weights.ts"
import type { Importance } from "./importance.ts"
import { calibrationOf, confusionOf, type Judged } from "./table-evaluation.ts"
import type { TableTask } from "./table-task.ts"
import type { LabelledRows } from "./training-rows.ts"

/** Rows that are shown of the worst errors. */
const shownErrors = 10
/** Points in a plot of residuals. */
const mostPoints = 1200
/** Classes that a confusion matrix shows. */
const mostShown = 20

export function tableSections(
  task: TableTask,
  judged: Judged,
  rows: LabelledRows,
  importance: readonly Importance[],
): Section[] {
  const { classes, classWeights } = task
  const own =
    classes === undefined
      ? [residuals(task, judged)]
      : [
          confusion({ classes, classWeights }, judged),
          calibration({ classes, classWeights }, judged),
        ]
  return [...own, worstErrors(task, judged, rows), importanceSection(task, importance)]
}

function residuals({ target }: TableTask, { found, truth }: Judged): Section {
  const stride = Math.max(1, Math.ceil(truth.length / mostPoints))
  const points = Array.from({ length: Math.floor(truth.length / stride) }, (_, i) => i * stride)
  const low = Math.min(...points.map((row) => Math.min(truth[row], found[row])))
  const high = Math.max(...points.map((row) => Math.max(truth[row], found[row])))
  const scatter = plot(
    [
      { name: "", points: points.map((row) => [truth[row], found[row]] as const), dots: true },
      {
        name: "",
        points: [
          [low, low],
          [high, high],
        ],
        colour: 1,
        dashed: true,
      },
    ],
    { x: `true ${target}`, y: "predicted", title: "Predicted beside true values" },
  )
  const errors = Array.from(truth, (value, row) => found[row] - value).sort((a, b) => a - b)
  const quantile = (share: number): number => errors[Math.floor(share * (errors.length - 1))]
  const histogram = histogramOf(errors, quantile(0.005), quantile(0.995))
  return {
    title: "Residuals",
    html:
      beside(
        scatter,
        plot([{ name: "", points: histogram }], {
          x: "predicted − true",
          y: "rows",
          title: "How often errors of each size occur",
        }),
      ) +
      paragraph(
        `Half of the errors lie between ${short(quantile(0.25))} and ${short(quantile(0.75))}, ` +
          `nine in ten between ${short(quantile(0.05))} and ${short(quantile(0.95))}.`,
      ),
  }
}

function histogramOf(
  values: readonly number[],
  low: number,
  high: number,
): (readonly [number, number])[] {
  const bins = 40
  const counts = new Array<number>(bins).fill(0)
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low || 1)) * bins)
    if (bin >= 0 && bin < bins) counts[bin]++
  }
  return counts.map((count, bin) => [low + ((bin + 0.5) / bins) * (high - low), count] as const)
}

/** The confusion matrix, and precision, recall and F1 of each class. */
export function confusion(task: Classes, judged: Judged, noun = "rows"): Section {
  const { classes, classWeights } = task
  const matrix = confusionOf(judged, task)
  const shown = classes.slice(0, mostShown)
  const cells = shown.map((name, label) => {
    const sum = matrix[label].reduce((a, b) => a + b, 0)
    const columns = shown.map((_, found) => {
      const count = matrix[label][found]
      const share = sum === 0 ? 0 : count / sum
      const kind = label === found ? "right" : "wrong"
      return `<td class="n ${kind}" style="--share:${share.toFixed(3)}">${count}</td>`
    })
    return `<tr><th>${escaped(name)}</th>${columns.join("")}</tr>`
  })
  const head = shown.map((name) => `<th>${escaped(name)}</th>`).join("")
  const figures = classes.map((name, label) => {
    const right = matrix[label][label]
    const there = matrix[label].reduce((a, b) => a + b, 0)
    const told = matrix.reduce((sum, row) => sum + row[label], 0)
    const precision = told === 0 ? 0 : right / told
    const recall = there === 0 ? 0 : right / there
    const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
    const weight = classWeights === undefined ? [] : [short(classWeights[label])]
    return [name, there, ...weight, ...[precision, recall, f1].map((share) => share.toFixed(3))]
  })
  return {
    title: "Classes",
    html:
      `<div class="scroll"><table class="confusion"><thead><tr><th>true \\ found</th>${head}</tr>` +
      `</thead><tbody>${cells.join("")}</tbody></table></div>` +
      (classes.length > mostShown
        ? paragraph(`The first ${mostShown} of ${classes.length} classes are shown.`)
        : "") +
      htmlTable([
        ["class", noun, ...(classWeights === undefined ? [] : ["weight"]), ...shares],
        ...figures,
      ]) +
      (classWeights === undefined
        ? ""
        : paragraph(
            "Each example counted as its class's weight in training. Probabilities have the weights " +
              "taken back, so that they are those of the data; the class that is told is the one of " +
              "the greatest probability × weight, which may be below one half.",
          )),
  }
}

const shares = ["precision", "recall", "F1"]

/** How sure the network was, beside how often it was right. */
export function calibration(task: Classes, judged: Judged): Section {
  const { bins, error } = calibrationOf(judged, task)
  const filled = bins.filter(({ count }) => count > 0)
  const points = filled.map(({ count, sure, right }) => [sure / count, right / count] as const)
  return {
    title: "Calibration",
    html:
      plot(
        [
          { name: "the network", points },
          {
            name: "perfect",
            points: [
              [0, 0],
              [1, 1],
            ],
            colour: 1,
            dashed: true,
          },
        ],
        {
          x: "how sure it was",
          y: "how often it was right",
          xRange: [0, 1],
          yRange: [0, 1],
          title: "Sureness beside being right",
        },
      ) +
      paragraph(
        `The expected calibration error is ${(100 * error).toFixed(2)} %: so far is it, on the ` +
          "average, from being right as often as it is sure.",
      ),
  }
}

function worstErrors(task: TableTask, judged: Judged, { table }: LabelledRows): Section {
  const { found, truth } = judged
  const { classes: names, classWeights } = task
  const classes = names?.length ?? 0
  const error = (row: number): number =>
    classes === 0 ? Math.abs(found[row] - truth[row]) : 1 - found[row * classes + truth[row]]
  const order = Array.from(truth.keys()).sort((a, b) => error(b) - error(a))
  const inputs = task.inputs.slice(0, 8)
  const rows = order.slice(0, shownErrors).map((row) => {
    const best = names === undefined ? 0 : bestOf(found, row, { classes: names, classWeights })
    const predicted =
      names === undefined
        ? short(found[row])
        : `${names[best]} (${(100 * found[row * classes + best]).toFixed(0)} %)`
    const actual = names === undefined ? short(truth[row]) : names[truth[row]]
    const cells = inputs.map((name) => {
      const cell = cellOf(columnOf(table, name), row)
      return typeof cell === "number" ? short(cell) : (cell ?? "missing")
    })
    return [actual, predicted, ...cells]
  })
  return {
    title: "Worst errors",
    html:
      paragraph("The judged rows that it is most wrong about: look here for faults in the data.") +
      htmlTable([[`true ${task.target}`, "predicted", ...inputs], ...rows]),
  }
}

function importanceSection(task: TableTask, importance: readonly Importance[]): Section {
  const unit = task.metric.unit === "share" ? 100 : 1
  return {
    title: "What matters",
    html:
      paragraph(
        `By how much the ${task.metric.name} becomes worse when the cells of one input are ` +
          "shuffled among the rows; inputs that say the same share their importance.",
      ) +
      bars(
        importance.slice(0, 20).map(({ input, worse }) => ({
          name: input,
          value: worse,
          text: `${short(worse * unit)}${unit === 100 ? " points" : ""}`,
        })),
        `Permutation importance, in ${task.metric.name}`,
      ),
  }
}
