/** What comes out of a fit for labelled texts: figures, the comparison with counting, the report. */

import { htmlTable, paragraph } from "../report/html.ts"
import type { Section } from "../report/section.ts"
import type { Finish } from "../solver.ts"
import { verdictOf } from "../tables/table-baselines.ts"
import { figuresOf, type Judged } from "../tables/table-evaluation.ts"
import { calibration, confusion } from "../tables/table-sections.ts"
import { bestOf } from "../training/class-weights.ts"
import type { FittedTextClassifier, TextTask } from "./fitted-classifier.ts"
import type { LabelledTexts } from "./labelled-texts.ts"
import type { TextBaselines } from "./text-baselines.ts"

export interface ClassifierParts {
  readonly validation: LabelledTexts
  /** Without texts where all were needed. */
  readonly test: LabelledTexts
  readonly baselines: TextBaselines
}

/** Texts that are shown of the worst errors, and characters of each. */
const shownErrors = 10
const shownCharacters = 200

export async function finishClassifier(
  fitted: FittedTextClassifier,
  { validation, test, baselines }: ClassifierParts,
): Promise<Finish> {
  const { task } = fitted
  const judgedOf = async ({ texts, labels }: LabelledTexts): Promise<Judged> => ({
    found: await fitted.readTexts(texts),
    truth: Float64Array.from(labels),
  })
  const held = await judgedOf(validation)
  const isTested = test.texts.length > 0
  const judged = isTested ? await judgedOf(test) : held
  const { texts } = isTested ? test : validation
  const figures = figuresOf(task, judged)
  const score = figures[task.metric.name]
  const { standings, words } = baselines
  return {
    fitted,
    validation: figuresOf(task, held),
    test: isTested ? figures : undefined,
    standings: [{ name: "the network", score }, ...standings],
    verdict: verdictOf(task, score, standings, texts.length, "texts"),
    sections: [
      confusion(task, judged, "texts"),
      calibration(task, judged),
      worstErrors(task, judged, texts),
      wordsSection(task.classes, words),
    ],
  }
}

function worstErrors(task: TextTask, { found, truth }: Judged, texts: readonly string[]): Section {
  const { classes } = task
  const error = (row: number): number => 1 - found[row * classes.length + truth[row]]
  const order = Array.from(truth.keys()).sort((a, b) => error(b) - error(a))
  const rows = order.slice(0, shownErrors).map((row) => {
    const best = bestOf(found, row, task)
    const sure = (100 * found[row * classes.length + best]).toFixed(0)
    const text = texts[row]
    const cut = text.length > shownCharacters ? `${text.slice(0, shownCharacters)} …` : text
    return [classes[truth[row]], `${classes[best]} (${sure} %)`, cut]
  })
  return {
    title: "Worst errors",
    html:
      paragraph("The judged texts that it is most wrong about: look here for faults in the data.") +
      htmlTable([["true class", "predicted", "text"], ...rows]),
  }
}

function wordsSection(classes: readonly string[], words: readonly (readonly string[])[]): Section {
  return {
    title: "Words that tell the classes",
    html:
      paragraph("By the linear model on TF-IDF, those that speak most for each class.") +
      htmlTable([
        ["class", "words"],
        ...classes.slice(0, 20).map((name, label) => [name, words[label].join(", ")]),
      ]),
  }
}
