/** `tradespace predict`: what a fitted network makes of new data. */

import { Command } from "commander"
import { defaultDevice, openDevice, setDefaultDevice } from "../array/index.ts"
import { calibrationOf } from "../device/index.ts"
import {
  FittedText,
  isSavedFunction,
  loadNetwork,
  loadSurrogate,
  type WritingPrice,
  type WritingPrices,
} from "../fit/index.ts"
import { UsageError } from "./failure.ts"
import { amount, bytes, duration } from "./figures.ts"
import { writeWhole } from "./files.ts"
import { type DeviceChoice, deviceOption, jsonOption, threadsOption } from "./options.ts"
import { say, sayJson } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly row?: string
  readonly out?: string
  readonly json?: boolean
}

type Rows = readonly Readonly<Record<string, string | number>>[]

export function predictCommand(): Command {
  return new Command("predict")
    .description("what a fitted network makes of new data")
    .argument("<folder>", "where tradespace fit saved the network")
    .argument("[file]", "data of the kind that the network was fitted with")
    .option("--row <json>", 'one row instead of a file, such as {"rooms": 5}, or a list of rows')
    .option("--out <file>", "a CSV file to write instead of standard output")
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(run)
}

async function run(folder: string, file: string | undefined, options: Options): Promise<void> {
  const { device, threads, row, out, json } = options
  if ((file === undefined) === (row === undefined)) {
    throw new UsageError("name a file to predict for, or give one row with --row")
  }
  setDefaultDevice(device ?? defaultDevice(), { threads })
  const { rows, notes, prices } = await predictions(folder, file, row)
  for (const note of notes) process.stderr.write(`tradespace: ${note}\n`)
  const text = csvOf(rows)
  if (out !== undefined) await writeWhole(out, text)
  if (json) sayJson({ predictions: rows, notes, prices, out })
  else if (out === undefined) process.stdout.write(text)
  else say(`${rows.length} predictions are in ${out}`)
}

interface Told {
  readonly rows: Rows
  readonly notes: readonly string[]
  /** What writing each text takes, with and without what earlier tokens left. */
  readonly prices?: readonly WritingPrices[]
}

async function predictions(
  folder: string,
  file: string | undefined,
  row: string | undefined,
): Promise<Told> {
  const isFunction = await isSavedFunction(folder)
  const network = isFunction ? await loadSurrogate(folder) : await loadNetwork(folder)
  if (network.fitted instanceof FittedText) return written(network.fitted, file, row)
  return row === undefined ? network.predictFile(file ?? "") : network.predict(rowsOf(row))
}

/** Texts, and what they take, told before they are written. */
async function written(
  writer: FittedText,
  file: string | undefined,
  row: string | undefined,
): Promise<Told> {
  const rows = row === undefined ? await writer.rowsOf(file ?? "") : rowsOf(row)
  const calibration = await calibrationOf(await openDevice())
  const prices = await writer.pricesOf(rows, calibration)
  for (const price of prices) process.stderr.write(`tradespace: ${writingText(price)}\n`)
  return { ...(await writer.predict(rows)), prices }
}

function writingText({ prompt, tokens, kept, again }: WritingPrices): string {
  const way = ({ work, bytes: size, seconds }: WritingPrice): string =>
    `${amount(work)} operations, ${bytes(size)}, ${duration(seconds)}`
  return (
    `${amount(tokens)} tokens after ${amount(prompt)} take ${way(kept)} with keys and values kept, ` +
    `${way(again)} without ("cache": false)`
  )
}

function rowsOf(text: string): readonly unknown[] {
  try {
    const found: unknown = JSON.parse(text)
    return Array.isArray(found) ? found : [found]
  } catch {
    throw new UsageError(`--row is no JSON: ${text.slice(0, 60)}`)
  }
}

/** Rows as CSV, with cells quoted where they must be. */
function csvOf(rows: Rows): string {
  const cell = (value: string | number): string =>
    typeof value === "string" && /[",\n\r]|^\s|\s$/.test(value)
      ? `"${value.replaceAll('"', '""')}"`
      : String(value)
  const [first] = rows
  if (first === undefined) return ""
  const names = Object.keys(first)
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))]
  return `${lines.map((line) => line.map(cell).join(",")).join("\n")}\n`
}
