/** A table, ready to be learned from. */

import {
  columnOf,
  type Files,
  type ReadTableOptions,
  readTable,
  selectRows,
  type Table,
} from "../../data/index.ts"
import { classTask, requireWeighting } from "../class-weights.ts"
import type { Examples } from "../examples.ts"
import { DataError, type Finding, requireNoErrors, SettingError } from "../finding.ts"
import { readAll } from "../inference.ts"
import type { NetworkChoice, Problem, SolverOptions } from "../solver.ts"
import type { Goal } from "../task.ts"
import type { Score } from "../trainer.ts"
import type { DescentPrograms } from "../training-programs.ts"
import type { NamedArrays } from "../weights.ts"
import { batchOf, type FeatureRows, featureRows, learnFeatures } from "./features.ts"
import { FittedTable, objectiveOf, type TablePreprocessing } from "./fitted-table.ts"
import { baselineStandings } from "./table-baselines.ts"
import { scoreOf } from "./table-evaluation.ts"
import { examine, sharedRows, timeFindings } from "./table-findings.ts"
import { finishTable } from "./table-finish.ts"
import {
  isTableArchitecture,
  type TableArchitecture,
  tableArchitectures,
  tableChoices,
} from "./table-networks.ts"
import { rowHashes, splitTable } from "./table-split.ts"
import { classCodes, classFindings, inferTask, type TableTask } from "./table-task.ts"

/** Rows with their targets. */
export interface LabelledRows {
  readonly table: Table
  readonly rows: FeatureRows
  /** Values as they are, or class numbers. */
  readonly truth: Float64Array
}

/** Bytes that a cell takes on its way from the file to the network, about. */
const cellBytes = 24
/** Rows held out for the choice of weights, at most. */
const mostValidation = 20_000

export async function tableProblem(
  source: string,
  options: SolverOptions,
  files: Files,
): Promise<Problem> {
  const { seed, memory, delimiter, test: testSource, classWeights: weighting } = options
  requireWeighting(weighting)
  const found = { delimiter, seed, files }
  const read = await readTable(source, {
    ...found,
    mostRows: memory === undefined ? undefined : await rowsWithin(memory, source, found),
  })
  const task = inferTask(read, { target: options.target, goal: goalOf(options.task) })
  if (weighting !== undefined && task.goal === "regression") {
    throw new SettingError(
      `classWeights is ${weighting}, where "${task.target}" holds amounts and no classes`,
    )
  }
  const findings: Finding[] = []
  const table = withTarget(read, task, findings)
  const targets = targetsOf(table, task)
  const leftOut = new Set(options.leaveOut)
  for (const name of leftOut) columnOf(table, name)
  const asked = task.inputs.filter((name) => !leftOut.has(name) && name !== options.group)
  const examination = examine(table, { ...task, inputs: asked }, targets)
  findings.push(...examination.findings, ...timeFindings(table, options.time !== undefined))
  requireNoErrors(findings)
  const codes = task.goal === "classification" ? Int32Array.from(targets) : undefined
  if (codes !== undefined) findings.push(...classFindings(codes, task, weighting))
  const testTable =
    testSource === undefined ? undefined : await readTest(testSource, files, table, task)
  if (testTable !== undefined) findings.push(...sharedRows(table, testTable))
  const split = splitTable(table, {
    test: testTable === undefined ? (options.testShare ?? 0.2) : 0,
    validation: Math.min(options.validationShare ?? 0.16, mostValidation / table.rows),
    seed,
    group: options.group === undefined ? undefined : columnOf(table, options.group),
    time: options.time === undefined ? undefined : columnOf(table, options.time),
    classes: codes,
  })
  const training = selectRows(table, split.training)
  const features = learnFeatures(training, examination.inputs)
  if (features.numbers.length + features.categories.length === 0) {
    throw new DataError(`no column of ${table.name} is left to predict "${task.target}" from`)
  }
  const labelled = (part: Table): LabelledRows => ({
    table: part,
    rows: featureRows(part, features),
    truth: targetsOf(part, task),
  })
  const own = labelled(training)
  const validation = labelled(selectRows(table, split.validation))
  const test = labelled(testTable ?? selectRows(table, split.test))
  const used = features.numbers.concat().map(({ column }) => column)
  const inputs = [...new Set([...used, ...features.categories.map(({ column }) => column)])]
  const scaling = scalingOf(own.truth, task)
  const preprocessing: TablePreprocessing = {
    features,
    ignored: task.inputs.filter((name) => !inputs.includes(name)),
    scaling,
  }
  const finalTask: TableTask = {
    ...task,
    inputs,
    ...(task.classes && classTask(weighting, own.truth, task.classes.length)),
  }
  const architecture = architectureOf(options.network)
  const outputs = task.classes?.length ?? 1
  // Before the descent, so that only it has to keep the time.
  const judged = test.rows.rows > 0 ? test : validation
  const baselines = baselineStandings(
    finalTask,
    features,
    { training: own, validation, judged },
    seed,
  )
  const examples = trainingExamples(own, finalTask, preprocessing)
  const look = trainingExamples(validation, finalTask, preprocessing)
  return {
    task: finalTask,
    reasons: task.reasons,
    findings,
    split: {
      training: own.rows.rows,
      validation: validation.rows.rows,
      test: test.rows.rows,
      how: testSource === undefined ? split.how : `${split.how}; the test rows are ${testSource}`,
    },
    fingerprint: fingerprintOf(table, task, seed),
    examples,
    choices: tableChoices(architecture, features, own.rows, outputs),
    objective: objectiveOf(finalTask),
    wantedSteps: 2500,
    mostEpochs: 60,
    secondsAfter: 1 + own.rows.rows / 15_000,
    check: (_choice, programs, weights) =>
      checkRows(programs, weights, look, validation, finalTask, scaling),
    finish: (choice: NetworkChoice, weights) => {
      const fitted = new FittedTable(finalTask, choice.network, weights, preprocessing)
      return finishTable(fitted, { validation, test, baselines }, seed)
    },
  }
}

