/** A table, ready to be learned from. */

import {
  columnOf,
  type Files,
  habitOf,
  type ReadTableOptions,
  readTable,
  selectRows,
  type Table,
} from "../../data/index.ts"
import { DataError, type Finding, requireNoErrors, SettingError } from "../finding.ts"
import { readingFindings } from "../reading-findings.ts"
import { requireNotLeftOut, requireRead } from "../settings.ts"
import type { NetworkChoice, Problem, SolverOptions } from "../solver.ts"
import type { Goal } from "../task.ts"
import { classTask, requireWeighting } from "../training/class-weights.ts"
import type { Examples } from "../training/examples.ts"
import { readAll } from "../training/inference.ts"
import type { DescentPrograms } from "../training/programs.ts"
import type { Score } from "../training/trainer.ts"
import type { NamedArrays } from "../training/weights.ts"
import { featureRows, learnFeatures } from "./features.ts"
import { FittedTable, objectiveOf } from "./fitted-table.ts"
import type { TablePreprocessing } from "./known-form.ts"
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
import {
  heldPart,
  heldTraining,
  type LabelledRows,
  labelledRows,
  spilledTraining,
} from "./training-rows.ts"

/** Rows held out for the choice of weights, at most. */
const mostValidation = 20_000
/** Share of the memory that cells take; the rest is for what is made of them, and for training. */
const cellShare = 0.5
/** Rows of a larger table that are learned from, at least. */
const leastSample = 50
/** Share that rows take that are held out, or that simpler ways learn from, of a table in a file. */
const heldShare = 1 / 32
/** Bytes of a cell of those, about: as it is and as networks and trees take it. */
const heldCellBytes = 32
/** Share of the machine's memory that a file must take before its rows are counted. */
const largeShare = 1 / 16

