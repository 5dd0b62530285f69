/** `tradespace predict`: what a fitted network makes of new data. */

import { once } from "node:events"
import { Command } from "commander"
import { openDevice } from "../array/index.ts"
import { calibrationOf } from "../device/index.ts"
import {
  FittedText,
  type Predictions,
  type WritingPrice,
  type WritingPrices,
} from "../fit/index.ts"
import { UsageError } from "./failure.ts"
import { amount, bytes, duration } from "./figures.ts"
import { writeWhole } from "./files.ts"
import { type DeviceChoice, deviceOption, examples, jsonOption, threadsOption } from "./options.ts"
import { loadSaved } from "./saved.ts"
import { say, sayJson } from "./terminal.ts"

interface Options extends DeviceChoice {
  readonly row?: string
  readonly out?: string
  readonly json?: boolean
}

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
    .addHelpText(
      "after",
      examples(
        "predict out/houses new.csv --out prices.csv",
        `predict out/houses --row '{"rooms": 5, "age": 20}'`,
        "predict out/mnist picture.png",
      ),
    )
    .action(run)
}

async function run(folder: string, file: string | undefined, options: Options): Promise<void> {
  const { row, out, json } = options
  if ((file === undefined) === (row === undefined)) {
    throw new UsageError("name a file to predict for, or give one row with --row")
  }
  const told = new Told(predictions(folder, file, options), json === true)
  if (out !== undefined) await writeWhole(out, told.csv())
  else for await (const text of told.csv()) if (!json) await writeOut(text)
  const { count, rows, notes, prices } = told
  for (const note of notes) process.stderr.write(`tradespace: ${note}\n`)
  if (json) sayJson({ predictions: rows, notes, prices, out })
  else if (out !== undefined) say(`${count} predictions are in ${out}`)
}

interface Part extends Predictions {
  /** What writing each text takes, with and without what earlier tokens left. */
  readonly prices?: readonly WritingPrices[]
}

/** Predictions on their way out, and what is left to be told of them afterwards. */
class Told {
  readonly #parts: AsyncIterable<Part>
  readonly #keeps: boolean
  readonly rows: Predictions["rows"][number][] = []
  readonly notes: string[] = []
  prices: readonly WritingPrices[] | undefined
  count = 0

  /** @param keeps whether the rows are wanted once more */
  constructor(parts: AsyncIterable<Part>, keeps: boolean) {
    this.#parts = parts
    this.#keeps = keeps
  }

  /** All rows as CSV, part by part: of one file, once. */
  async *csv(): AsyncGenerator<string, void> {
    for await (const { rows, notes, prices } of this.#parts) {
      if (rows.length > 0) yield csvOf(rows, this.count === 0)
      this.count += rows.length
      this.notes.push(...notes)
      this.prices ??= prices
      if (this.#keeps) for (const row of rows) this.rows.push(row)
    }
  }
}

/** Writes to standard output no faster than it is read. */
async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain")
}

async function* predictions(
  folder: string,
  file: string | undefined,
  { row, device, threads }: Options,
): AsyncGenerator<Part, void> {
  const network = await loadSaved(folder, { device, threads })
  if (network.fitted instanceof FittedText) yield await written(network.fitted, file, row)
  else if (row !== undefined) yield await network.predict(rowsOf(row))
  else if ("predictParts" in network) yield* network.predictParts(file ?? "")
  else yield await network.predictFile(file ?? "")
}

/** Texts, and what they take, told before they are written. */
async function written(
  writer: FittedText,
  file: string | undefined,
  row: string | undefined,
): Promise<Part> {
  const rows = row === undefined ? await writer.rowsOf(file ?? "") : rowsOf(row)
  const calibration = await calibrationOf(await openDevice(), { rough: true })
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

/** Rows as CSV, with cells quoted where they must be, and with names above if they are the first. */
function csvOf(rows: Predictions["rows"], areFirst: boolean): string {
  const names = Object.keys(rows[0])
  const lines = rows.map((row) => names.map((name) => cellText(row[name])).join(","))
  if (areFirst) lines.unshift(names.map(cellText).join(","))
  return `${lines.join("\n")}\n`
}

function cellText(value: string | number): string {
  return typeof value === "string" && /[",\n\r]|^\s|\s$/.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : String(value)
}
