/** Checks of a table before training: each is a named finding, and some leave a column out. */

import {
  type Column,
  cellOf,
  columnOf,
  decimalWords,
  distinctCells,
  kindOf,
  type NumberColumn,
  stringsOf,
  type Table,
  unitWords,
} from "../../data/index.ts"
import type { Finding } from "../finding.ts"
import { rowHashes } from "./table-split.ts"
import type { TableTask } from "./table-task.ts"

export interface Examination {
  readonly findings: readonly Finding[]
  /** Inputs that are worth learning from. */
  readonly inputs: readonly string[]
}

/** Share of explained target above which a column is taken for a leak. */
const leakShare = 0.9995
/** Rows below which hardly anything can be said of a column. */
const fewRows = 50

/**
 * Looks at every input. Constant, empty, id-like and free-text columns and copies of the target are
 * left out; what looks like a leak is told and stays.
 * @param target class numbers or values of the target, row by row
 */
export function examine(table: Table, task: TableTask, target: Float64Array): Examination {
  const findings: Finding[] = []
  const inputs: string[] = []
  if (table.spilled !== undefined) {
    findings.push({
      name: "rows-on-disk",
      severity: "note",
      message:
        `${table.rows} rows of ${table.columns.length} columns are more than the memory allowed ` +
        "holds: they lie in a file while the fit lasts, and all of them are learned from",
    })
  }
  if (table.sampledFrom !== undefined) {
    findings.push({
      name: "rows-sampled",
      severity: "note",
      message:
        `${table.rows} of ${table.sampledFrom} rows were drawn, since all would not fit in the ` +
        "memory allowed",
    })
  }
  for (const name of task.inputs) {
    const column = columnOf(table, name)
    const fault = faultOf(column, table.rows)
    const leak = fault ?? leakOf(column, task, target)
    if (leak !== undefined) findings.push(leak)
    const isUsed = leak?.severity !== "warning" || leak.name === "target-leak"
    if (isUsed) inputs.push(name)
    findings.push(...noteOf(column, table.rows, isUsed))
  }
  const copies = duplicateRows(table)
  if (copies > 0) {
    findings.push({
      name: "duplicate-rows",
      severity: copies > 0.1 * table.rows ? "warning" : "note",
      message:
        `${copies} of ${table.rows} rows are copies of another row: ` +
        "the split keeps copies on one side",
    })
  }
  return { findings, inputs }
}

/** Why a column is left out, if it is. */
function faultOf(column: Column, rows: number): Finding | undefined {
  const { name } = column
  const leaveOut = (finding: string, what: string): Finding => ({
    name: finding,
    severity: "warning",
    message: `column "${name}" ${what}: it is left out`,
  })
  const distinct = distinctCells(column)
  if (distinct === 0) return leaveOut("empty-column", "has no values")
  if (distinct === 1 && missingCells(column) === 0) {
    return leaveOut("constant-column", `is "${cellOf(column, 0)}" in every row`)
  }
  const kind = kindOf(column)
  if (kind === "text") {
    return leaveOut("text-column", "holds texts, which a network for tables does not read")
  }
  if (rows < fewRows) return undefined
  if (kind === "category" && distinct > 0.9 * rows) {
    return leaveOut(
      "id-like-column",
      `has ${distinct} different words in ${rows} rows${isAmount(column) ? "" : ", like a name"}`,
    )
  }
  if (column.form === "numbers" && isCounter(column.values, distinct)) {
    return leaveOut("id-like-column", "counts the rows, like a number of each")
  }
  return undefined
}

/** Whether words of a column are numbers to people: a finding of its own says so. */
function isAmount(column: Column): boolean {
  return column.form === "strings" && (unitWords(column) ?? decimalWords(column)) !== undefined
}

/** Whether whole numbers go up or down by one and the same step from row to row. */
function isCounter(values: Float64Array, distinct: number): boolean {
  const step = values[1] - values[0]
  return (
    distinct === values.length &&
    Number.isInteger(step) &&
    step !== 0 &&
    values.every((value, i) => i === 0 || value - values[i - 1] === step)
  )
}

function missingCells(column: Column): number {
  const cells = column.form === "numbers" ? column.values : column.codes
  let missing = 0
  for (const cell of cells)
    if (Number.isNaN(cell) || (column.form === "strings" && cell < 0)) missing++
  return missing
}

/** Things that are handled, and worth knowing. */
function noteOf(column: Column, rows: number, isUsed: boolean): Finding[] {
  const notes: Finding[] = []
  const missing = missingCells(column)
  if (missing > 0.5 * rows && missing < rows) {
    notes.push({
      name: "mostly-missing",
      severity: "note",
      message:
        `column "${column.name}" is missing in ${missing} of ${rows} rows: that it is missing ` +
        "is an input of its own",
    })
  }
  if (column.form === "numbers" && isUsed) notes.push(...numberNotes(column, rows))
  if (column.form === "numbers" && column.strays.length > 0) {
    const { row, text } = column.strays[0]
    notes.push({
      name: "mixed-types",
      severity: "warning",
      message:
        `column "${column.name}" holds ${column.strays.length} cells that are no numbers, such as ` +
        `"${text.slice(0, 40)}" in row ${row + 1}: they count as missing`,
    })
  }
  if (
    isUsed &&
    column.form === "strings" &&
    column.dictionary.length > 1000 &&
    kindOf(column) === "category"
  ) {
    notes.push({
      name: "many-categories",
      severity: "note",
      message:
        `column "${column.name}" has ${column.dictionary.length} categories: the 1,000 most ` +
        "frequent are told apart, the others count as one",
    })
  }
  return notes
}

