/** Labelled texts, ready to be learned from. */

import {
  columnOf,
  type Files,
  habitOf,
  readTable,
  selectRows,
  type Table,
} from "../../data/index.ts"
import { DataError, type Finding, SettingError } from "../finding.ts"
import { firstToken } from "../networks/text-encoder.ts"
import { headerFindings } from "../reading-findings.ts"
import { requireNotLeftOut, requireRead } from "../settings.ts"
import type { Problem, SolverOptions } from "../solver.ts"
import { scoreOf } from "../tables/table-evaluation.ts"
import { splitTable } from "../tables/table-split.ts"
import { classCodes, classFindings, inferTask, type TableTask } from "../tables/table-task.ts"
import { classTask, requireWeighting } from "../training/class-weights.ts"
import { readAll } from "../training/inference.ts"
import { crossEntropies } from "../training/objective.ts"
import { finishClassifier } from "./classifier-finish.ts"
import { architectureOf, choicesOf, isTextNetwork, longest } from "./classifier-networks.ts"
import { FittedTextClassifier, type TextTask, textsTogether } from "./fitted-classifier.ts"
import {
  contextFor,
  type LabelledTexts,
  spaced,
  textColumns,
  textsOf,
  tokenRows,
} from "./labelled-texts.ts"
import { textBaselines } from "./text-baselines.ts"
import { tokenExamples } from "./text-examples.ts"
import { tokenizerOf, tokenSettings, tokensText } from "./tokens.ts"

/** Byte pairs that are learned, unless another cut is asked for. */
const usualTokens = "4000"
/** Texts held out for the choice of weights, at most. */
const mostValidation = 5000

export async function classifierProblem(
  source: string,
  options: SolverOptions,
  files: Files,
): Promise<Problem> {
  const { seed, delimiter, header, test: testSource, classWeights: weighting } = options
  requireRead(options, "a table of texts")
  requireWeighting(weighting)
  if (options.task !== undefined && options.task !== "classification") {
    throw new SettingError(
      `task is ${options.task}, where a table of texts has only classification`,
    )
  }
  const architecture = architectureOf(options.network)
  const read = await readTable(source, { delimiter, header, files })
  const like = habitOf(read, options)
  const { text, label } = textColumns(read, options)
  requireNotLeftOut(label, options.leaveOut)
  const both = { ...read, columns: [columnOf(read, text), columnOf(read, label)] }
  const inferred = inferTask(both, { target: label, goal: "classification" })
  const { classes = [] } = inferred
  const findings = headerFindings(both)
  const table = usable(both, text, inferred, findings)
  const codes = classCodes(columnOf(table, label), classes)
  findings.push(...classFindings(codes, inferred, weighting), ...contradictions(table, text, codes))
  const testTable =
    testSource === undefined
      ? undefined
      : usable(await readTable(testSource, { like, files }), text, inferred, [])
  const split = splitTable(table, {
    test: testTable === undefined ? (options.testShare ?? 0.2) : 0,
    validation: Math.min(options.validationShare ?? 0.16, mostValidation / table.rows),
    seed,
    group: options.group === undefined ? undefined : columnOf(read, options.group),
    classes: codes,
  })
  const labelled = (part: Table): LabelledTexts => ({
    texts: textsOf(part, text),
    labels: classCodes(columnOf(part, label), classes),
  })
  const training = labelled(selectRows(table, split.training))
  const validation = labelled(selectRows(table, split.validation))
  const test = labelled(testTable ?? selectRows(table, split.test))
  const settings = await tokenSettings(
    training.texts.map(spaced).join("\n"),
    options.tokens ?? usualTokens,
  )
  const tokenizer = await tokenizerOf(settings)
  const context =
    contextOf(options.context) ?? contextFor(training.texts, tokenizer, longest[architecture])
  const rows = tokenRows(training.texts, tokenizer, context)
  if (rows.cut > 0) findings.push(cutTexts(rows.cut, training.texts.length, context))
  const task: TextTask = {
    kind: "text",
    goal: "classification",
    inputs: [text],
    target: label,
    classes,
    ...classTask(weighting, training.labels, classes.length),
  }
  // Before the descent, so that only it has to keep the time.
  const judged = test.texts.length > 0 ? test : validation
  const baselines = textBaselines(task, training, validation, judged)
  const look = tokenExamples(tokenRows(validation.texts, tokenizer, context).data, context)
  const truth = Float64Array.from(validation.labels)
  return {
    task,
    reasons: [
      `"${text}" holds texts and "${label}" their ${classes.length} classes`,
      `texts become small letters, cut into ${tokensText(settings, tokenizer.vocabulary)}`,
      `${context - 1} tokens of each are read together`,
    ],
    findings,
    split: {
      training: training.texts.length,
      validation: validation.texts.length,
      test: test.texts.length,
      how: testSource === undefined ? split.how : `${split.how}; the test texts are ${testSource}`,
    },
    fingerprint: [table.rows, context, tokenizer.vocabulary, hash(rows.data), seed].join("-"),
    examples: tokenExamples(rows.data, context, training.labels),
    choices: choicesOf[architecture](tokenizer.vocabulary + firstToken, context, classes.length),
    objective: crossEntropies({ weights: task.classWeights }),
    wantedSteps: Math.max(300, Math.min(2000, Math.round(training.texts.length / 4))),
    mostEpochs: 20,
    secondsAfter: 1 + judged.texts.length / 500,
    check: async (_choice, programs, weights) => {
      const found = await readAll(programs.readout, weights, look, classes.length, textsTogether)
      return scoreOf(task, { found, truth })
    },
    finish: ({ network }, weights) => {
      if (!isTextNetwork(network.settings)) throw new TypeError("texts have another network")
      const kept = { tokens: settings, reading: like }
      const fitted = new FittedTextClassifier(task, network, network.settings, weights, kept)
      return finishClassifier(fitted, { validation, test, baselines })
    },
  }
}

