/** `tradespace fit`: data to a network. */

import { Command } from "commander"
import { UsageError } from "./failure.ts"
import { fitData } from "./fit-data.ts"
import { type FunctionChoice, fitFunction, functionChoices } from "./fit-function.ts"
import {
  checkpointOption,
  memoryOption,
  precisionOption,
  type SolverChoice,
  sizeOption,
  solverChoices,
} from "./fit-options.ts"
import { requireGiven } from "./given.ts"
import {
  type DeviceChoice,
  deadlineOption,
  deviceOption,
  epochsOption,
  examples,
  jsonOption,
  seedOption,
  stepsOption,
  threadsOption,
} from "./options.ts"

interface Options extends DeviceChoice, SolverChoice, FunctionChoice {
  readonly test?: readonly string[]
  readonly out: string
  readonly deadline?: number
  readonly epochs?: number
  readonly steps?: number
  readonly seed: number
  readonly size?: string
  readonly memory?: number
  readonly checkpointEvery?: number
  readonly resume?: string
  readonly json?: boolean
}

export function fitCommand(): Command {
  const command = new Command("fit")
    .description(
      "find a network for data: a table, a text, a series, a folder of images for each class, or a function",
    )
    .argument(
      "[data]",
      "a table (CSV, TSV, JSON lines, Parquet, Arrow), a text, a folder of images, an IDX file, or a module",
    )
    .argument("[labels]", "for images in IDX: the file with the class of each")
    .option("--test <files...>", "data to judge the result by, kept from the fit altogether")
    .option("--out <folder>", "where to save the network", "out/network")
    .option("--resume <folder>", "go on with a fit that was ended, from its last checkpoint")
  for (const option of [...solverChoices(), ...functionChoices()]) command.addOption(option)
  return command
    .addOption(deadlineOption())
    .addOption(memoryOption())
    .addOption(precisionOption())
    .addOption(sizeOption())
    .addOption(epochsOption())
    .addOption(stepsOption())
    .addOption(checkpointOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "fit houses.csv --target price --deadline 2m --out out/houses",
        "fit folder-of-folders-of-pictures --deadline 5m",
        "fit text.txt --deadline 3m",
        "fit load.csv --horizon 24",
        "fit examples/pendulum.ts --export period --calls 1000",
        "fit --resume out/houses",
      ),
    )
    .action(run)
}

const readOnResume = new Set(["resume", "device", "threads", "checkpointEvery", "json"])
const functionNames = functionChoices().map((option) => option.attributeName())
const readOfFunctions = new Set([
  ...functionNames,
  ...["out", "deadline", "steps", "seed", "device", "threads", "json"],
])

function readOfData({ options }: Command): ReadonlySet<string> {
  const names = options.map((option) => option.attributeName())
  return new Set(names.filter((name) => !functionNames.includes(name)))
}

const isModule = /\.[cm]?[jt]s$/i

async function run(
  data: string | undefined,
  labels: string | undefined,
  options: Options,
  command: Command,
): Promise<void> {
  const { json = false, resume, test = [], out, header, ...others } = options
  // Without --no-header it is true, which says nothing.
  const rest = { ...others, ...(header === false ? { header } : {}) }
  if (resume !== undefined) {
    if (data !== undefined) {
      throw new UsageError("--resume goes on with the data of the fit: name none beside it")
    }
    requireGiven(command, readOnResume, "--resume, which goes on as the fit began")
    const { device, threads, checkpointEvery } = rest
    await fitData(undefined, { out: resume, device, threads, checkpointEvery }, json)
  } else if (data === undefined) {
    throw new UsageError(
      "name the data to learn from, or a folder with --resume; --help tells more",
    )
  } else if (isModule.test(data)) {
    requireGiven(command, readOfFunctions, "a function")
    if (labels !== undefined) {
      throw new UsageError(`${data} is a module: name no other file beside it`)
    }
    await fitFunction(data, { ...rest, out }, json)
  } else {
    requireGiven(command, readOfData(command), "data, but for a function of a module")
    const [testData, testLabels] = test
    const [most, files] =
      labels === undefined ? [1, "one file"] : [2, "two files, images and labels"]
    if (test.length !== 0 && test.length !== most) {
      throw new UsageError(`--test takes ${files}, and got ${test.length}`)
    }
    await fitData(data, { ...rest, out, labels, test: testData, testLabels }, json)
  }
}
