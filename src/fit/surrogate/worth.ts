/** Whether what was learnt of a function is worth having. */

import type { SurrogateReport } from "./report.ts"

/** A function that a network cannot stand in for, and why. */
export class SurrogateError extends Error {
  override readonly name = "SurrogateError"
  /** What was measured before it was given up, where it came so far. */
  readonly report: SurrogateReport | undefined

  constructor(message: string, report?: SurrogateReport) {
    super(message)
    this.report = report
  }
}

/** @throws SurrogateError when the network is not worth having. */
export function requireWorth(report: SurrogateReport): void {
  const { bound, tolerance, confidence, seconds, history } = report
  const share = `${Number((100 * confidence).toPrecision(4))} %`
  if (bound > tolerance) {
    const [first, last] = [history[0], history[history.length - 1]]
    const slope = Math.log(first.bound / last.bound) / Math.log(last.calls / first.calls)
    const needed = last.calls * (bound / tolerance) ** (1 / slope)
    const outlook =
      slope > 0.1 && needed < 1e9
        ? `at the rate at which it fell, some ${Math.ceil(needed).toLocaleString("en-US")} calls would do`
        : "and it hardly fell as calls were added, so more of them will not help: the function " +
          "may jump, or vary on a scale that no number of points finds"
    throw new SurrogateError(
      `the error is within ${bound.toPrecision(3)} for ${share} of inputs, above the tolerance of ` +
        `${Number(tolerance.toPrecision(3))} after ${report.calls} calls; ${outlook}`,
      report,
    )
  }
  if (seconds.call <= Math.min(seconds.single, seconds.batch)) {
    const micro = (value: number): string => `${(1e6 * value).toPrecision(2)} µs`
    throw new SurrogateError(
      `the function takes ${micro(seconds.call)} a call and its network ${micro(seconds.single)}, ` +
        `${micro(seconds.batch)} in a batch: there is nothing to gain`,
      report,
    )
  }
}
