/** How much is padded, and in which simple ways. */

/** Amounts before and after: one for all, one pair for all axes, or a pair for each. */
export type PadWidth =
  | number
  | readonly [number]
  | readonly [number, number]
  | readonly (readonly [number, number])[]

/** The modes that `padding.ts` knows. */
export const padModes = ["constant", "edge", "reflect", "symmetric", "wrap"] as const

/** Amounts before and after each axis. */
export function padPairs(width: PadWidth, rank: number): readonly (readonly [number, number])[] {
  const all = (pair: readonly [number, number]) =>
    globalThis.Array.from({ length: rank }, () => pair)
  const given = typeof width !== "number" && isSingle(width) ? width[0] : width
  const pairs = typeof given === "number" ? all([given, given]) : isPair(given) ? all(given) : given
  const full = pairs.length === 1 ? all(pairs[0]) : pairs
  if (full.length !== rank) {
    throw new RangeError(`pad: ${full.length} pairs of widths for an array of rank ${rank}`)
  }
  for (const amount of full.flat()) {
    if (!Number.isInteger(amount) || amount < 0) {
      throw new RangeError(`pad: a width is ${amount}, which must be a whole number of at least 0`)
    }
  }
  return full
}

function isSingle(width: Exclude<PadWidth, number>): width is readonly [number] {
  return width.length === 1 && typeof width[0] === "number"
}

function isPair(
  width: Exclude<PadWidth, number | readonly [number]>,
): width is readonly [number, number] {
  return typeof width[0] === "number"
}
