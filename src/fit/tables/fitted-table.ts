/** A fitted network for tables, in use: from rows to values or classes. */

import { jit } from "../../array/index.ts"
import { type Files, readTableParts, type Table, tableOf } from "../../data/index.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import { type Fitted, gathered, type JsonSchema, type Predictions } from "../solver.ts"
import { toldClass } from "../training/class-weights.ts"
import type { Examples } from "../training/examples.ts"
import { readAllWith, readoutSize } from "../training/inference.ts"
import { crossEntropies, type Objective, squares } from "../training/objective.ts"
import { readoutOf } from "../training/programs.ts"
import { requireWeights, type Weights } from "../training/weights.ts"
import { batchOf, type FeatureRows, featureRows, type TableFeatures } from "./features.ts"
import { KnownForm, type TablePreprocessing } from "./known-form.ts"
import type { TableTask } from "./table-task.ts"

/** Cells of a part of a file, about. */
const partCells = 2 ** 13
/** Parts of whole batches, and a whole one at the end, so that programs and bits are those of one part. */
const partRows = {
  rows: (columns: number) =>
    readoutSize * Math.ceil(partCells / readoutSize / Math.max(1, columns)),
  least: readoutSize,
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
    return this.predictTable(tableOf("the rows", rows, { like: this.preprocessing.reading }))
  }

  async predictFile(path: string, files?: Files): Promise<Predictions> {
    return gathered(this.predictParts(path, files))
  }

  /** The predictions of a file some rows at a time, with the same bits; the notes come with the last. */
  async *predictParts(path: string, files?: Files): AsyncGenerator<Predictions, void> {
    const form = this.#knownForm()
    const like = this.preprocessing.reading
    for await (const part of readTableParts(path, partRows, { files, like })) {
      yield { rows: await this.#told(form.of(part)), notes: [] }
    }
    yield { rows: [], notes: form.notes() }
  }

  /** @throws RangeError when the table lacks a column that the network was fitted with. */
  async predictTable(table: Table): Promise<Predictions> {
    const form = this.#knownForm()
    return { rows: await this.#told(form.of(table)), notes: form.notes() }
  }

  /** What is told of each row of a table in the known form. */
  async #told(table: Table): Promise<Predictions["rows"]> {
    const found = await this.readRows(featureRows(table, this.preprocessing.features))
    const { target, classes, classWeights } = this.task
    return Array.from({ length: table.rows }, (_, row) => {
      if (classes === undefined) return { [target]: found[row] }
      const { name, probability } = toldClass(found, row, { classes, classWeights })
      return { [target]: name, probability }
    })
  }

  /** Probabilities of all classes, or values: what evaluation and exports are compared with. */
  async readTableRows(table: Table): Promise<Float32Array> {
    return this.readRows(featureRows(this.#knownForm().of(table), this.preprocessing.features))
  }

  #knownForm(): KnownForm {
    return new KnownForm(this.preprocessing, this.task.target)
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
