/** A fitted network for tables, in use: from rows to values or classes. */

import { jit } from "../../array/index.ts"
import { type Column, type Files, readTable, type Table, tableOf } from "../../data/index.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import type { Fitted, JsonSchema, Predictions } from "../solver.ts"
import { toldClass } from "../training/class-weights.ts"
import type { Examples } from "../training/examples.ts"
import { readAllWith } from "../training/inference.ts"
import { crossEntropies, type Objective, squares } from "../training/objective.ts"
import { readoutOf } from "../training/programs.ts"
import { requireWeights, type Weights } from "../training/weights.ts"
import { batchOf, type FeatureRows, featureRows, type TableFeatures } from "./features.ts"
import type { TableTask } from "./table-task.ts"

/** What a fitted network for tables keeps of its training, beside its weights: JSON. */
export interface TablePreprocessing {
  readonly features: TableFeatures
  /** Columns of the training data that were not learned from. */
  readonly ignored: readonly string[]
  /** Mean and standard deviation of a regression's target. */
  readonly scaling: { readonly mean: number; readonly deviation: number }
}

export class FittedTable implements Fitted {
  readonly task: TableTask
  readonly network: BatchNetwork
  readonly weights: Weights
  readonly preprocessing: TablePreprocessing
  readonly #readout

  /** @throws RangeError when the weights are not those of the network. */
  constructor(
    task: TableTask,
    network: BatchNetwork,
    weights: Weights,
    preprocessing: TablePreprocessing,
  ) {
    requireWeights(network, weights)
    this.task = task
    this.network = network
    this.weights = weights
    this.preprocessing = preprocessing
    this.#readout = jit(readoutOf(network, objectiveOf(task)))
  }

  /** Numbers told of one row: a value, or a probability for each class. */
  get width(): number {
    return this.task.classes?.length ?? 1
  }

  /** Values, or probabilities of the classes, row after row. */
  async readRows(rows: FeatureRows): Promise<Float32Array> {
    const { features, scaling } = this.preprocessing
    const examples = examplesOf(rows, features)
    const found = await readAllWith(this.#readout, this.weights, examples, this.width)
    if (this.task.goal === "classification") return found
    return found.map((value) => value * scaling.deviation + scaling.mean)
  }

  async predict(rows: readonly unknown[]): Promise<Predictions> {
    if (rows.length === 0) return { rows: [], notes: [] }
    return this.predictTable(tableOf("the rows", rows))
  }

  async predictFile(path: string, files?: Files): Promise<Predictions> {
    return this.predictTable(await readTable(path, { files }))
  }

  /** @throws RangeError when the table lacks a column that the network was fitted with. */
  async predictTable(table: Table): Promise<Predictions> {
    const { table: whole, notes } = this.fitted(table)
    const found = await this.readRows(featureRows(whole, this.preprocessing.features))
    const { target, classes, classWeights } = this.task
    const rows = Array.from({ length: table.rows }, (_, row) => {
      if (classes === undefined) return { [target]: found[row] }
      const { name, probability } = toldClass(found, row, { classes, classWeights })
      return { [target]: name, probability }
    })
    return { rows, notes }
  }

  /** Probabilities of all classes, or values: what evaluation and exports are compared with. */
  async readTableRows(table: Table): Promise<Float32Array> {
    return this.readRows(featureRows(this.fitted(table).table, this.preprocessing.features))
  }

  /** The table with its columns in the form that training saw, and what is odd about it. */
  private fitted(table: Table): { readonly table: Table; readonly notes: readonly string[] } {
    const { features, ignored } = this.preprocessing
    const names = new Set([...features.numbers, ...features.categories].map(({ column }) => column))
    const given = new Set(table.columns.map(({ name }) => name))
    const lacking = [...names].filter((name) => !given.has(name))
    if (lacking.length > 0) {
      throw new RangeError(
        `${table.name} lacks ${lacking.length === 1 ? "the column" : "the columns"} ` +
          `${lacking.map((name) => `"${name}"`).join(", ")} that the network was fitted with`,
      )
    }
    const notes: string[] = []
    const known = new Set([...names, ...ignored, this.task.target])
    const extra = [...given].filter((name) => !known.has(name))
    if (extra.length > 0) {
      notes.push(`not used, since training did not see them: ${extra.join(", ")}`)
    }
    const numeric = new Set(
      features.numbers.filter(({ part }) => part === "value").map(({ column }) => column),
    )
    const columns = table.columns.map((column): Column => {
      if (column.form !== "strings" || !numeric.has(column.name)) return column
      const { codes, dictionary, name } = column
      const strange = codes.filter((code) => code >= 0 && Number.isNaN(Number(dictionary[code])))
      if (strange.length > 0) {
        notes.push(
          `${strange.length} cells of "${name}" are no numbers, such as ` +
            `"${dictionary[strange[0]]}": they count as missing`,
        )
      }
      const values = Float64Array.from(codes, (code) => Number(dictionary[code] ?? Number.NaN))
      return { name, form: "numbers", values, strays: [] }
    })
    const whole = { ...table, columns }
    notes.push(...this.#unseen(whole))
    return { table: whole, notes }
  }

  /** Categories that training did not see. */
  #unseen(table: Table): string[] {
    return this.preprocessing.features.categories.flatMap(({ column: name, categories }) => {
      const column = table.columns.find((each) => each.name === name)
      if (column?.form !== "strings") return []
      const known = new Set(categories)
      const strange = new Set(
        column.codes.filter((code) => code >= 0 && !known.has(column.dictionary[code])),
      )
      const [first] = strange
      if (first === undefined) return []
      return [
        `${strange.size} categories of "${name}" are unknown, such as "${column.dictionary[first]}"`,
      ]
    })
  }

  get inputSchema(): JsonSchema {
    const { numbers, categories } = this.preprocessing.features
    const properties: Record<string, JsonSchema> = {}
    for (const { column, part, knots } of numbers) {
      if (part === "missing") continue
      properties[column] =
        part === "value"
          ? { type: ["number", "null"], examples: [knots[Math.floor(knots.length / 2)]] }
          : { type: ["string", "null"], format: "date" }
    }
    for (const { column, categories: words } of categories) {
      properties[column] = { type: ["string", "number", "null"], examples: words.slice(0, 20) }
    }
    return { type: "object", properties, required: Object.keys(properties) }
  }
}

/** What a table's network descends on. */
export function objectiveOf({ goal, classWeights }: TableTask): Objective {
  return goal === "classification" ? crossEntropies({ weights: classWeights }) : squares
}

/** Rows without their targets. */
function examplesOf(rows: FeatureRows, { numbers, categories }: TableFeatures): Examples {
  const counts = [numbers.length, categories.length] as const
  return { count: rows.rows, gather: (chosen) => batchOf(rows, counts, chosen) }
}
