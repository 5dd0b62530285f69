import type { Machine } from "../hardware/index.ts"
import {
  collectiveSeconds,
  fitCollectives,
  fitSteps,
  stepResiduals,
  tableWeights,
} from "./calibrate.ts"
import type { Constants } from "./constants.ts"
import type { MeasuredCollective, MeasuredStep } from "./measured.ts"
import { generator, quantile } from "./regression.ts"

/** How far predictions are from measurements, as fractions of the measurement. */
export type Accuracy = {
  readonly count: number
  readonly meanAbsolute: number
  readonly median: number
  readonly ninetieth: number
  readonly worst: number
  readonly bias: number
}

/** Summary of relative errors. Throws where there are none. */
export function accuracyOf(errors: readonly number[]): Accuracy {
  if (errors.length === 0) throw new Error("no errors to summarise: the table has no rows")
  const sizes = errors.map(Math.abs)
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    count: errors.length,
    meanAbsolute: mean(sizes),
    median: quantile(sizes, 0.5),
    ninetieth: quantile(sizes, 0.9),
    worst: Math.max(...sizes),
    bias: mean(errors),
  }
}

/** Relative errors of predicted step times. */
export function stepErrors(
  steps: readonly MeasuredStep[],
  machine: Machine,
  constants: Constants,
): number[] {
  return stepResiduals(steps, machine, constants).map((log) => Math.exp(log) - 1)
}

/** Errors on each network's runs with constants fitted on all other networks and `others`. */
export function leaveOneNetworkOut(
  steps: readonly MeasuredStep[],
  others: readonly MeasuredStep[],
  machine: Machine,
  start: Constants,
): Map<string, number[]> {
  const names = [...new Set(steps.map((step) => step.networkName))]
  return new Map(
    names.map((name) => {
      const kept = steps.filter((step) => step.networkName !== name)
      const tables = [kept, others].filter((table) => table.length > 0)
      const fitted = fitSteps(tables.flat(), machine, start, tableWeights(tables))
      const left = steps.filter((step) => step.networkName === name)
      return [name, stepErrors(left, machine, fitted)] as const
    }),
  )
}

/** Errors on the held-out half of `steps`, split by row or by whole profiles. */
export function halfHeldOut(
  steps: readonly MeasuredStep[],
  others: readonly MeasuredStep[],
  machine: Machine,
  start: Constants,
  by: "row" | "profile",
  seed: number,
): number[] {
  const random = generator(seed)
  const keys = steps.map((step, i) => (by === "row" ? `${i}` : step.profile))
  const coin = new Map<string, boolean>()
  for (const key of keys) if (!coin.has(key)) coin.set(key, random() < 0.5)
  const kept = steps.filter((_, i) => coin.get(keys[i]!) === true)
  const left = steps.filter((_, i) => coin.get(keys[i]!) === false)
  const fitted = fitSteps([...others, ...kept], machine, start, tableWeights([others, kept]))
  return stepErrors(left, machine, fitted)
}

/** Errors of the fitted α–β law on every second all-reduce, fitted on the others. */
export function collectiveErrors(rows: readonly MeasuredCollective[], datasheet: number): number[] {
  const link = fitCollectives(
    rows.filter((_, i) => i % 2 === 0),
    datasheet,
  )
  return rows
    .filter((_, i) => i % 2 === 1)
    .map((row) => collectiveSeconds(link, datasheet, row.members, row.bytes) / row.seconds - 1)
}

/** For each network, how much slower the run that the planner would choose is than the best run. */
export function chosenLayouts(
  steps: readonly MeasuredStep[],
  machine: Machine,
  constants: Constants,
): Map<string, { readonly chosen: MeasuredStep; readonly best: MeasuredStep; loss: number }> {
  const logs = stepResiduals(steps, machine, constants)
  const predicted = steps.map((step, i) => step.seconds * Math.exp(logs[i]!))
  const chosen = new Map<string, { chosen: MeasuredStep; best: MeasuredStep; loss: number }>()
  for (const name of new Set(steps.map((step) => step.networkName))) {
    const rows = steps.flatMap((step, i) => (step.networkName === name ? [i] : []))
    const pick = rows.reduce((a, b) => (predicted[b]! < predicted[a]! ? b : a))
    const best = rows.reduce((a, b) => (steps[b]!.seconds < steps[a]!.seconds ? b : a))
    const loss = steps[pick]!.seconds / steps[best]!.seconds - 1
    chosen.set(name, { chosen: steps[pick]!, best: steps[best]!, loss })
  }
  return chosen
}