/** Whole numbers that are no amounts, by their looks. */
function numberNotes({ name, values }: NumberColumn, rows: number): Finding[] {
  if (rows < fewRows || !values.every((value) => Number.isNaN(value) || Number.isInteger(value))) {
    return []
  }
  const large = values.find((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER)
  if (large !== undefined) {
    return [
      {
        name: "rounded-integers",
        severity: "warning",
        message:
          `column "${name}" holds whole numbers beyond ${Number.MAX_SAFE_INTEGER}, such as ${large}, ` +
          `which are rounded to 53 bits: if they name something, use --leave-out ${name}`,
      },
    ]
  }
  if (new Set(values).size < rows) return []
  return [
    {
      name: "id-like-column",
      severity: "note",
      message:
        `column "${name}" holds another whole number in each of ${rows} rows, and is learned from: ` +
        `if they name something, use --leave-out ${name}`,
    },
  ]
}

/** Whether one column alone says nearly everything about the target. */
function leakOf(column: Column, task: TableTask, target: Float64Array): Finding | undefined {
  if (target.length < fewRows) return undefined
  const share =
    column.form === "numbers" && task.goal === "regression"
      ? correlation(column.values, target) ** 2
      : explained(column, target)
  if (!(share > leakShare)) return undefined
  if (column.form === "numbers" && equal(column.values, target)) {
    return {
      name: "target-copy",
      severity: "warning",
      message: `column "${column.name}" is a copy of the target "${task.target}": it is left out`,
    }
  }
  return {
    name: "target-leak",
    severity: "warning",
    message:
      `column "${column.name}" alone says ${(100 * share).toFixed(2)} % of the target ` +
      `"${task.target}": if it is not known before the target is, leave it out`,
  }
}

function equal(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, row) => value === b[row])
}

/** Pearson's correlation over rows where both are known. */
function correlation(a: Float64Array, b: Float64Array): number {
  let n = 0
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) continue
    n++
    sumA += a[i]
    sumB += b[i]
    squareA += a[i] * a[i]
    squareB += b[i] * b[i]
    product += a[i] * b[i]
  }
  const varianceA = squareA - (sumA * sumA) / n
  const varianceB = squareB - (sumB * sumB) / n
  return (product - (sumA * sumB) / n) / Math.sqrt(varianceA * varianceB)
}

/**
 * Share of the target's variance (of its rows beyond the most frequent class) that the cells of a
 * column explain, where cells with hardly more than one row each explain nothing.
 */
function explained(column: Column, target: Float64Array): number {
  if (distinctCells(column) > target.length / 10) return 0
  const { codes } = stringsOf(column)
  const groups = new Map<number, Map<number, number>>()
  const all = new Map<number, number>()
  for (let row = 0; row < codes.length; row++) {
    const group = groups.get(codes[row]) ?? new Map<number, number>()
    groups.set(codes[row], group)
    group.set(target[row], (group.get(target[row]) ?? 0) + 1)
    all.set(target[row], (all.get(target[row]) ?? 0) + 1)
  }
  const most = (counts: ReadonlyMap<number, number>): number => {
    let greatest = 0
    for (const count of counts.values()) greatest = Math.max(greatest, count)
    return greatest
  }
  const base = most(all)
  const right = [...groups.values()].reduce((sum, group) => sum + most(group), 0)
  return (right - base) / (target.length - base)
}

function duplicateRows(table: Table): number {
  const hashes = rowHashes(table, 1).sort()
  let copies = 0
  for (let i = 1; i < hashes.length; i++) if (hashes[i] === hashes[i - 1]) copies++
  return copies <= likelyCollisions(hashes.length) ? 0 : copies - expectedCollisions(hashes.length)
}

/** Hashes of n different rows that are equal by chance, on the average. */
function expectedCollisions(n: number): number {
  return Math.round((n * n) / 2 ** 33)
}

/** As many as hardly ever are: three standard deviations above it (they are Poisson's). */
function likelyCollisions(n: number): number {
  const expected = expectedCollisions(n)
  return expected + 3 * Math.sqrt(expected)
}

/** Rows of a given test table that training has seen. */
export function sharedRows(training: Table, test: Table): Finding[] {
  const names = training.columns.map(({ name }) => name)
  const common = names.filter((name) => test.columns.some((column) => column.name === name))
  const seen = new Set(rowHashes(training, 1, common))
  const shared = rowHashes(test, 1, common).filter((hash) => seen.has(hash)).length
  if (shared <= likelyCollisions(training.rows + test.rows)) return []
  return [
    {
      name: "duplicates-across-splits",
      severity: "warning",
      message:
        `${shared} of ${test.rows} test rows are among the training rows too: ` +
        "the test result is better than it would be on new rows",
    },
  ]
}

/** Tells when rows seem to be in order of time and the split is not by it. */
export function timeFindings(table: Table, isByTime: boolean): Finding[] {
  if (isByTime) return []
  const dates = table.columns.filter((column) => kindOf(column) === "date")
  return dates.map(({ name }) => ({
    name: "time-order",
    severity: "note",
    message:
      `column "${name}" holds dates, and rows are held out by chance: if later rows are to be ` +
      `predicted from earlier ones, split by time with --time ${name}`,
  }))
}
