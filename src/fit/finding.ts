/** What checks of the data before training found, each with its name. */

export type Severity = "note" | "warning" | "error"

export interface Finding {
  /** Stable name, such as `target-leak`. */
  readonly name: string
  readonly severity: Severity
  /** One sentence: what, where, and what is done about it. */
  readonly message: string
}

/**
 * Ends a fit that makes no sense.
 * @throws DataError with the message of the first finding that is an error.
 */
export function requireNoErrors(findings: readonly Finding[]): void {
  const error = findings.find(({ severity }) => severity === "error")
  if (error !== undefined) throw new DataError(error.message)
}

/** The data do not define the task. */
export class DataError extends Error {
  override readonly name = "DataError"
}

/** A setting makes no sense, or not for these data. */
export class SettingError extends RangeError {
  override readonly name = "SettingError"
}
