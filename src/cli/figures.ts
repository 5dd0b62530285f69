/** Figures in words: large counts, times, shares. */

import { units } from "../cluster/index.ts"
import { evaluate, type Size } from "../size/index.ts"

const names = [
  [1e15, "quadrillion"],
  [1e12, "trillion"],
  [1e9, "billion"],
  [1e6, "million"],
] as const

/** A count in words: `3.26 billion`, `421,642`. */
export function amount(size: Size): string {
  const value = evaluate(size, {})
  const [unit, name] = names.find(([least]) => value >= least) ?? [1, ""]
  if (unit === 1) return value.toLocaleString("en-US")
  return `${Number((value / unit).toPrecision(3))} ${name}`
}

/** A share with two decimals: `98.73 %`. */
export function share(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`
}

/** A time between two others, as a quote gives it: `62 s (44 s to 81 s)`. */
export function interval(seconds: number, [low, high]: readonly [number, number]): string {
  return `${units.duration(seconds)} (${units.duration(low)} to ${units.duration(high)})`
}

export function bytes(size: Size): string {
  return units.bytes(evaluate(size, {}))
}

export const duration: (seconds: number) => string = units.duration
