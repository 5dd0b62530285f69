import type { Machine } from "../hardware/index.ts"
import type { Group } from "./collective.ts"
import { ringSeconds } from "./collective.ts"
import type { Constants, LinkConstants } from "./constants.ts"
import type { MeasuredCollective, MeasuredStep } from "./measured.ts"
import { ratesOf } from "./rates.ts"
import { fitConstants, generator, quantile, resample } from "./regression.ts"
import { stepTime } from "./step.ts"

/** The constants that step times are fitted for; all others are published or counted. */
export const fittedNames = ["tailWaves", "memoryFraction", "hostSeconds", "stepSeconds"] as const
export type FittedName = (typeof fittedNames)[number]

/** Logarithm of predicted over measured seconds, for each step. */
export function stepResiduals(
  steps: readonly MeasuredStep[],
  machine: Machine,
  constants: Constants,
): number[] {
  const rates = ratesOf(machine, "float16", constants)
  return steps.map(({ network, layout, seconds }) =>
    Math.log(stepTime(network, layout, rates).total / seconds),
  )
}

/** Weights that let each table count the same, however many rows it has. */
export function tableWeights(tables: readonly (readonly unknown[])[]): number[] {
  const rows = tables.reduce((sum, table) => sum + table.length, 0)
  return tables.flatMap((table) =>
    table.map(() => rows / (tables.length * Math.max(1, table.length))),
  )
}

/** Fits the step-time constants; `weights` as long as `steps`. */
export function fitSteps(
  steps: readonly MeasuredStep[],
  machine: Machine,
  start: Constants,
  weights?: readonly number[],
  iterations = 30,
): Constants {
  const withValues = (values: readonly number[]): Constants => ({
    ...start,
    ...Object.fromEntries(fittedNames.map((name, i) => [name, values[i]!])),
  })
  const fitted = fitConstants(
    (values) => stepResiduals(steps, machine, withValues(values)),
    fittedNames.map((name) => start[name]),
    { iterations, ...(weights === undefined ? {} : { weights }) },
  )
  return withValues(fitted)
}

/** Bands of the fitted constants: the middle nine tenths of fits to resampled profiles. */
export function bootstrapBands(
  steps: readonly MeasuredStep[],
  machine: Machine,
  best: Constants,
  weights: readonly number[],
  resamples: number,
  seed: number,
): Record<FittedName, { low: number; high: number }> {
  const random = generator(seed)
  const groups = steps.map((step) => step.profile)
  const draws: Constants[] = []
  for (let i = 0; i < resamples; i++) {
    const counts = resample(groups, random)
    const drawn = counts.map((count, row) => count * weights[row]!)
    draws.push(fitSteps(steps, machine, best, drawn, 4))
  }
  const band = (name: FittedName) => {
    const values = draws.map((draw) => draw[name])
    return { low: quantile(values, 0.05), high: quantile(values, 0.95) }
  }
  return {
    tailWaves: band("tailWaves"),
    memoryFraction: band("memoryFraction"),
    hostSeconds: band("hostSeconds"),
    stepSeconds: band("stepSeconds"),
  }
}

/** The all-reduce as the ring of the given link constants and datasheet bandwidth. */
export function collectiveSeconds(
  link: LinkConstants,
  datasheet: number,
  members: number,
  bytes: number,
): number {
  const found = link.fractions.find(([most]) => members <= most) ?? link.fractions.at(-1)!
  const group: Group = {
    members,
    startSeconds: link.startSeconds,
    hopSeconds: link.hopSeconds,
    bytesPerSecond: datasheet * found[1],
  }
  return ringSeconds(group, bytes)
}

/**
 * Fits start, hop and one fraction of the datasheet for each group size to all-reduce times, by
 * relative error.
 */
export function fitCollectives(
  rows: readonly MeasuredCollective[],
  datasheet: number,
): LinkConstants {
  const sizes = [...new Set(rows.map((row) => row.members))].sort((a, b) => a - b)
  const linkOf = (values: readonly number[]): LinkConstants => ({
    startSeconds: values[0]!,
    hopSeconds: values[1]!,
    fractions: sizes.map((size, i) => [size, values[i + 2]!]),
  })
  const start = [20e-6, 4e-6, ...sizes.map(() => 0.7)]
  const fitted = fitConstants(
    (values) => {
      const link = linkOf(values)
      return rows.map((row) =>
        Math.log(collectiveSeconds(link, datasheet, row.members, row.bytes) / row.seconds),
      )
    },
    start,
    { robustness: 0.02 },
  )
  return linkOf(fitted)
}

/** Bands of the link constants: the middle nine tenths of fits to resampled collectives. */
export function bootstrapCollectives(
  rows: readonly MeasuredCollective[],
  datasheet: number,
  resamples: number,
  seed: number,
): Record<"startSeconds" | "hopSeconds" | "widest", { low: number; high: number }> {
  const random = generator(seed)
  const draws = Array.from({ length: resamples }, () => {
    const drawn = rows.map(() => rows[Math.floor(random() * rows.length)]!)
    return fitCollectives(drawn, datasheet)
  })
  const band = (of: (link: LinkConstants) => number) => {
    const values = draws.map(of)
    return { low: quantile(values, 0.05), high: quantile(values, 0.95) }
  }
  return {
    startSeconds: band((link) => link.startSeconds),
    hopSeconds: band((link) => link.hopSeconds),
    widest: band((link) => link.fractions.at(-1)![1]),
  }
}
