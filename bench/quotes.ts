/**
 * How true quotes are: programs that no calibration has seen, each quoted, then run, with the error.
 *
 *     npm run bench:quotes [-- --json] [--device cpu] [--threads 2] [--only matmul] [--fresh]
 *     npm run bench:quotes -- --fresh --save docs/quotes.json --page docs/quotes.md
 *     npm run bench:quotes -- --from docs/quotes.json --page docs/quotes.md
 *
 * --save keeps what the file knows of other devices and threads, --from measures nothing, --page
 * writes the tables between the page's two marks.
 */

import { readFile, rename, writeFile } from "node:fs/promises"
import { Command } from "commander"
import { closeDevices, graphOf, openDevice } from "../src/array/index.ts"
import { units } from "../src/cluster/index.ts"
import {
  type Bill,
  billGraph,
  type Calibration,
  calibrationOf,
  type Device,
  paceOf,
  type Quote,
  quoteGraph,
} from "../src/device/index.ts"
import type { Graph } from "../src/graph/index.ts"
import { describeMachine, machineLines } from "./machine.ts"
import { replaceBetweenMarks } from "./page.ts"
import { type TestProgram, testPrograms } from "./quotes/programs.ts"
import {
  errorOf,
  isInside,
  markdown,
  type Outcome,
  percent,
  type QuoteRun,
  readRuns,
  signed,
  summary,
  withRun,
} from "./quotes/runs.ts"

interface Options {
  readonly json?: boolean
  readonly device: string
  readonly threads?: number
  readonly only?: string
  readonly fresh?: boolean
  readonly save?: string
  readonly from?: string
  readonly page?: string
}

const mostAttempts = 5

const options = new Command("bench:quotes")
  .option("--json", "one JSON document on standard output")
  .option("--device <name>", "where to run", "cpu")
  .option("--threads <count>", "threads to use", Number)
  .option("--only <text>", "only programs whose name or group holds this")
  .option("--fresh", "calibrate again")
  .option("--save <file>", "write the outcomes as JSON, beside those of other devices")
  .option("--from <file>", "measure nothing: take the outcomes from a file")
  .option("--page <file>", "write the tables into a page of Markdown")
  .parse()
  .opts<Options>()

const say = (line = ""): void => {
  if (!options.json) console.log(line)
}
const known = options.from ?? options.save
const before = known === undefined ? [] : await savedRuns(known)
const runs = options.from === undefined ? withRun(before, await measure()) : before
if (options.json) console.log(JSON.stringify(runs.at(-1), undefined, 2))
if (options.save !== undefined) await write(options.save, `${JSON.stringify(runs, undefined, 1)}\n`)
if (options.page !== undefined) {
  const page = await readFile(options.page, "utf8")
  await write(options.page, replaceBetweenMarks(page, "measured", markdown(runs).join("\n")))
}
await closeDevices()

async function savedRuns(file: string): Promise<readonly QuoteRun[]> {
  return readRuns(await readFile(file, "utf8").catch(() => "[]"))
}

async function measure(): Promise<QuoteRun> {
  const machine = describeMachine()
  const device = await openDevice(options.device, { threads: options.threads })
  const began = performance.now()
  const calibration = await calibrationOf(device, { fresh: options.fresh })
  const calibrated = (performance.now() - began) / 1000
  for (const line of machineLines(machine)) say(line)
  say(
    `${device.name}, ${device.threads} threads; calibrated in ${calibrated.toFixed(1)} s, ` +
      `unrest ${percent(calibration.unrest)}, spread ${calibration.spread.map((s) => s.toFixed(2)).join(" to ")}`,
  )
  say()
  say(row("program", "bill", "quote", "80 % interval", "error"))
  /** Programs during which the machine never kept its pace. */
  let disturbed = 0
  const outcomes: Outcome[] = []
  for (const { group, name, f, specs, below, precision } of testPrograms) {
    if (!`${group} ${name}`.includes(options.only ?? "")) continue
    const graph = graphOf(f)(...specs)
    const { quote, bill, steady } = await settle(device, calibration, graph, { below, precision })
    if (!steady) disturbed++
    const outcome: Outcome = {
      group,
      name,
      quoted: quote.seconds,
      interval: quote.interval,
      billed: bill.seconds,
      bytes: { quoted: quote.bytes, billed: bill.bytes },
    }
    outcomes.push(outcome)
    const { duration } = units
    const interval = quote.interval.map(duration).join(" to ")
    const mark = isInside(outcome) ? "" : " outside"
    say(
      row(
        name,
        duration(bill.seconds),
        duration(quote.seconds),
        interval,
        signed(errorOf(outcome)) + mark,
      ),
    )
  }
  const { name, threads, adapter } = device
  const kind = adapter?.isSoftware ? `${name}: software, no GPU` : name
  const { unrest } = calibration
  const run = { machine, device: kind, threads, calibrated, unrest, disturbed, outcomes }
  say()
  for (const line of summary(run)) say(line)
  return run
}

/**
 * Quote and bill of a graph. The pace is looked at before and after: where it changed meanwhile, the
 * machine was disturbed and both are made again, whatever they said.
 */
async function settle(
  device: Device,
  calibration: Calibration,
  graph: Graph,
  { below, precision }: Pick<TestProgram, "below" | "precision">,
): Promise<{ quote: Quote; bill: Bill; steady: boolean }> {
  let before = await paceOf(device, calibration)
  for (let attempt = 1; ; attempt++) {
    const quote = quoteGraph(graph, calibration, { pace: before, precision })
    const bill = await billGraph(graph, device, { below, precision })
    const after = await paceOf(device, calibration)
    const steady = Math.abs(Math.log(after / before)) < 0.1
    if (steady || attempt === mostAttempts) return { quote, bill, steady }
    before = after
  }
}

function row(name: string, bill: string, quote: string, interval: string, error: string): string {
  return `${name.padEnd(42)}${bill.padStart(10)}${quote.padStart(10)}   ${interval.padEnd(20)}${error}`
}

/** Writes beside, then renames. */
async function write(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}`
  await writeFile(beside, text)
  await rename(beside, path)
  say(`Written: ${path}`)
}
