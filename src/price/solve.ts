/** Linear equations in whole numbers, solved exactly. */

export interface ExactSolution {
  readonly numerators: readonly bigint[]
  /** Of all of them, at least 1; in lowest terms. */
  readonly denominator: bigint
}

/** A row of the equations, its value last, that has something at its place. */
interface Pivot {
  readonly place: number
  readonly row: readonly bigint[]
}

/**
 * The numbers x with Σ columns[k][row] · x[k] = values[row] in every row, by elimination row after
 * row; it ends at the first row that contradicts those before.
 * @returns undefined where there are none, or more than one choice of them.
 */
export function solveExactly(
  columns: readonly (readonly bigint[])[],
  values: readonly bigint[],
): ExactSolution | undefined {
  const unknowns = columns.length
  const pivots: Pivot[] = []
  for (const [i, value] of values.entries()) {
    const row = pivots.reduce(cleared, [...columns.map((column) => column[i]), value])
    const place = row.findIndex((entry) => entry !== 0n)
    // 0 = something is a contradiction, 0 = 0 is nothing new.
    if (place === unknowns) return undefined
    if (place >= 0) pivots.push({ place, row })
  }
  if (pivots.length < unknowns) return undefined
  const solved = pivots.map(({ place, row }, i) => {
    const alone = pivots.slice(i + 1).reduce(cleared, row)
    return { place, numerator: alone[unknowns], denominator: alone[place] }
  })
  const common = solved.reduce((lcm, { denominator }) => leastMultiple(lcm, denominator), 1n)
  const numerators = columns.map(() => 0n)
  for (const { place, numerator, denominator } of solved) {
    numerators[place] = (numerator * common) / denominator
  }
  const divisor = numerators.reduce(greatestDivisor, common)
  return {
    numerators: numerators.map((numerator) => numerator / divisor),
    denominator: common / divisor,
  }
}

/** A row without anything at a pivot's place. */
function cleared(row: readonly bigint[], { place, row: by }: Pivot): readonly bigint[] {
  const factor = row[place]
  if (factor === 0n) return row
  return row.map((entry, j) => entry * by[place] - factor * by[j])
}

/** At least 1 of numbers that are not 0. */
function leastMultiple(a: bigint, b: bigint): bigint {
  const multiple = (a / greatestDivisor(a, b)) * b
  return multiple < 0n ? -multiple : multiple
}

/** At least 0. */
function greatestDivisor(a: bigint, b: bigint): bigint {
  if (b !== 0n) return greatestDivisor(b, a % b)
  return a < 0n ? -a : a
}
