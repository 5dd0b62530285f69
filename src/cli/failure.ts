/** Failures that say which exit status they mean. */

/** The command was used wrongly: status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}
