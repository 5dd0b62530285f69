/** `tradespace frontier`: what would more threads buy? */

import { Command, InvalidArgumentError } from "commander"
import { parseSpecs, type Spec } from "../size/index.ts"
import { frontier, plotFrontier, printFrontier } from "../trade/index.ts"
import { UsageError } from "./failure.ts"
import { loadFunction } from "./load.ts"
import { type DeviceChoice, deviceOption, jsonOption, threadsOption } from "./options.ts"
import { say, sayJson } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly export: string
  readonly args: readonly Spec[]
  readonly json?: boolean
}

export function frontierCommand(): Command {
  return new Command("frontier")
    .description("what more threads would buy: the choices that no other beats, from quotes")
    .argument("<file>", "a TypeScript or JavaScript module")
    .requiredOption("--export <name>", "the exported function")
    .option("--args <specs>", 'the types of its arguments: "f32[1024], i32[8, 3]"', readSpecs, [])
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nNothing of the function is run. A device is calibrated at each number of threads when it\n" +
        "is first asked, about a second for each.",
    )
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const f = await loadFunction(file, options.export)
  const named = options.args.flatMap(({ shape }) => shape).find((size) => typeof size !== "number")
  if (named !== undefined) {
    throw new UsageError(`size ${named} has no value: a frontier needs numbers, as in f32[1024]`)
  }
  const { device, threads } = options
  const found = await frontier(f, options.args, { device, threads })
  if (options.json) return sayJson(found)
  say(printFrontier(found))
  say()
  say(plotFrontier(found))
  say()
  say(
    `● no other choice beats, ○ are beaten, · a perfect trade; seconds as quoted on ${found.device}`,
  )
}

function readSpecs(text: string): readonly Spec[] {
  try {
    return parseSpecs(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidArgumentError(error.message)
    throw error
  }
}
