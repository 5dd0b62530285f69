/** `tradespace fit`: labelled images to a network. */

import { Command } from "commander"
import type { LabelledImages } from "../data/index.ts"
import { type FitOptions, type FitResult, fitImages, save } from "../fit/index.ts"
import { UsageError } from "./failure.ts"
import { readLabelled } from "./files.ts"
import {
  accuracyText,
  billText,
  confusionText,
  networkText,
  priceText,
  progressText,
  quoteText,
  resultJson,
} from "./fit-report.ts"
import { interruptible } from "./interruption.ts"
import {
  type DeviceChoice,
  deadlineOption,
  deviceOption,
  epochsOption,
  jsonOption,
  seedOption,
  stepsOption,
  threadsOption,
} from "./options.ts"
import { LiveLine, say, sayJson, styled } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly test?: readonly string[]
  readonly out: string
  readonly deadline?: number
  readonly epochs?: number
  readonly steps?: number
  readonly seed: number
  readonly json?: boolean
}

export function fitCommand(): Command {
  return new Command("fit")
    .description("find a network that classifies images as their labels do")
    .argument("<images>", "an IDX file of images")
    .argument("<labels>", "an IDX file with the class of each image")
    .option("--test <files...>", "images and labels to judge the result by: two IDX files")
    .option("--out <folder>", "where to save the network", "out/network")
    .addOption(deadlineOption())
    .addOption(epochsOption())
    .addOption(stepsOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(run)
}

async function run(images: string, labels: string, options: Options): Promise<void> {
  const { test: files = [], out, json = false, ...rest } = options
  if (files.length !== 0 && files.length !== 2) {
    throw new UsageError(`--test takes two files, images and labels, and got ${files.length}`)
  }
  const training = await readLabelled(images, labels)
  const [testImages, testLabels] = files
  const test = testImages === undefined ? undefined : await readLabelled(testImages, testLabels)
  await fitAndSave(training, { ...rest, test }, out, json)
}

/** Fits, telling what it takes before and after, and saves the result. */
export async function fitAndSave(
  images: LabelledImages,
  options: FitOptions,
  folder: string,
  json: boolean,
): Promise<FitResult> {
  return interruptible(async (signal) => {
    const progress = new LiveLine(json ? process.stderr : process.stdout)
    progress.show("Measuring what this machine can do …")
    const result = await fitImages(images, {
      ...options,
      signal,
      onOffer: (offer) => {
        progress.end()
        if (json) return
        heading("The network")
        say(networkText(offer))
        heading("Its price, before anything runs")
        say(priceText(offer))
        heading("The quote for this machine")
        say(quoteText(offer))
        heading("The fit")
      },
      onProgress: (event) => progress.show(progressText(event)),
    }).finally(() => progress.end())
    await save(result.classifier, folder)
    if (json) sayJson(resultJson(result, folder))
    else tell(result, folder)
    return result
  })
}

function tell(result: FitResult, folder: string): void {
  const { validation, test, bestStep, steps } = result
  heading("The bill beside the quote")
  say(billText(result))
  heading("The result")
  say(accuracyText(validation, `held-out images (best after step ${bestStep} of ${steps})`))
  if (test !== undefined) say(accuracyText(test, "test images"))
  say()
  say(confusionText(test ?? validation))
  say()
  say(`  Saved in ${styled("bold", folder)}: network.json and weights.safetensors.`)
}

function heading(text: string): void {
  say()
  say(styled("bold", text))
}
