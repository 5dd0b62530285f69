/** What is known of a fit when it is done: JSON beside the weights, and what the report tells. */

import type { Bill, Quote } from "../device/index.ts"
import type { Finding } from "./finding.ts"
import type { SolverOptions, SplitSummary, Standing } from "./solver.ts"
import type { Task } from "./task.ts"
import type { HistoryPoint } from "./training/checkpoint.ts"
import type { DescentRecipe } from "./training/recipe.ts"

/** One size on the frontier, as it was quoted. */
export interface FrontierEntry {
  readonly size: string
  readonly parameters: number
  readonly secondsPerStep: number
  readonly bytes: number
  readonly steps: number
  readonly epochs: number
  readonly chosen: boolean
  readonly remark: string
}

/** The price of one training step in scalar operations and bytes. */
export interface StepPrice {
  readonly work: number
  readonly span: number
  readonly gpuThreads: number
  readonly gpuTime: number
  readonly ramMemory: number
}

export interface FitRecord {
  readonly source: string
  readonly options: SolverOptions
  readonly reasons: readonly string[]
  readonly findings: readonly Finding[]
  readonly split: SplitSummary
  readonly fingerprint: string
  readonly size: string
  readonly parameters: number
  readonly recipe: DescentRecipe
  readonly steps: number
  readonly stepsPlanned: number
  readonly bestStep: number
  readonly history: readonly HistoryPoint[]
  readonly events: readonly string[]
  readonly frontier: readonly FrontierEntry[]
  readonly price: StepPrice
  readonly quote: Quote
  readonly bill: Bill
  /** Seconds within which all was to be done, and seconds that it took. */
  readonly deadline: number | null
  readonly secondsInAll: number
  readonly validation: Readonly<Record<string, number>>
  readonly test: Readonly<Record<string, number>> | null
  readonly standings: readonly Standing[]
  readonly verdict: string
  /** What repeats the fit, to the bit on the same machine. */
  readonly command: string
  readonly environment: Readonly<Record<string, string>>
}

/** What the folder's JSON says of the task, and of the fit. */
export interface Described {
  readonly task: Task
  readonly record: FitRecord
}
