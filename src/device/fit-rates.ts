/** Rates from measured programs: those that explain the measured seconds best. */

const mostRounds = 60
/** Misses beyond this count less than their square: one odd program does not bend the rest. */
const tolerance = 0.25

/** A measured program, and how much it is to count. */
export interface Observation {
  readonly seconds: number
  readonly weight: number
}

/**
 * The positive parameters for which `predict` comes closest to the measured seconds, by
 * Levenberg–Marquardt on logarithms, with Huber's weights; and how far each program's own seconds
 * would be missed if it were not known (the residual over 1 − its leverage).
 * @param leash what a parameter pays for straying e-fold from its start, in squares of misses
 */
export function fitRates(
  start: readonly number[],
  measured: readonly Observation[],
  predict: (parameters: readonly number[]) => readonly number[],
  leash: number,
): { readonly parameters: readonly number[]; readonly misses: readonly number[] } {
  const origin = start.map(Math.log)
  const missesAt = (logs: readonly number[]): number[] =>
    predict(logs.map(Math.exp)).map((seconds, i) => Math.log(seconds / measured[i].seconds))
  const lossOf = (misses: readonly number[], logs: readonly number[]): number =>
    misses.reduce((sum, miss, i) => sum + measured[i].weight * huber(miss), 0) +
    logs.reduce((sum, log, k) => sum + leash * (log - origin[k]) ** 2, 0)
  let logs = origin
  let misses = missesAt(logs)
  let loss = lossOf(misses, logs)
  let damping = 1e-2
  for (let round = 0; round < mostRounds && damping < 1e6; round++) {
    const system = normal(misses, logs, origin, missesAt, measured, leash)
    const before = loss
    while (damping < 1e6) {
      const step = solve(
        system.matrix.map((row, k) =>
          row.map((value, l) => (k === l ? value * (1 + damping) : value)),
        ),
        system.gradient,
      )
      const next = logs.map((log, k) => log - Math.max(-1.5, Math.min(1.5, step[k])))
      const nextMisses = missesAt(next)
      const nextLoss = lossOf(nextMisses, next)
      if (nextLoss < loss) {
        ;[logs, misses, loss] = [next, nextMisses, nextLoss]
        damping = Math.max(1e-7, damping / 4)
        break
      }
      damping *= 4
    }
    if (before - loss < 1e-5 * before) break
  }
  const { matrix, slopes, weights } = normal(misses, logs, origin, missesAt, measured, leash)
  const unknown = misses.map((miss, i) => {
    const own = slopes.map((row) => row[i])
    const reached = solve(matrix, own)
    const leverage = weights[i] * own.reduce((sum, slope, k) => sum + slope * reached[k], 0)
    return miss / Math.max(0.1, 1 - leverage)
  })
  return { parameters: logs.map(Math.exp), misses: unknown }
}

function huber(miss: number): number {
  const size = Math.abs(miss)
  return size <= tolerance ? miss * miss : tolerance * (2 * size - tolerance)
}

/** JᵀWJ and JᵀWr with the leash; `slopes[k][i]` is how miss i changes with parameter k. */
function normal(
  misses: readonly number[],
  logs: readonly number[],
  origin: readonly number[],
  missesAt: (logs: readonly number[]) => readonly number[],
  measured: readonly Observation[],
  leash: number,
) {
  const step = 1e-4
  const slopes = logs.map((_, k) => {
    const moved = missesAt(logs.map((log, l) => (l === k ? log + step : log)))
    return moved.map((miss, i) => (miss - misses[i]) / step)
  })
  const weights = misses.map(
    (miss, i) => measured[i].weight * Math.min(1, tolerance / Math.max(1e-12, Math.abs(miss))),
  )
  const matrix = slopes.map((row, k) =>
    slopes.map((other, l) => {
      let sum = k === l ? leash : 0
      for (const [i, slope] of row.entries()) sum += weights[i] * slope * other[i]
      return sum
    }),
  )
  const gradient = slopes.map((row, k) =>
    row.reduce(
      (sum, slope, i) => sum + weights[i] * slope * misses[i],
      leash * (logs[k] - origin[k]),
    ),
  )
  return { matrix, gradient, slopes, weights }
}

/** The solution of a symmetric positive definite system, by Cholesky's factors. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length
  const lower = matrix.map((row) => [...row])
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) lower[j][j] -= lower[j][k] ** 2
    lower[j][j] = Math.sqrt(Math.max(lower[j][j], 1e-300))
    for (let i = j + 1; i < n; i++) {
      for (let k = 0; k < j; k++) lower[i][j] -= lower[i][k] * lower[j][k]
      lower[i][j] /= lower[j][j]
    }
  }
  const solution = [...right]
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) solution[i] -= lower[i][k] * solution[k]
    solution[i] /= lower[i][i]
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) solution[i] -= lower[k][i] * solution[k]
    solution[i] /= lower[i][i]
  }
  return solution
}
