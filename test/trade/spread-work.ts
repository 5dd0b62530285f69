/** Functions for threads to import. */

const factor = 3

export function triple(x: number): number {
  return factor * x
}

export default function negate(x: number): number {
  return -x
}

const table = Float64Array.of(1, 2, 3)

/** A result that the module keeps for itself too. */
export function sharedTable(): Float64Array {
  return table
}

export const notAFunction = 1
