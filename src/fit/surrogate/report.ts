/** What a surrogate is worth, in figures and in words. */

import { assurance } from "./conformal.ts"

export interface SurrogateReport {
  /** What stands in for the function. */
  readonly learner: string
  /** The ways that were tried, and their root mean square errors on calls that none had seen. */
  readonly rivals: readonly { readonly name: string; readonly error: number }[]
  /** Calls of the function, those held out included. */
  readonly calls: number
  /** Calls that threw or gave something not finite. */
  readonly failures: number
  readonly tolerance: number
  readonly confidence: number
  /** The outputs' standard deviation, the greatest of several outputs: an error to compare with. */
  readonly deviation: number
  /**
   * |f − network| is at most this for a new input, with the probability `confidence`: a promise that
   * 95 % of the drawings of calibration inputs keep.
   */
  readonly bound: number
  /** What inputs say that neither training nor the bound has seen. */
  readonly check: {
    readonly inputs: number
    /** How many errors were within the bound. */
    readonly within: number
    /** Where the true share within the bound lies, at 95 % (Clopper and Pearson). */
    readonly interval: readonly [number, number]
    readonly mean: number
    readonly most: number
    /** How many the network would have left to the function. */
    readonly distrusted: number
  }
  /** The bound after each round. */
  readonly history: readonly { readonly calls: number; readonly bound: number }[]
  readonly seconds: {
    /** One call of the function. */
    readonly call: number
    /** One call of the network. */
    readonly single: number
    /** One input of a large batch. */
    readonly batch: number
    /** Everything that was done to make it. */
    readonly learning: number
  }
  /** Calls after which learning has paid for itself; undefined when it never does. */
  readonly breakEvenCalls: number | undefined
  /** Numbers that the network holds. */
  readonly weights: number
}

/**
 * A surrogate's report as lines of names and values: calls, bound, how it was checked, what a call
 * takes by the network and by the function, and how many calls pay for the learning.
 * @example
 * // Not run: it learns.
 * const g = await surrogate(({ x }) => Math.sin(x), { domain: { x: [0, 3] } })
 * console.log(printSurrogate(g.report))
 */
export function printSurrogate(report: SurrogateReport): string {
  const rows = reportRows(report)
  const wide = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(wide)}  ${value}`).join("\n")
}

/** What a report says, by name. */
export function reportRows(
  report: SurrogateReport,
): readonly (readonly [name: string, value: string])[] {
  const { check, seconds } = report
  const short = (value: number): string => String(Number(value.toPrecision(3)))
  const micro = (value: number): string =>
    value < 1e-3 ? `${short(1e6 * value)} µs` : `${short(1e3 * value)} ms`
  const percent = (share: number): string => `${short(100 * share)} %`
  const times = (quick: number): string => `${short(seconds.call / quick)} ×`
  const promised = percent(report.confidence)
  const [low, high] = check.interval
  return [
    [
      "stands in",
      [...report.rivals]
        .sort((a, b) => a.error - b.error)
        .map(({ name, error }) => `${name} (error ${short(error)})`)
        .join(", before "),
    ],
    [
      "error",
      `at most ${short(report.bound)} for ${promised} of inputs, ${percent(assurance)} sure (asked: ${short(report.tolerance)})`,
    ],
    [
      "checked",
      `${check.within} of ${check.inputs} new inputs within it, so ${percent(low)} to ${percent(high)}; ` +
        `mean ${short(check.mean)}, worst ${short(check.most)}`,
    ],
    [
      "left to the function",
      `${percent(check.distrusted / Math.max(1, check.inputs))} of inputs, and all outside the domain`,
    ],
    [
      "learnt from",
      `${report.calls.toLocaleString("en-US")} calls in ${short(seconds.learning)} s` +
        (report.failures === 0 ? "" : `, of which ${report.failures} failed`),
    ],
    [
      "one call",
      `${micro(seconds.call)} the function, ${micro(seconds.single)} the network (${times(seconds.single)})`,
    ],
    ["in a batch", `${micro(seconds.batch)} each (${times(seconds.batch)})`],
    [
      "pays after",
      report.breakEvenCalls === undefined
        ? "never: the function is quicker"
        : `${report.breakEvenCalls.toLocaleString("en-US")} calls`,
    ],
  ]
}
