/** Fitting a few positive constants by robust least squares, with bootstrap bands. */

/** Residuals of every observation for the given constants, in units where 0.01 is one percent. */
export type Residuals = (constants: readonly number[]) => readonly number[]

export type FitOptions = {
  /** Weight of each observation. Default 1. */
  readonly weights?: readonly number[]
  /** Residuals beyond this size count by their size, not its square. Default 0.05. */
  readonly robustness?: number
  /** Default 30. */
  readonly iterations?: number
}

/** Solves A·x = b for a small symmetric positive matrix, by Gauss–Jordan with pivots. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length
  const rows = matrix.map((row, i) => [...row, right[i]!])
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let i = column + 1; i < n; i++)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i
    ;[rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!]
    const lead = rows[column]![column]!
    if (lead === 0) throw new Error("the constants cannot be told apart by these observations")
    for (let i = 0; i < n; i++) {
      if (i === column) continue
      const factor = rows[i]![column]! / lead
      for (let j = column; j <= n; j++) rows[i]![j] = rows[i]![j]! - factor * rows[column]![j]!
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!)
}

/** Soft L1 loss, 2c²(√(1 + (r/c)²) − 1): square near zero, straight far away. */
function loss(residuals: readonly number[], weights: readonly number[], c: number): number {
  let sum = 0
  for (let i = 0; i < residuals.length; i++)
    sum += weights[i]! * 2 * c * c * (Math.sqrt(1 + (residuals[i]! / c) ** 2) - 1)
  return sum
}

/**
 * Levenberg–Marquardt over the logarithms of the constants, so that they stay positive and a step
 * means a ratio. Work O(iterations · constants · cost of the residuals).
 */
export function fitConstants(
  residualsOf: Residuals,
  start: readonly number[],
  options: FitOptions = {},
): number[] {
  const { robustness = 0.05, iterations = 30 } = options
  let logs = start.map(Math.log)
  let residuals = residualsOf(logs.map(Math.exp))
  const weights = options.weights ?? residuals.map(() => 1)
  let cost = loss(residuals, weights, robustness)
  let damping = 1e-3
  for (let iteration = 0; iteration < iterations; iteration++) {
    const columns = logs.map((_, j) => {
      const moved = logs.map((value, i) => Math.exp(i === j ? value + 1e-4 : value))
      return residualsOf(moved).map((value, i) => (value - residuals[i]!) / 1e-4)
    })
    const bent = residuals.map((value, i) => weights[i]! / Math.sqrt(1 + (value / robustness) ** 2))
    const normal = columns.map((a) =>
      columns.map((b) => a.reduce((sum, value, i) => sum + bent[i]! * value * b[i]!, 0)),
    )
    const slope = columns.map((a) =>
      a.reduce((sum, value, i) => sum + bent[i]! * value * residuals[i]!, 0),
    )
    let improved = false
    for (let attempt = 0; attempt < 8 && !improved; attempt++) {
      const damped = normal.map((row, i) =>
        row.map((value, j) => (i === j ? value * (1 + damping) + 1e-12 : value)),
      )
      const move = solve(damped, slope)
      const next = logs.map((value, i) => value - Math.max(-1, Math.min(1, move[i]!)))
      const nextResiduals = residualsOf(next.map(Math.exp))
      const nextCost = loss(nextResiduals, weights, robustness)
      if (nextCost < cost) {
        const gain = (cost - nextCost) / cost
        logs = next
        residuals = nextResiduals
        cost = nextCost
        damping = Math.max(damping / 5, 1e-9)
        improved = gain > 1e-7
        if (!improved) return logs.map(Math.exp)
      } else damping *= 5
    }
    if (!improved) break
  }
  return logs.map(Math.exp)
}

/** A small deterministic generator (mulberry32), so that bands are the same on every machine. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Weights of one bootstrap resample that draws whole groups with replacement: each observation
 * counts as often as its group was drawn.
 */
export function resample(groups: readonly string[], random: () => number): number[] {
  const names = [...new Set(groups)]
  const drawn = new Map<string, number>()
  for (let i = 0; i < names.length; i++) {
    const name = names[Math.floor(random() * names.length)]!
    drawn.set(name, (drawn.get(name) ?? 0) + 1)
  }
  return groups.map((name) => drawn.get(name) ?? 0)
}

/** The value below which a fraction of the numbers lies, between neighbours by straight line. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * fraction
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low)
}
