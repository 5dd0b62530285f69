/** A fitted text classifier in use: from texts to classes. */

import { jit } from "../../array/index.ts"
import { type Files, readTable, type TableHabit, type Tokenizer } from "../../data/index.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import type { Fitted, JsonSchema, Predictions } from "../solver.ts"
import type { Task } from "../task.ts"
import { toldClass } from "../training/class-weights.ts"
import { readAllWith } from "../training/inference.ts"
import { crossEntropies } from "../training/objective.ts"
import { readoutOf } from "../training/programs.ts"
import { requireWeights, type Weights } from "../training/weights.ts"
import type { TextNetworkSettings } from "./classifier-networks.ts"
import type { TextPreprocessing } from "./fitted-text.ts"
import { plainText, textsOf, tokenRows } from "./labelled-texts.ts"
import { readTexts } from "./read-texts.ts"
import { tokenExamples } from "./text-examples.ts"
import { tokenizerOf } from "./tokens.ts"

/** The task of telling texts apart. */
export interface TextTask extends Task {
  readonly classes: readonly string[]
}

/** What is kept beside the weights: JSON. */
export interface ClassifierPreprocessing extends TextPreprocessing {
  /** How the training data were read. */
  readonly reading?: TableHabit
}

/** Texts that are looked at together. */
export const textsTogether = 64

const tables = /\.(csv|tsv|jsonl|ndjson|json|parquet|pq|arrow|feather)(\.gz|\.zst)?$/i

/** Whether a source is a table by its name. */
export function isTableName(source: string): boolean {
  return tables.test(source)
}

export class FittedTextClassifier implements Fitted {
  readonly task: TextTask
  readonly network: BatchNetwork
  readonly weights: Weights
  readonly preprocessing: ClassifierPreprocessing
  readonly inputSchema: JsonSchema
  readonly #context: number
  readonly #readout

  /** @throws RangeError when the weights are not those of the network. */
  constructor(
    task: TextTask,
    network: BatchNetwork,
    { context }: TextNetworkSettings,
    weights: Weights,
    preprocessing: ClassifierPreprocessing,
  ) {
    requireWeights(network, weights)
    this.task = task
    this.network = network
    this.weights = weights
    this.preprocessing = preprocessing
    this.#context = context
    this.#readout = jit(readoutOf(network, crossEntropies({ weights: task.classWeights })))
    const [input] = task.inputs
    this.inputSchema = {
      type: "object",
      required: [input],
      additionalProperties: false,
      properties: { [input]: { type: "string", description: "the text to judge" } },
    }
  }

  /** The tokens of texts, as the network takes them. */
  async tokensOf(texts: readonly string[]) {
    const tokenizer = await tokenizerOf(this.preprocessing.tokens)
    return tokenRows(texts.map(plainText), tokenizer, this.#context)
  }

  /** Probabilities of the classes, text after text. */
  async readTexts(texts: readonly string[], given?: Tokenizer): Promise<Float32Array> {
    const tokenizer = given ?? (await tokenizerOf(this.preprocessing.tokens))
    const rows = tokenRows(texts.map(plainText), tokenizer, this.#context)
    const { classes } = this.task
    const examples = tokenExamples(rows.data, this.#context)
    return readAllWith(this.#readout, this.weights, examples, classes.length, textsTogether)
  }

  /**
   * The class of each text: an object with the text under the column's name, or the text alone.
   * @throws RangeError naming the row without a text.
   */
  async predict(rows: readonly unknown[]): Promise<Predictions> {
    const [input] = this.task.inputs
    const extra = new Set<string>()
    const texts = rows.map((row, i) => {
      const cells: Partial<Record<string, unknown>> =
        typeof row === "string" ? { [input]: row } : Object(row)
      for (const name of Object.keys(cells)) if (name !== input) extra.add(name)
      const text = cells[input]
      if (typeof text !== "string") {
        throw new RangeError(`row ${i + 1}: ${input} must be a text, such as {"${input}": "…"}`)
      }
      return text
    })
    extra.delete(this.task.target)
    const notes = [...extra].map((name) => `"${name}" is not looked at: only "${input}" is`)
    return { rows: await this.#told(texts), notes }
  }

  /**
   * The class of each row of a table that has the column of texts, or of the text in another file.
   * @throws RangeError when the table lacks the column.
   */
  async predictFile(path: string, files?: Files): Promise<Predictions> {
    if (!isTableName(path))
      return { rows: await this.#told([await readTexts(path, files)]), notes: [] }
    const table = await readTable(path, { files, like: this.preprocessing.reading })
    return { rows: await this.#told(textsOf(table, this.task.inputs[0])), notes: [] }
  }

  async #told(texts: readonly string[]) {
    if (texts.length === 0) return []
    const { target } = this.task
    const found = await this.readTexts(texts)
    return texts.map((_, row) => {
      const { name, probability } = toldClass(found, row, this.task)
      return { [target]: name, probability }
    })
  }
}
