#!/usr/bin/env node
/** The `tradespace` command as a process. */

import { runCommandLine } from "./program.ts"

// A reader that has seen enough, such as head, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
})

process.exitCode = await runCommandLine(process.argv.slice(2))
