/** Forecasts that need no network: what a network has to beat. */

/** The value a season ago, again and again. With a season of 1, the last value. */
export function seasonalNaive(
  history: ArrayLike<number>,
  season: number,
  horizon: number,
): number[] {
  const from = history.length - season
  return Array.from({ length: horizon }, (_, i) => history[from + (i % season)])
}

interface Smoothing {
  readonly level: number
  readonly trend: number
  readonly season: number
}

/**
 * Triple exponential smoothing (Holt 1957, Winters 1960) with a damped trend (Gardner and McKenzie
 * 1985), the season added, or multiplied where all values are above 0 and that fits the history
 * better. The three shares are those of a grid that forecast the history best one step ahead.
 * @param season steps of a season; 1 for none
 */
export function holtWinters(history: ArrayLike<number>, season: number, horizon: number): number[] {
  const values = Float64Array.from(history)
  const seasonal = season > 1 && values.length >= 2 * season
  const forms = values.every((value) => value > 0) && seasonal ? [false, true] : [false]
  const grid = [0.05, 0.2, 0.4, 0.7]
  let best: { error: number; forecast: number[] } | undefined
  for (const multiplied of forms) {
    for (const level of grid) {
      for (const trend of [0.01, 0.1, 0.3]) {
        for (const share of seasonal ? grid : [0]) {
          const tried = smooth(values, seasonal ? season : 1, horizon, multiplied, {
            level,
            trend,
            season: share,
          })
          if (best === undefined || tried.error < best.error) best = tried
        }
      }
    }
  }
  return best?.forecast ?? seasonalNaive(history, 1, horizon)
}

/** What is left of a trend after each step. */
const damping = 0.98

function smooth(
  values: Float64Array,
  season: number,
  horizon: number,
  multiplied: boolean,
  share: Smoothing,
): { readonly error: number; readonly forecast: number[] } {
  const first = Math.min(season, values.length)
  const mean = (from: number): number => {
    const part = values.subarray(from, from + first)
    return part.reduce((a, b) => a + b, 0) / part.length
  }
  let level = mean(0)
  let slope = values.length >= 2 * first ? (mean(first) - level) / first : 0
  const idle = multiplied ? 1 : 0
  const factors = Array.from({ length: season }, (_, i) => {
    if (season === 1) return idle
    return multiplied ? values[i] / level : values[i] - level
  })
  const join = (base: number, factor: number): number =>
    multiplied ? base * factor : base + factor
  let error = 0
  for (let i = first; i < values.length; i++) {
    const factor = factors[i % season]
    const expected = level + damping * slope
    error += (join(expected, factor) - values[i]) ** 2
    const without = multiplied ? values[i] / factor : values[i] - factor
    const before = level
    level = share.level * without + (1 - share.level) * expected
    slope = share.trend * (level - before) + (1 - share.trend) * damping * slope
    if (season > 1) {
      const now = multiplied ? values[i] / level : values[i] - level
      factors[i % season] = share.season * now + (1 - share.season) * factor
    }
  }
  let [trend, step] = [0, 1]
  const forecast = Array.from({ length: horizon }, (_, i) => {
    step *= damping
    trend += step * slope
    return join(level + trend, factors[(values.length + i) % season])
  })
  return { error, forecast }
}