/** Rows that have both a text and a known class. */
function usable(table: Table, text: string, task: TableTask, findings: Finding[]): Table {
  const codes = classCodes(columnOf(table, task.target), task.classes ?? [])
  const texts = textsOf(table, text)
  const kept = Uint32Array.from(codes.keys()).filter((row) => codes[row] >= 0 && texts[row] !== "")
  if (kept.length === table.rows) return table
  if (kept.length === 0) {
    throw new DataError(`no row of ${table.name} has both a "${text}" and a known "${task.target}"`)
  }
  findings.push({
    name: "missing-text-or-class",
    severity: "warning",
    message:
      `${table.rows - kept.length} of ${table.rows} rows of ${table.name} lack a text or a known ` +
      "class: they are left out",
  })
  return selectRows(table, kept)
}

function contradictions(table: Table, text: string, codes: Int32Array): Finding[] {
  const known = new Map<string, number>()
  let count = 0
  for (const [row, own] of textsOf(table, text).entries()) {
    const other = known.get(own)
    if (other !== undefined && other !== codes[row]) count++
    known.set(own, codes[row])
  }
  if (count === 0) return []
  return [
    {
      name: "contradicting-labels",
      severity: "warning",
      message: `${count} texts occur again with another class: no classifier can be right on both`,
    },
  ]
}

function cutTexts(cut: number, texts: number, context: number): Finding {
  return {
    name: "cut-texts",
    severity: cut > 0.2 * texts ? "warning" : "note",
    message:
      `${cut} of ${texts} texts are longer than ${context - 1} tokens: only their beginnings are ` +
      "read (more with --context)",
  }
}

function contextOf(asked: number | undefined): number | undefined {
  if (asked === undefined) return undefined
  if (!Number.isInteger(asked) || asked < 8 || asked > 4096) {
    throw new SettingError(`context is ${asked}, which must be a whole number from 8 to 4096`)
  }
  return asked
}

function hash(tokens: Int32Array): string {
  return tokens.reduce((sum, token) => (Math.imul(sum, 31) + token) >>> 0, 0).toString(16)
}
