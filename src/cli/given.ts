/** Options that were given, told from their defaults, so that none is passed over in silence. */

import type { Command } from "commander"
import { UsageError } from "./failure.ts"

/**
 * Asks whether every option that was given is among those that are read.
 * @param read names of options as commander keeps them, such as `checkpointEvery`
 * @param where what reads them, after "is not for"
 * @throws UsageError naming the first that is not.
 */
export function requireGiven(command: Command, read: ReadonlySet<string>, where: string): void {
  const strange = command.options.find((option) => {
    const name = option.attributeName()
    return command.getOptionValueSource(name) === "cli" && !read.has(name)
  })
  if (strange === undefined) return
  throw new UsageError(`${strange.long} is not for ${where}: leave it out`)
}
