/** What a network is to do: from which inputs to which target, and how its work is judged. */

export type Goal = "classification" | "regression"

/** How good predictions are, as one number. */
export interface Metric {
  readonly name: string
  /** Whether more of it is better. */
  readonly higher: boolean
  /** Written behind its numbers; shares are written in per cent. */
  readonly unit: string
}

export interface Task {
  /** Which solver's task it is: a row of the table of solvers. */
  readonly kind: string
  readonly goal: Goal | (string & {})
  /** Names of what predictions are made from. */
  readonly inputs: readonly string[]
  readonly target: string
  /** Names of the classes, where there are classes. */
  readonly classes?: readonly string[]
  /** What an example of each class counted; a class is told by its probability × its weight. */
  readonly classWeights?: readonly number[]
  readonly metric: Metric
}

export const metrics = {
  accuracy: { name: "accuracy", higher: true, unit: "share" },
  balancedAccuracy: { name: "balanced accuracy", higher: true, unit: "share" },
  crossEntropy: { name: "cross-entropy", higher: false, unit: "nats a token" },
  mse: { name: "MSE", higher: false, unit: "" },
  rmse: { name: "RMSE", higher: false, unit: "" },
} as const satisfies { readonly [name: string]: Metric }

/** Whether one value of a metric is better than another. */
export function isBetter(metric: Metric, value: number, than: number): boolean {
  return metric.higher ? value > than : value < than
}

/**
 * A metric's value for people.
 * @example metricText({ name: "accuracy", higher: true, unit: "share" }, 0.975) // → "97.50 %"
 */
export function metricText(metric: Metric, value: number): string {
  if (metric.unit === "share") return `${(100 * value).toFixed(2)} %`
  return `${Number(value.toPrecision(4))}${metric.unit === "" ? "" : ` ${metric.unit}`}`
}

const nouns: Readonly<Record<string, string>> = {
  images: "images",
  series: "windows",
  text: "tokens",
}

/**
 * What the examples of a task are called.
 * @example
 * const metric = { name: "MSE", higher: false, unit: "" }
 * examplesOf({ kind: "series", goal: "forecast", inputs: ["load"], target: "load", metric }) // → "windows"
 */
export function examplesOf({ kind }: Task): string {
  return nouns[kind] ?? "rows"
}

/**
 * "1 input" or "3 inputs".
 * @example counted(3, "input") // → "3 inputs"
 */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`
}
