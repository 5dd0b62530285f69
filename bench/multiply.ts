/**
 * MULTIPLY-N measured: quoted and billed seconds of a product of N = 2¹⁰ … 2²⁶ numbers on one thread,
 * on all threads, and on every other device there is, with the sizes from which one overtakes another.
 *
 *     npm run bench:multiply [-- --devices cpu,native] [--fresh] [--save docs/multiply.json]
 *     npm run bench:multiply -- --from docs/multiply.json --plot docs/multiply.svg --page docs/multiply.md
 *
 * --save keeps what the file knows of other devices, --from measures nothing, --page writes the table
 * between the page's two marks.
 */

import { readFile, rename, writeFile } from "node:fs/promises"
import { Command } from "commander"
import { multiply } from "../examples/multiply.ts"
import { closeDevices, deviceNames, f32, graphOf, openDevice } from "../src/array/index.ts"
import {
  billGraph,
  calibrationOf,
  type Device,
  DeviceError,
  paceOf,
  quoteGraph,
} from "../src/device/index.ts"
import { describeMachine, machineLines } from "./machine.ts"
import { type Measurements, type Point, readMeasurements, sizes } from "./multiply/measurements.ts"
import { drawPlot } from "./multiply/plot.ts"
import { crossoverLines, markdownTable, textTable } from "./multiply/tables.ts"
import { replaceBetweenMarks } from "./page.ts"

const options = new Command("bench:multiply")
  .option("--json", "one JSON document on standard output")
  .option("--devices <names>", "devices to measure", (names) => names.split(","))
  .option("--fresh", "calibrate again")
  .option("--save <file>", "write the measurements as JSON, beside those of other devices")
  .option("--from <file>", "measure nothing: take the measurements from a file")
  .option("--plot <file>", "write the plot as SVG")
  .option("--page <file>", "write the table into a page of Markdown")
  .parse()
  .opts<{
    json?: boolean
    devices?: string[]
    fresh?: boolean
    save?: string
    from?: string
    plot?: string
    page?: string
  }>()

const say = (line = ""): void => {
  if (!options.json) console.log(line)
}
const found = options.from === undefined ? await measureAll() : await known(options.from)
say()
for (const line of [...textTable(found), "", ...crossoverLines(found)]) say(line)
if (options.json) console.log(JSON.stringify(found, undefined, 2))
if (options.save !== undefined)
  await write(options.save, `${JSON.stringify(found, undefined, 1)}\n`)
if (options.plot !== undefined) await write(options.plot, drawPlot(found))
if (options.page !== undefined) {
  const page = await readFile(options.page, "utf8")
  const lines = [...markdownTable(found), "", ...crossoverLines(found).map((line) => `- ${line}`)]
  await write(options.page, replaceBetweenMarks(page, "measured", lines.join("\n")))
}

async function known(file: string): Promise<Measurements> {
  return readMeasurements(await readFile(file, "utf8"))
}

async function measureAll(): Promise<Measurements> {
  const machine = describeMachine()
  for (const line of machineLines(machine)) say(line)
  // The interpreter is no device to wait for, and "auto" runs what "native" does in the end.
  const names = options.devices ?? deviceNames().filter((name) => !["ram", "auto"].includes(name))
  const points: Point[] = []
  for (const name of names) {
    try {
      const device = await openDevice(name)
      if (device.name !== name) {
        say(`${name} is left out: it is ${device.name} here`)
        continue
      }
      const { threads, adapter } = device
      const counts = adapter === undefined ? [...new Set([1, threads])] : [threads]
      for (const count of counts) points.push(...(await measure(name, count)))
    } catch (failure) {
      if (!(failure instanceof DeviceError)) throw failure
      say(`${name} is left out: ${failure.message}`)
    }
  }
  await closeDevices()
  const before = options.save === undefined ? undefined : await known(options.save).catch(() => {})
  const others = before?.points.filter(({ device }) => points.every((p) => p.device !== device))
  return { machine, points: [...points, ...(others ?? [])] }
}

async function measure(name: string, threads: number): Promise<Point[]> {
  const device = await openDevice(name, { threads })
  const calibration = await calibrationOf(device, { fresh: options.fresh })
  const measured: Point[] = []
  for (const n of sizes) {
    const graph = graphOf(multiply)(f32(n))
    const quote = quoteGraph(graph, calibration, { pace: await paceOf(device, calibration) })
    try {
      const bill = await billGraph(graph, device, { patience: 0.04 })
      const [quoted, billed] = [quote.seconds, bill.seconds]
      measured.push({ device: name, choice: choiceOf(device, threads), n, quoted, billed })
    } catch (failure) {
      if (!(failure instanceof DeviceError)) throw failure
      say(`${name} at N = 2^${Math.log2(n)}: ${failure.message}`)
    }
  }
  return measured
}

function choiceOf({ name, adapter }: Device, threads: number): string {
  if (adapter?.isSoftware) return `${name}: software, no GPU`
  if (adapter !== undefined) return `${name}: ${adapter.name}`
  return `${name}, ${threads === 1 ? "1 thread" : `${threads} threads`}`
}

/** Writes beside, then renames. */
async function write(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}`
  await writeFile(beside, text)
  await rename(beside, path)
  say(`Written: ${path}`)
}
