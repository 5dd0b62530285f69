/** Columns of a series brought to mean 0 and deviation 1, by logarithms where swings grow with level. */

export interface ColumnScaling {
  readonly logarithm: boolean
  readonly mean: number
  readonly deviation: number
}

/** Swings are taken to grow with the level from this correlation on. */
const growing = 0.7

/** How the columns of some rows are scaled. */
export function scalingOf(
  values: Float64Array,
  columns: number,
  season: number,
): readonly ColumnScaling[] {
  const rows = values.length / columns
  return Array.from({ length: columns }, (_, c) => {
    const own = Float64Array.from({ length: rows }, (_, row) => values[row * columns + c])
    const logarithm = own.every((value) => value > 0) && swingsGrow(own, Math.max(4, season))
    const scaled = logarithm ? own.map(Math.log) : own
    const mean = scaled.reduce((a, b) => a + b, 0) / rows
    const variance = scaled.reduce((a, b) => a + (b - mean) ** 2, 0) / rows
    return { logarithm, mean, deviation: Math.sqrt(variance) || 1 }
  })
}

/** Whether stretches of a season swing more where they lie higher. */
function swingsGrow(values: Float64Array, season: number): boolean {
  const count = Math.floor(values.length / season)
  if (count < 5) return false
  const stretches = Array.from({ length: count }, (_, i) => {
    const part = values.subarray(i * season, (i + 1) * season)
    const mean = part.reduce((a, b) => a + b, 0) / season
    const swing = Math.sqrt(part.reduce((a, b) => a + (b - mean) ** 2, 0) / season)
    return { mean, swing }
  })
  return (
    correlation(
      stretches.map((s) => s.mean),
      stretches.map((s) => s.swing),
    ) > growing
  )
}

function correlation(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  let [xy, xx, yy] = [0, 0, 0]
  for (const [i, value] of x.entries()) {
    xy += (value - mx) * (y[i] - my)
    xx += (value - mx) ** 2
    yy += (y[i] - my) ** 2
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}

export function scaled(values: ArrayLike<number>, scaling: readonly ColumnScaling[]): Float32Array {
  return Float32Array.from(values, (value, i) => {
    const { logarithm, mean, deviation } = scaling[i % scaling.length]
    // A value that has no logarithm is brought to the least that has been seen, about.
    const own = logarithm ? Math.log(Math.max(value, Math.exp(mean - 6 * deviation))) : value
    return (own - mean) / deviation
  })
}

export function unscaled(
  values: ArrayLike<number>,
  scaling: readonly ColumnScaling[],
): Float64Array {
  return Float64Array.from(values, (value, i) => {
    const { logarithm, mean, deviation } = scaling[i % scaling.length]
    const own = value * deviation + mean
    return logarithm ? Math.exp(own) : own
  })
}
