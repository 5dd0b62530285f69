/**
 * How true quotes are: programs that no calibration has seen, each quoted, then run, with the error.
 *
 *     npm run bench:quotes [-- --json] [--device cpu] [--threads 2] [--only matmul] [--fresh]
 */

import { Command } from "commander"
import { closeDevices, graphOf, openDevice } from "../src/array/index.ts"
import { units } from "../src/cluster/index.ts"
import {
  type Bill,
  billGraph,
  calibrationOf,
  paceOf,
  type Quote,
  quoteGraph,
} from "../src/device/index.ts"
import type { Graph } from "../src/graph/index.ts"
import { describeMachine, machineLines } from "./machine.ts"
import { testPrograms } from "./quotes/programs.ts"

interface Outcome {
  readonly group: string
  readonly name: string
  readonly quote: Quote
  readonly bill: Bill
  /** Quoted seconds over billed ones, less 1. */
  readonly error: number
  readonly inside: boolean
}

interface Options {
  readonly json?: boolean
  readonly device: string
  readonly threads?: number
  readonly only?: string
  readonly fresh?: boolean
}

const options = new Command("bench:quotes")
  .option("--json", "one JSON document on standard output")
  .option("--device <name>", "where to run", "cpu")
  .option("--threads <count>", "threads to use", Number)
  .option("--only <text>", "only programs whose name or group holds this")
  .option("--fresh", "calibrate again")
  .parse()
  .opts<Options>()

const machine = describeMachine()
const device = await openDevice(options.device, { threads: options.threads })
const began = performance.now()
const calibration = await calibrationOf(device, { fresh: options.fresh })
const calibrated = (performance.now() - began) / 1000
const say = (line = ""): void => {
  if (!options.json) console.log(line)
}
for (const line of machineLines(machine)) say(line)
say(
  `${device.name}, ${device.threads} threads; calibrated in ${calibrated.toFixed(1)} s, ` +
    `unrest ${percent(calibration.unrest)}, spread ${calibration.spread.map((s) => s.toFixed(2)).join(" to ")}`,
)
say()
say(row("program", "bill", "quote", "80 % interval", "error"))
const mostAttempts = 5
/** Programs during which the machine never kept its pace. */
let disturbed = 0
const outcomes: Outcome[] = []
for (const { group, name, f, specs, below } of testPrograms) {
  if (!`${group} ${name}`.includes(options.only ?? "")) continue
  const graph = graphOf(f)(...specs)
  const { quote, bill } = await settle(graph, below)
  const error = quote.seconds / bill.seconds - 1
  const inside = quote.interval[0] <= bill.seconds && bill.seconds <= quote.interval[1]
  outcomes.push({ group, name, quote, bill, error, inside })
  const { duration } = units
  const interval = quote.interval.map(duration).join(" to ")
  const mark = inside ? "" : " outside"
  say(row(name, duration(bill.seconds), duration(quote.seconds), interval, signed(error) + mark))
}
const errors = outcomes.map(({ error }) => Math.abs(error)).sort((a, b) => a - b)
const median = errors[errors.length >> 1]
const coverage = outcomes.filter(({ inside }) => inside).length / outcomes.length
say()
say(`${outcomes.length} programs: median absolute error ${percent(median)} (goal: at most 15 %),`)
say(`80 % interval holds ${percent(coverage)} of the bills (goal: 70 to 90 %)`)
if (disturbed > 0) say(`${disturbed} of them while the machine did not keep its pace`)
if (options.json) {
  const found = {
    machine,
    device: device.name,
    threads: device.threads,
    median,
    coverage,
    outcomes,
  }
  console.log(JSON.stringify(found, undefined, 2))
}
await closeDevices()

/**
 * Quote and bill of a graph. The pace is looked at before and after: where it changed meanwhile, the
 * machine was disturbed and both are made again, whatever they said.
 */
async function settle(graph: Graph, below?: number): Promise<{ quote: Quote; bill: Bill }> {
  let before = await paceOf(device, calibration)
  for (let attempt = 1; ; attempt++) {
    const quote = quoteGraph(graph, calibration, before)
    const bill = await billGraph(graph, device, { below })
    const after = await paceOf(device, calibration)
    const steady = Math.abs(Math.log(after / before)) < 0.1
    if (steady || attempt === mostAttempts) {
      if (!steady) disturbed++
      return { quote, bill }
    }
    before = after
  }
}

function row(name: string, bill: string, quote: string, interval: string, error: string): string {
  return `${name.padEnd(42)}${bill.padStart(10)}${quote.padStart(10)}   ${interval.padEnd(20)}${error}`
}

function signed(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(0)} %`.padStart(7)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