async function checkRows(
  programs: DescentPrograms,
  weights: NamedArrays,
  examples: Examples,
  { truth }: LabelledRows,
  task: TableTask,
  { mean, deviation }: TablePreprocessing["scaling"],
): Promise<Score> {
  const found = await readAll(programs.readout, weights, examples, task.classes?.length ?? 1)
  const told = task.goal === "regression" ? found.map((value) => value * deviation + mean) : found
  return scoreOf(task, { found: told, truth })
}

/** Rows and targets as the trainer takes them: a regression's targets have mean 0 and deviation 1. */
function trainingExamples(
  { rows, truth }: LabelledRows,
  { goal }: TableTask,
  { features, scaling }: TablePreprocessing,
): Examples {
  const counts = [features.numbers.length, features.categories.length] as const
  const isClass = goal === "classification"
  const scaled = truth.map((value) => (value - scaling.mean) / scaling.deviation)
  return {
    count: rows.rows,
    gather(chosen) {
      const target = isClass
        ? Int32Array.from(chosen, (row) => truth[row])
        : Float32Array.from(chosen, (row) => scaled[row])
      return { ...batchOf(rows, counts, chosen), target: { data: target, shape: [chosen.length] } }
    },
  }
}

function scalingOf(truth: Float64Array, { goal }: TableTask): TablePreprocessing["scaling"] {
  if (goal === "classification") return { mean: 0, deviation: 1 }
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length
  const square = truth.reduce((sum, value) => sum + (value - mean) ** 2, 0) / truth.length
  return { mean, deviation: Math.sqrt(square) || 1 }
}

/** Class numbers or values of the target, row by row; −1 or NaN where there is none. */
function targetsOf(table: Table, task: TableTask): Float64Array {
  const column = columnOf(table, task.target)
  if (task.classes !== undefined) return Float64Array.from(classCodes(column, task.classes))
  return column.form === "numbers" ? column.values : new Float64Array(table.rows).fill(Number.NaN)
}

/** The rows whose target is known. */
function withTarget(table: Table, task: TableTask, findings: Finding[]): Table {
  const targets = targetsOf(table, task)
  const missing = task.goal === "classification" ? -1 : Number.NaN
  const known = Uint32Array.from(targets.keys()).filter((row) => !Object.is(targets[row], missing))
  if (known.length === table.rows) return table
  findings.push({
    name: "missing-target",
    severity: "warning",
    message:
      `${table.rows - known.length} of ${table.rows} rows of ${table.name} have no known ` +
      `"${task.target}": they are left out`,
  })
  if (known.length === 0)
    throw new DataError(`no row of ${table.name} has a known "${task.target}"`)
  return selectRows(table, known)
}

async function readTest(
  source: string,
  files: Files,
  training: Table,
  task: TableTask,
): Promise<Table> {
  const table = await readTable(source, { files })
  for (const { name } of training.columns) columnOf(table, name)
  return withTarget(table, task, [])
}

function goalOf(text: string | undefined): Goal | undefined {
  if (text === undefined || text === "classification" || text === "regression") return text
  throw new SettingError(`task is ${text}, which must be classification or regression for a table`)
}

function architectureOf(name = "tabm-mini"): TableArchitecture {
  if (isTableArchitecture(name)) return name
  throw new SettingError(
    `network is ${name}, which must be one of ${tableArchitectures.join(", ")}`,
  )
}

/** Rows whose cells fit half of the memory, by a look at the file's size. */
async function rowsWithin(
  memory: number,
  source: string,
  options: ReadTableOptions,
): Promise<number> {
  const { columns, rows } = await readTable(source, { ...options, mostRows: 100 })
  const perRow = cellBytes * columns.length
  return Math.max(rows, Math.floor(memory / 2 / perRow))
}

/** What identifies rows, target and split. */
function fingerprintOf(table: Table, task: TableTask, seed: number): string {
  const sum = rowHashes(table, seed).reduce((total, hash) => (total * 31 + hash) >>> 0, 0)
  return [table.rows, table.columns.length, task.target, task.goal, sum.toString(16)].join("-")
}
