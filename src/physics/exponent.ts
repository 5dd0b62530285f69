/**
 * The exponent x in n·T^x = constant along a frontier of (space n, time T).
 *
 * x = 1 is a perfect trade: twice the space, half the time. x = 2 is Thompson's A·T² for a
 * computation bound by what crosses its bisection. x above 1 means each halving of the time costs
 * more than twice the space.
 */
export type TradeExponent = {
  readonly exponent: number
  /** The constant n·T^x, in units of n times seconds to the x. */
  readonly constant: number
  /** Standard error of the exponent; 0 for two points. */
  readonly error: number
}

export type SpaceTimePoint = { readonly space: number; readonly seconds: number }

/**
 * Fits the trade exponent by least squares of ln n on ln T: ln n = ln C − x·ln T.
 * Throws with fewer than two different times, or a number that is not positive.
 * Work O(points).
 *
 * Source of the law that it measures: C. D. Thompson, A complexity theory for VLSI, 1980
 * (A·T^2x = Ω(N^(1+x) log^2x N) for the Fourier transform, 0 ≤ x ≤ 1).
 */
export function tradeExponent(points: readonly SpaceTimePoint[]): TradeExponent {
  for (const { space, seconds } of points) {
    if (!(space > 0 && space < Infinity && seconds > 0 && seconds < Infinity)) {
      throw new Error(
        `the point with space ${space} and ${seconds} s has no logarithm; both must be positive`,
      )
    }
  }
  const x = points.map(({ seconds }) => Math.log(seconds))
  const y = points.map(({ space }) => Math.log(space))
  const meanX = mean(x)
  const meanY = mean(y)
  const spread = sum(x.map((value) => (value - meanX) ** 2))
  if (!(spread > 0)) {
    throw new Error(
      `a trade exponent needs two points or more at different times; there are ${points.length}`,
    )
  }
  const slope = sum(x.map((value, i) => (value - meanX) * (y[i]! - meanY))) / spread
  const intercept = meanY - slope * meanX
  const residual = sum(x.map((value, i) => (y[i]! - intercept - slope * value) ** 2))
  const freedom = points.length - 2
  return {
    exponent: -slope,
    constant: Math.exp(intercept),
    error: freedom > 0 ? Math.sqrt(residual / freedom / spread) : 0,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}
