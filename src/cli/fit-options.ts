/** Options of `tradespace fit` that say what is to be learned, and with how much space. */

import { InvalidArgumentError, Option } from "commander"
import { bytesOf, type SolverOptions } from "../fit/index.ts"
import { contractionPrecisions } from "../schedule/index.ts"
import { seconds } from "./options.ts"

export type SolverChoice = Omit<SolverOptions, "seed" | "test" | "memory">

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("It must be between 0 and 1.")
  return value
}

function memory(text: string): number {
  try {
    return bytesOf(text, "memory")
  } catch {
    throw new InvalidArgumentError("It must be a size such as 500MB or 2GB.")
  }
}

/** Everything that is inferred from the data, to decide it otherwise. */
export const solverChoices = (): Option[] => [
  new Option("--target <name>", "the column to predict (by its name or place if left out)"),
  new Option("--task <goal>", "classification or regression (by the target if left out)"),
  new Option("--kind <kind>", "what the data are (by the file if left out)"),
  new Option("--network <name>", "the network's architecture (the solver's default if left out)"),
  new Option("--tokens <cut>", "for a text: characters, bytes, gpt2 or a number of byte pairs"),
  new Option(
    "--context <count>",
    "tokens of a text or rows of a series looked at together",
  ).argParser(Number),
  new Option("--horizon <rows>", "for a series: rows to forecast").argParser(Number),
  new Option("--leave-out <columns>", "columns to do without, separated by commas").argParser(
    (text: string) => text.split(",").map((name) => name.trim()),
  ),
  new Option("--group <column>", "rows with one value here stay on one side of the split"),
  new Option("--time <column>", "hold out the rows that are latest by this column"),
  new Option("--test-share <share>", "share of the rows to judge the result by (0.2)").argParser(
    share,
  ),
  new Option("--validation-share <share>", "share of the rows to choose by (0.16)").argParser(
    share,
  ),
  new Option(
    "--class-weights <way>",
    "balanced: every class counts the same, however rare (all examples do if left out)",
  ).choices(["balanced"]),
  new Option("--delimiter <text>", "what sets cells apart (found out if left out)"),
  new Option("--no-header", "the first line of a CSV file is a row, and names no columns"),
  new Option(
    "--commas <meaning>",
    "in numbers of which no cell says it: decimal (1.234,5) or thousands (1,234.5)",
  ).choices(["decimal", "thousands"]),
]

export const memoryOption = (): Option =>
  new Option(
    "--memory <size>",
    "what data and training may take, such as 2GB; what Node and readers hold comes on top (525 MB in all with 300MB, measured)",
  ).argParser(memory)

export const precisionOption = (): Option =>
  new Option(
    "--precision <dtype>",
    "how products are made in training (float32): bfloat16 rounds their operands, highest never sums operands first; weights stay float32",
  ).choices(contractionPrecisions)

export const sizeOption = (): Option =>
  new Option("--size <size>", "size of the network (by deadline and memory if left out)").choices([
    "xs",
    "s",
    "m",
    "l",
    "xl",
  ])

export const checkpointOption = (): Option =>
  new Option("--checkpoint-every <time>", "time between two checkpoints (20s)").argParser(seconds)
