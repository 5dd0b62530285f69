/**
 * How often to save the state of a computation whose machines fail.
 *
 * The machine fails at random once in `meanSecondsToFailure` (the whole cluster: one device's
 * divided by the number of devices); saving takes `saveSeconds`.
 */

/** Young 1974, first order: √(2δM). Right while δ is much less than M. */
export function youngInterval(saveSeconds: number, meanSecondsToFailure: number): number {
  check(saveSeconds, meanSecondsToFailure)
  return Math.sqrt(2 * saveSeconds * meanSecondsToFailure)
}

/**
 * Daly 2006, higher order: √(2δM)·(1 + ⅓√(δ/2M) + (1/9)(δ/2M)) − δ for δ < 2M, else M.
 * Seconds of work between one save's end and the next one's start.
 */
export function dalyInterval(saveSeconds: number, meanSecondsToFailure: number): number {
  check(saveSeconds, meanSecondsToFailure)
  const ratio = saveSeconds / (2 * meanSecondsToFailure)
  if (ratio >= 1) return meanSecondsToFailure
  const young = youngInterval(saveSeconds, meanSecondsToFailure)
  return young * (1 + Math.sqrt(ratio) / 3 + ratio / 9) - saveSeconds
}

/**
 * Expected wall seconds per second of useful work with failures: Daly 2006,
 * M·e^(R/M)·(e^((τ+δ)/M) − 1)/τ. At least 1; 1 when nothing fails and nothing is saved.
 */
export function failureStretch(failures: {
  readonly intervalSeconds: number
  readonly saveSeconds: number
  readonly restartSeconds: number
  readonly meanSecondsToFailure: number
}): number {
  const { intervalSeconds, saveSeconds, restartSeconds, meanSecondsToFailure } = failures
  check(saveSeconds, meanSecondsToFailure)
  if (!(intervalSeconds > 0 && restartSeconds >= 0)) {
    throw new Error(
      `an interval of ${intervalSeconds} s and a restart of ${restartSeconds} s cannot be; ` +
        "the interval must be positive and the restart zero or more",
    )
  }
  const again = Math.exp(restartSeconds / meanSecondsToFailure)
  const attempts = Math.expm1((intervalSeconds + saveSeconds) / meanSecondsToFailure)
  return (meanSecondsToFailure * again * attempts) / intervalSeconds
}

function check(saveSeconds: number, meanSecondsToFailure: number): void {
  if (!(saveSeconds > 0 && saveSeconds < Infinity)) {
    throw new Error(`a save of ${saveSeconds} s cannot be; it must be positive and finite`)
  }
  if (!(meanSecondsToFailure > 0 && meanSecondsToFailure < Infinity)) {
    throw new Error(
      `a mean time to failure of ${meanSecondsToFailure} s cannot be; ` +
        "it must be positive and finite",
    )
  }
}
