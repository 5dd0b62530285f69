/** `tradespace frontier`: what would more threads and memory buy? */

import { Command } from "commander"
import { graphOf } from "../array/index.ts"
import type { Spec } from "../size/index.ts"
import { frontier, frontierHtml, frontierSvg, plotFrontier, printFrontier } from "../trade/index.ts"
import { onArguments, requireTaken } from "./arguments.ts"
import { UsageError } from "./failure.ts"
import { writeWhole } from "./files.ts"
import { loadFunction } from "./load.ts"
import {
  type DeviceChoice,
  deviceOption,
  examples,
  jsonOption,
  memoryAmount,
  specsOption,
  threadsOption,
} from "./options.ts"
import { say, sayJson } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly export: string
  readonly args: readonly Spec[]
  readonly json?: boolean
  readonly memory?: readonly string[]
  readonly svg?: string
  readonly html?: string
}

export function frontierCommand(): Command {
  return new Command("frontier")
    .description(
      "what more space would buy: the threads and memory that no other choice beats, from quotes",
    )
    .argument("<file>", "a TypeScript or JavaScript module")
    .requiredOption("--export <name>", "the exported function")
    .addOption(specsOption("f32[1024], i32[8, 3]"))
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option(
      "--memory <amounts>",
      'the most memory, as in 64MB, or all budgets to try, as in "64MB, 32MB"',
      readAmounts,
    )
    .option("--svg <file>", "write a picture")
    .option("--html <file>", "write a page with the picture and the table")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nNothing of the function is run. Less memory is had by computing values again instead of\n" +
        "keeping them. A device that was never calibrated with so many threads is measured\n" +
        "roughly, a second or two for each; the note below names the command that measures it well.",
    )
    .addHelpText(
      "after",
      examples(
        'frontier examples/multiply.ts --export multiply --args "f32[16777216]"',
        'frontier examples/multiply.ts --export multiply --args "f32[16777216]" --svg frontier.svg',
      ),
    )
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const f = await loadFunction(file, options.export)
  const named = options.args.flatMap(({ shape }) => shape).find((size) => typeof size !== "number")
  if (named !== undefined) {
    throw new UsageError(`size ${named} has no value: a frontier needs numbers, as in f32[1024]`)
  }
  const graph = onArguments(f, options.args.length, () => graphOf(f)(...options.args))
  requireTaken(f, options.args.length, () => graph)
  const { device, threads, memory: amounts } = options
  const memory = amounts?.length === 1 ? amounts[0] : amounts
  const found = await frontier(f, options.args, { device, threads, memory })
  const title = `${options.export} on ${found.device}: seconds by space`
  if (options.svg !== undefined) await writeWhole(options.svg, await frontierSvg(found, title))
  if (options.html !== undefined) await writeWhole(options.html, await frontierHtml(found, title))
  if (options.json) return sayJson(found)
  say(printFrontier(found))
  say()
  say(plotFrontier(found))
  say()
  const repeats = [...found.points, ...found.beaten].some(({ extra }) => extra > 0)
  say(
    repeats
      ? `· are beaten; seconds as quoted on ${found.device}; run one with jit(f, { memory, threads })`
      : `● no other choice beats, ○ are beaten, · a perfect trade; seconds as quoted on ${found.device}`,
  )
}

function readAmounts(text: string): readonly string[] {
  return text.split(",").map((amount) => memoryAmount(amount.trim()))
}
