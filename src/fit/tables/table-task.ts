/** What is asked of a table: which column is the target, and of what kind it is. */

import {
  type Column,
  columnOf,
  decimalWords,
  kindOf,
  stringsOf,
  type Table,
} from "../../data/index.ts"
import { DataError, type Finding, SettingError } from "../finding.ts"
import { type Goal, metrics, type Task } from "../task.ts"
import { remedyText } from "../training/class-weights.ts"

export interface TableTask extends Task {
  readonly goal: Goal
  /** How the target and the goal were found, for people. */
  readonly reasons: readonly string[]
}

/** Names that people give to targets. */
const targetNames = ["target", "label", "class", "y", "outcome", "response"]
/** Whole numbers of no more values than this are taken for classes. */
const mostNumberedClasses = 20
const mostClasses = 1000

/**
 * Infers the target and the goal where they are not given.
 * @throws RangeError when the named target is no column.
 * @throws DataError when the target cannot be learned.
 */
export function inferTask(
  table: Table,
  given: { readonly target?: string; readonly goal?: Goal },
): TableTask {
  const reasons: string[] = []
  const target = targetOf(table, given.target ?? guessTarget(table, reasons))
  const goal = given.goal ?? guessGoal(target, reasons)
  const others = table.columns.filter((column) => column !== target).map(({ name }) => name)
  if (others.length === 0) {
    throw new DataError(
      `${table.name} has only the column "${target.name}": there is nothing to predict it from`,
    )
  }
  if (goal === "regression") requireNumbers(table, target)
  const classes = goal === "classification" ? classesOf(target) : undefined
  if (classes !== undefined) requireClasses(table, target, classes)
  return {
    kind: "table",
    goal,
    inputs: others,
    target: target.name,
    classes,
    metric: goal === "classification" ? metrics.accuracy : metrics.rmse,
    reasons,
  }
}

/** @throws SettingError when the name is no column's. */
function targetOf(table: Table, name: string): Column {
  try {
    return columnOf(table, name)
  } catch (error) {
    throw new SettingError(error instanceof Error ? error.message : String(error))
  }
}

function guessTarget(table: Table, reasons: string[]): string {
  const named = table.columns.find(({ name }) => targetNames.includes(name.toLowerCase()))
  const last = table.columns[table.columns.length - 1]
  const chosen = (named ?? last).name
  reasons.push(
    named === undefined
      ? `the target is the last column, "${chosen}", since no other was named`
      : `the target is "${chosen}" by its name`,
  )
  return chosen
}

function guessGoal(target: Column, reasons: string[]): Goal {
  if (target.form === "strings") {
    const kind = kindOf(target)
    if (kind === "date" || kind === "text") {
      throw new DataError(
        `the target "${target.name}" holds ${kind === "date" ? "dates" : "texts"}: ` +
          "name a column of numbers or of classes",
      )
    }
    reasons.push(`"${target.name}" holds words, so the task is classification`)
    return "classification"
  }
  const distinct = new Set<number>()
  for (const value of target.values) {
    if (!Number.isNaN(value)) distinct.add(value)
    if (distinct.size > mostNumberedClasses || !(Number.isNaN(value) || Number.isInteger(value)))
      break
  }
  const whole = [...distinct].every((value) => Number.isInteger(value))
  const classes = whole && distinct.size <= mostNumberedClasses
  reasons.push(
    classes
      ? `"${target.name}" holds ${distinct.size} different whole numbers, so the task is classification`
      : `"${target.name}" holds numbers, so the task is regression`,
  )
  return classes ? "classification" : "regression"
}

/** The target's classes: numbers in their order, words by frequency's dictionary order. */
function classesOf(target: Column): string[] {
  const { dictionary, codes } = stringsOf(target)
  const used = new Set(codes)
  const names = dictionary.filter((_, code) => used.has(code))
  const numeric = names.every((name) => Number.isFinite(Number(name)))
  return numeric ? names.sort((a, b) => Number(a) - Number(b)) : names.sort()
}

function requireNumbers(table: Table, target: Column): void {
  if (target.form === "strings") {
    throw new DataError(
      `the target "${target.name}" of ${table.name} holds words such as ` +
        `"${target.dictionary[0]}": regression needs a column of numbers`,
    )
  }
  const known = target.values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) throw new DataError(`the target "${target.name}" has no values at all`)
  if (known.every((value) => value === known[0])) {
    throw new DataError(
      `the target "${target.name}" is ${known[0]} in every row: there is nothing to learn`,
    )
  }
}

function requireClasses(table: Table, target: Column, classes: readonly string[]): void {
  if (classes.length === 0) throw new DataError(`the target "${target.name}" has no values at all`)
  if (classes.length === 1) {
    throw new DataError(
      `the target "${target.name}" is "${classes[0]}" in every row: there is nothing to tell apart`,
    )
  }
  const commas = target.form === "strings" ? decimalWords(target) : undefined
  if (classes.length > Math.min(mostClasses, table.rows / 2)) {
    throw new DataError(
      `the target "${target.name}" has ${classes.length} classes in ${table.rows} rows: ` +
        (commas === undefined
          ? "name another column, or ask for regression if it holds amounts"
          : `it looks like numbers with decimal commas, such as "${commas}", and other cells are none: ` +
            "write all of them with decimal commas"),
    )
  }
}

/** Class of each row; −1 where it is missing or none of the classes. */
export function classCodes(column: Column, classes: readonly string[]): Int32Array {
  const { codes, dictionary } = stringsOf(column)
  const places = new Map(classes.map((name, i) => [name, i]))
  // "<=50K." in a test file is "<=50K": a full stop more is no other class.
  const of = dictionary.map((text) => places.get(text) ?? places.get(text.replace(/\.$/, "")) ?? -1)
  return codes.map((code) => (code < 0 ? -1 : of[code]))
}

/**
 * What is worth telling of the classes.
 * @param weighting class weights that were asked for
 */
export function classFindings(
  codes: Int32Array,
  task: TableTask,
  weighting: string | undefined,
): Finding[] {
  const classes = task.classes ?? []
  const counts = classes.map(() => 0)
  for (const code of codes) if (code >= 0) counts[code]++
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  const findings: Finding[] = []
  if (most > imbalance * least) {
    const rare = classes[counts.indexOf(least)]
    findings.push({
      name: "class-imbalance",
      severity: "warning",
      message:
        `class "${rare}" of "${task.target}" has ${least} rows where another has ${most}: ` +
        remedyText(weighting),
    })
  }
  return findings
}

const imbalance = 10
