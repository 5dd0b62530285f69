/** How far a float32 is from the right one. */

/** The largest float32. */
export const largest = 2 ** 128 - 2 ** 104

/** Error in units of float32's last place at the reference; Infinity where no digit is right. */
export function ulps(result: number, reference: number): number {
  const rounded = Math.fround(reference)
  if (Object.is(result, rounded) && !Number.isFinite(rounded)) return 0
  if (Number.isNaN(result) || Number.isNaN(rounded)) return Infinity
  // The largest float32 is one step from infinity.
  if (!Number.isFinite(result)) return rounded === Math.sign(result) * largest ? 1 : Infinity
  if (!Number.isFinite(rounded)) return result === Math.sign(rounded) * largest ? 1 : Infinity
  if (result === rounded && !Object.is(result, rounded)) return Infinity
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(rounded))), -126)
  return Math.abs(result - reference) / 2 ** (exponent - 23)
}