export async function tableProblem(
  source: string,
  options: SolverOptions,
  files: Files,
): Promise<Problem> {
  const { seed, memory, test: testSource, classWeights: weighting } = options
  const { delimiter, header, commas } = options
  requireRead(options, "a table")
  requireWeighting(weighting)
  const space = memory ?? (files.areHere ? await machineMemory(source) : undefined)
  const cells = space === undefined ? undefined : cellShare * space
  const read = await readTable(source, {
    ...{ delimiter, header, commas },
    ...{ seed, memory: cells, files },
  })
  if (space !== undefined) requireSample(read, space)
  const task = inferTask(read, { target: options.target, goal: goalOf(options.task) })
  requireNotLeftOut(task.target, options.leaveOut)
  if (weighting !== undefined && task.goal === "regression") {
    throw new SettingError(
      `classWeights is ${weighting}, where "${task.target}" holds amounts and no classes`,
    )
  }
  const findings: Finding[] = readingFindings(read)
  const like = habitOf(read, options)
  const table = withTarget(read, task, findings)
  const answers = targetsOf(table, task)
  const leftOut = new Set(options.leaveOut)
  for (const name of leftOut) columnOf(table, name)
  const asked = task.inputs.filter((name) => !leftOut.has(name) && name !== options.group)
  const examination = examine(table, { ...task, inputs: asked }, answers)
  findings.push(...examination.findings, ...timeFindings(table, options.time !== undefined))
  requireNoErrors(findings)
  const codes = task.goal === "classification" ? Int32Array.from(answers) : undefined
  if (codes !== undefined) findings.push(...classFindings(codes, task, weighting))
  const testTable =
    testSource === undefined
      ? undefined
      : await readTest(testSource, { memory: cells, files, like }, table, task)
  if (testTable !== undefined) findings.push(...sharedRows(table, testTable))
  const mostHeld =
    table.spilled === undefined || space === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(1000, Math.floor((heldShare * space) / heldCellBytes / table.columns.length))
  const split = splitTable(table, {
    test: testTable === undefined ? (options.testShare ?? 0.2) : 0,
    validation: Math.min(
      options.validationShare ?? 0.16,
      Math.min(mostValidation, mostHeld) / table.rows,
    ),
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
  const truth = targetsOf(training, task)
  const validation = labelled(selectRows(table, split.validation, true))
  const test = labelled(heldPart(testTable ?? selectRows(table, split.test), mostHeld))
  const used = features.numbers.concat().map(({ column }) => column)
  const inputs = [...new Set([...used, ...features.categories.map(({ column }) => column)])]
  const scaling = scalingOf(truth, task)
  const preprocessing: TablePreprocessing = {
    features,
    ignored: task.inputs.filter((name) => !inputs.includes(name)),
    scaling,
    reading: like,
  }
  const finalTask: TableTask = {
    ...task,
    inputs,
    ...(task.classes && classTask(weighting, truth, task.classes.length)),
  }
  const architecture = architectureOf(options.network)
  const outputs = task.classes?.length ?? 1
  // Before the descent, so that only it has to keep the time.
  const judged = test.rows.rows > 0 ? test : validation
  const targets = { goal: task.goal, scaling }
  const own =
    table.spilled === undefined
      ? heldTraining(labelled(training), features, targets)
      : await spilledTraining(training, truth, features, targets, mostHeld)
  const baselines = baselineStandings(
    finalTask,
    features,
    { training: own.some, validation, judged },
    seed,
  )
  const look = labelledRows(validation, features, targets)
  return {
    task: finalTask,
    reasons: task.reasons,
    findings,
    split: {
      training: training.rows,
      validation: validation.rows.rows,
      test: test.rows.rows,
      how: [
        split.how,
        ...(testSource === undefined ? [] : [`the test rows are ${testSource}`]),
        ...(own.some.rows.rows === training.rows
          ? []
          : [
              `simpler ways learn from ${own.some.rows.rows} rows and ${test.rows.rows} are judged, ` +
                "as many as the memory holds",
            ]),
      ].join("; "),
    },
    fingerprint: fingerprintOf(table, task, seed),
    examples: own.examples,
    choices: tableChoices(architecture, features, own.edges, training.rows, outputs),
    objective: objectiveOf(finalTask),
    wantedSteps: 2500,
    mostEpochs: 60,
    secondsAfter: 1 + Math.min(training.rows, mostHeld) / 15_000,
    check: (_choice, programs, weights) =>
      checkRows(programs, weights, look, validation, finalTask, scaling),
    finish: (choice: NetworkChoice, weights) => {
      const fitted = new FittedTable(finalTask, choice.network, weights, preprocessing)
      return finishTable(fitted, { validation, test, baselines }, seed)
    },
    close() {
      own.close()
      for (const each of [table, testTable]) each?.spilled?.file.close()
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

/** @throws SettingError when so few rows were drawn that they would show nothing of the others. */
function requireSample({ name, rows, sampledFrom }: Table, space: number): void {
  if (sampledFrom === undefined || rows >= leastSample) return
  throw new SettingError(
    `${rows} of the ${sampledFrom} rows of ${name} fit in the memory, too few to learn from, where ` +
      `${Number((space / 1e6).toPrecision(2))} MB are allowed`,
  )
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
  options: ReadTableOptions,
  training: Table,
  task: TableTask,
): Promise<Table> {
  const table = await readTable(source, options)
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

/** The memory of this machine, where a file is so large that it may matter. */
async function machineMemory(source: string): Promise<number | undefined> {
  const { stat } = await import("node:fs/promises")
  const { totalmem } = await import("node:os")
  const file = await stat(source).catch(() => undefined)
  return file !== undefined && file.size > largeShare * totalmem() ? totalmem() : undefined
}

/** What identifies rows, target and split. */
function fingerprintOf(table: Table, task: TableTask, seed: number): string {
  const sum = rowHashes(table, seed).reduce((total, hash) => (total * 31 + hash) >>> 0, 0)
  return [table.rows, table.columns.length, task.target, task.goal, sum.toString(16)].join("-")
}
