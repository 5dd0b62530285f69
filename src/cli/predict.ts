/** `tradespace predict`: what a fitted network makes of images. */

import { Command } from "commander"
import { defaultDevice, setDefaultDevice } from "../array/index.ts"
import { readImages } from "../data/index.ts"
import { load } from "../fit/index.ts"
import { readNamed, writeWhole } from "./files.ts"
import { type DeviceChoice, deviceOption, jsonOption, threadsOption } from "./options.ts"
import { say, sayJson } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly out?: string
  readonly json?: boolean
}

export function predictCommand(): Command {
  return new Command("predict")
    .description("what a fitted network makes of images")
    .argument("<folder>", "where tradespace fit saved the network")
    .argument("<images>", "an IDX file of images")
    .option("--out <file>", "a CSV file to write instead of standard output")
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(run)
}

async function run(folder: string, images: string, options: Options): Promise<void> {
  setDefaultDevice(options.device ?? defaultDevice(), { threads: options.threads })
  const classifier = await load(folder)
  const given = readImages(await readNamed(images))
  const { classes, probabilities } = await classifier.predict(given)
  const rows = Array.from(classes, (found, i) => ({
    image: i,
    class: found,
    probability: Number(probabilities[i].toFixed(6)),
  }))
  if (options.out !== undefined) {
    const lines = rows.map((row) => `${row.image},${row.class},${row.probability}`)
    await writeWhole(options.out, `${["image,class,probability", ...lines].join("\n")}\n`)
  }
  if (options.json) return sayJson({ predictions: rows, out: options.out })
  if (options.out !== undefined) say(`${rows.length} predictions are in ${options.out}`)
  else {
    say("image,class,probability")
    for (const row of rows) say(`${row.image},${row.class},${row.probability}`)
  }
}
