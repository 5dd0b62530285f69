import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

export interface Outcome {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** Starts the command from its sources, as a user would. */
export function start(args: readonly string[], cwd = root): ChildProcess {
  const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))
  return spawn(process.execPath, [main, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] })
}

/**
 * Said once on a machine that other code has calibrated, an earlier version say: it is about the
 * machine and not about the command.
 */
const remeasured = /^tradespace: \w+ was calibrated with other code or elsewhere: .*\n/gm

/** Waits for the end of a command. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  let output = ""
  let errors = ""
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk
  })
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk
  })
  return new Promise((resolve) => {
    child.on("close", (status) => {
      resolve({ status, output, errors: errors.replaceAll(remeasured, "") })
    })
  })
}

/** Runs the command to its end. */
export function tradespace(...args: readonly string[]): Promise<Outcome> {
  return outcome(start(args))
}

/** What a failed command may say: one sentence on one line. */
export const oneSentence = /^[^\n]+\n$/
