/**
 * What a kind of data must bring to be solved: a problem, made of a source. Everything after that,
 * from the choice of the network's size to the folder that comes out, is the same for all kinds.
 */

import type { Commas, Files, Table } from "../data/index.ts"
import type { ContractionPrecision } from "../schedule/index.ts"
import type { Finding } from "./finding.ts"
import type { BatchNetwork } from "./networks/batch-network.ts"
import type { Section } from "./report/section.ts"
import type { Task } from "./task.ts"
import type { Examples } from "./training/examples.ts"
import type { Objective } from "./training/objective.ts"
import type { DescentPrograms } from "./training/programs.ts"
import type { DescentRecipe } from "./training/recipe.ts"
import type { Score } from "./training/trainer.ts"
import type { NamedArrays, Weights } from "./training/weights.ts"

/** Settings that a caller may give; a solver reads those that are its own. */
export interface SolverOptions {
  /** Column or name of what is to be predicted. */
  readonly target?: string
  /** What is asked: `classification`, `regression`, or another goal of the solver's. */
  readonly task?: string
  /** Which solver: by the data unless given. */
  readonly kind?: string
  /** A second source, to judge the result by and for nothing else. */
  readonly test?: string
  /** For images in one file: the file with the class of each; and the same for `test`. */
  readonly labels?: string
  readonly testLabels?: string
  /** Shares of the rows held out to judge the result by and to choose the best weights by. */
  readonly testShare?: number
  readonly validationShare?: number
  /** Column whose equal values stay on one side of the split. */
  readonly group?: string
  /** Column by which later rows are held out. */
  readonly time?: string
  /** Columns to do without. */
  readonly leaveOut?: readonly string[]
  /** How a CSV file is cut, and what commas in its numbers mean where the cells do not tell. */
  readonly delimiter?: string
  readonly header?: boolean
  readonly commas?: Commas
  /** `"balanced"`: every class counts the same, however many examples it has. */
  readonly classWeights?: string
  /** Which network: by the data unless given. */
  readonly network?: string
  /** How a text is cut: `characters`, `bytes`, `gpt2` or a number of byte pairs. */
  readonly tokens?: string
  /** Rows of a series that are forecast. */
  readonly horizon?: number
  /** Tokens of a text, or rows of a series, that a network looks at together. */
  readonly context?: number
  /**
   * How products are made in training, as for `jit`: bfloat16 rounds their operands, highest never
   * multiplies sums of them; float32 unless given.
   * Weights, sums and everything outside training are float32.
   */
  readonly precision?: ContractionPrecision
  /** Bytes that data and training may take together. */
  readonly memory?: number
  readonly seed: number
}

/** A network of one size, and how it is trained. */
export interface NetworkChoice {
  /** `xs`, `s`, `m`, `l`, `xl`. */
  readonly size: string
  readonly network: BatchNetwork
  readonly recipe: DescentRecipe
}

/** How many examples are where, and how they got there. */
export interface SplitSummary {
  readonly training: number
  readonly validation: number
  readonly test: number
  readonly how: string
}

/** Data that are ready to be learned from. */
export interface Problem {
  readonly task: Task
  /** How the task was found where it was not given, in sentences. */
  readonly reasons: readonly string[]
  readonly findings: readonly Finding[]
  readonly split: SplitSummary
  /** What identifies the data: a run that goes on must find the same. */
  readonly fingerprint: string
  readonly examples: Examples
  /** Networks to choose from, the smallest first. */
  readonly choices: readonly NetworkChoice[]
  readonly objective: Objective
  /** Steps beyond which a larger network is worth more than further steps. */
  readonly wantedSteps: number
  /** Epochs beyond which more have made networks no better; where there are few steps, those wanted. */
  readonly mostEpochs: number
  /** Seconds that judging and reporting take after the last step, about. */
  readonly secondsAfter: number
  /** How good weights on the device are on held-out examples. */
  check(choice: NetworkChoice, programs: DescentPrograms, weights: NamedArrays): Promise<Score>
  /** Gives back what the examples are read from, where that is no memory. */
  close?(): void
  /** What comes out: the network in use, how good it is, and the report's own sections. */
  finish(choice: NetworkChoice, weights: Weights): Promise<Finish>
}

/** Name and value of a metric, of the network or of a baseline. */
export interface Standing {
  readonly name: string
  readonly score: number
  readonly seconds?: number
}

export interface Finish {
  readonly fitted: Fitted
  /** Figures on held-out examples and on test examples, by name. */
  readonly validation: Readonly<Record<string, number>>
  readonly test: Readonly<Record<string, number>> | undefined
  /** The metric of the network and of simpler ways, on the same examples. */
  readonly standings: readonly Standing[]
  /** The comparison in words: also when the network loses. */
  readonly verdict: string
  readonly sections: readonly Section[]
}

/** A fitted network of any kind, in use. */
export interface Fitted {
  readonly task: Task
  readonly network: BatchNetwork
  readonly weights: Weights
  /** What makes the fitted network again, beside the network's settings and weights: JSON. */
  readonly preprocessing: unknown
  /** What one input is made of, as JSON Schema. */
  readonly inputSchema: JsonSchema
  /** Predictions for rows as JSON gives them. */
  predict(rows: readonly unknown[]): Promise<Predictions>
  /** Predictions for a file: of the machine's, or of those in memory. */
  predictFile(path: string, files?: Files): Promise<Predictions>
  /**
   * The same some rows at a time, where the file need not be held in memory; what was out of the
   * ordinary comes with the last part.
   */
  predictParts?(path: string, files?: Files): AsyncGenerator<Predictions, void>
}

export type JsonSchema = { readonly [key: string]: unknown }

/** One prediction for each row, as objects for JSON and CSV, and what was out of the ordinary. */
export interface Predictions {
  readonly rows: readonly Readonly<Record<string, string | number>>[]
  readonly notes: readonly string[]
}

/** Predictions that came in parts, together. */
export async function gathered(parts: AsyncIterable<Predictions>): Promise<Predictions> {
  const rows: Predictions["rows"][number][] = []
  const notes: string[] = []
  for await (const part of parts) {
    for (const row of part.rows) rows.push(row)
    notes.push(...part.notes)
  }
  return { rows, notes }
}

/** By what a source is recognised. */
export interface Look {
  readonly files: Files
  /** Some rows of a table, read once for all who ask; undefined where the source is none. */
  readonly rows: () => Promise<Table | undefined>
}

/** A row of the table of solvers. */
export interface Solver {
  readonly kind: string
  /** What it takes, in a few words. */
  readonly takes: string
  /** Whether a source looks like its kind. */
  recognises(source: string, look: Look): Promise<boolean>
  prepare(source: string, options: SolverOptions, files: Files): Promise<Problem>
  /**
   * A fitted network from what its folder holds.
   * @throws RangeError or SyntaxError when the parts do not fit each other.
   */
  restore(parts: FittedParts): Fitted
}

/** What a fitted network's folder says. */
export interface FittedParts {
  readonly task: Task
  readonly network: { readonly architecture: string }
  readonly preprocessing: unknown
  readonly weights: Weights
}
