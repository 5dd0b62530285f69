/** The whole command line: every command, and what a line of it ends with. */

import { readFileSync } from "node:fs"
import { Command, CommanderError, Option } from "commander"
import {
  closeDevices,
  defaultDevice,
  defaultDeviceOptions,
  setDefaultDevice,
  setTuning,
} from "../array/index.ts"
import { type Tune, tuneChoices } from "../device/index.ts"
import { SettingError } from "../fit/index.ts"
import { devicesCommand } from "./devices.ts"
import { exportCommand } from "./export.ts"
import { UsageError } from "./failure.ts"
import { fitCommand } from "./fit.ts"
import { frontierCommand } from "./frontier.ts"
import { Interrupted } from "./interruption.ts"
import { LoadError } from "./load.ts"
import { planCommand } from "./plan.ts"
import { predictCommand } from "./predict.ts"
import { priceCommand } from "./price.ts"
import { reportCommand } from "./report.ts"
import { runCommand } from "./run.ts"
import { serveCommand } from "./serve.ts"
import { startCommand } from "./start.ts"

/** The command with all commands below it. It throws where commander would end the process. */
export function commandTree(): Command {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  )
  const program = new Command("tradespace")
    .description("Trade space for time: what array programs take, and running them on every core.")
    .version(version)
    .option("--debug", "show where an error came from")
    .addOption(
      new Option("--tune <when>", "look for the tiles that suit the processor, once for a machine")
        .choices(tuneChoices)
        .default("unknown", '"unknown": where they were not measured'),
    )
    .hook("preAction", (command) => {
      setTuning(command.opts<{ tune: Tune }>().tune)
    })
    .addHelpText(
      "after",
      "\ntradespace COMMAND --help tells the options of a command, with examples.",
    )
    .configureOutput({ outputError: (message, write) => write(oneLine(message)) })
    .exitOverride()
  for (const command of [
    startCommand(),
    priceCommand(),
    frontierCommand(),
    runCommand(),
    fitCommand(),
    predictCommand(),
    serveCommand(),
    reportCommand(),
    exportCommand(),
    devicesCommand(),
    planCommand(),
  ]) {
    program.addCommand(command.copyInheritedSettings(program))
  }
  return program
}

/**
 * Runs one command line and tells its error, if it has one. Nothing of it stays: the next one in the
 * same process begins with the same default device and tuning.
 * @param args what stands behind `tradespace`
 * @returns the exit status: 0 on success, 1 when the task failed, 2 when used wrongly, 130 when
 * interrupted.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const program = commandTree()
  const before = [defaultDevice(), defaultDeviceOptions()] as const
  const tuning = setTuning("unknown")
  try {
    await program.parseAsync([...args], { from: "user" })
    return 0
  } catch (error) {
    // Commander has told its own errors already.
    if (!(error instanceof CommanderError)) tell(error, program.opts<{ debug?: boolean }>().debug)
    return statusOf(error)
  } finally {
    await closeDevices().catch(() => {})
    setDefaultDevice(...before)
    setTuning(tuning)
  }
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Interrupted) return 130
  const wrongly = [UsageError, LoadError, SettingError].some((kind) => error instanceof kind)
  return wrongly ? 2 : 1
}

/** Commander's errors in the form of all others. */
function oneLine(message: string): string {
  const text = message
    .replace(/^error: /, "")
    .trim()
    .replaceAll("\n", " ")
  return text.startsWith("tradespace")
    ? `${text}\n`
    : `tradespace: ${text.replace(/\.$/, "")}; --help tells more\n`
}

/** One sentence on standard error; where the error came from only when asked. */
function tell(error: unknown, withOrigin = false): void {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`tradespace: ${message}\n`)
  if (withOrigin && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`)
    const { cause } = error
    if (cause === undefined) return
    process.stderr.write(`caused by: ${cause instanceof Error ? cause.stack : String(cause)}\n`)
  }
}
