/**
 * MULTIPLY-N measured: quoted and billed seconds of a product of N = 2¹⁰ … 2²⁶ numbers on one thread,
 * on all threads, and on every other device there is, with the sizes from which one overtakes another.
 *
 *     npm run bench:multiply [-- --json] [--plot docs/multiply.svg] [--devices cpu,native]
 */

import { writeFile } from "node:fs/promises"
import * as Plot from "@observablehq/plot"
import { Command } from "commander"
import { parseHTML } from "linkedom"
import { multiply } from "../examples/multiply.ts"
import { closeDevices, deviceNames, f32, graphOf, openDevice } from "../src/array/index.ts"
import { units } from "../src/cluster/index.ts"
import { billGraph, calibrationOf, DeviceError, paceOf, quoteGraph } from "../src/device/index.ts"
import { describeMachine, machineLines } from "./machine.ts"

interface Point {
  readonly choice: string
  readonly n: number
  readonly quoted: number
  readonly billed: number
}

const options = new Command("bench:multiply")
  .option("--json", "one JSON document on standard output")
  .option("--plot <file>", "write the plot as SVG")
  .option("--devices <names>", "devices to measure", (names) => names.split(","))
  .parse()
  .opts<{ json?: boolean; plot?: string; devices?: string[] }>()

const sizes = Array.from({ length: 17 }, (_, i) => 2 ** (10 + i))
/** The interpreter is no device to wait for. */
const devices = options.devices ?? deviceNames().filter((name) => name !== "ram")
const say = (line = ""): void => {
  if (!options.json) console.log(line)
}

const machine = describeMachine()
for (const line of machineLines(machine)) say(line)
const points: Point[] = []
for (const name of devices) {
  try {
    const { threads, adapter } = await openDevice(name)
    if (adapter?.isSoftware)
      say(`${name} is ${adapter.name}, software that imitates a GPU: left out`)
    else
      for (const count of adapter === undefined ? [...new Set([1, threads])] : [threads]) {
        points.push(...(await measure(name, count)))
      }
  } catch (failure) {
    if (!(failure instanceof DeviceError)) throw failure
    say(`${name} is left out: ${failure.message}`)
  }
}
await closeDevices()
const choices = [...new Set(points.map(({ choice }) => choice))]
const crossovers = choices.flatMap((slower) =>
  choices.flatMap((quicker) => {
    const from = crossover(slower, quicker)
    return from === undefined ? [] : [{ quicker, slower, from }]
  }),
)
tell()
if (options.json) console.log(JSON.stringify({ machine, points, crossovers }, undefined, 2))
if (options.plot !== undefined) await writeFile(options.plot, draw())

async function measure(name: string, threads: number): Promise<Point[]> {
  const device = await openDevice(name, { threads })
  const calibration = await calibrationOf(device)
  const choice = `${name}, ${threads === 1 ? "1 thread" : `${threads} threads`}`
  const found: Point[] = []
  for (const n of sizes) {
    const graph = graphOf(multiply)(f32(n))
    const quote = quoteGraph(graph, calibration, await paceOf(device, calibration))
    const bill = await billGraph(graph, device, { patience: 0.04 })
    found.push({ choice, n, quoted: quote.seconds, billed: bill.seconds })
  }
  return found
}

/** The size from which on one choice is quicker than another, as billed, where there is one. */
function crossover(slower: string, quicker: string): number | undefined {
  const billed = (choice: string, n: number): number =>
    points.find((point) => point.choice === choice && point.n === n)?.billed ?? 0
  const ahead = sizes.map((n) => billed(quicker, n) < billed(slower, n))
  const last = ahead.lastIndexOf(false)
  return last < 0 || last === sizes.length - 1 ? undefined : sizes[last + 1]
}

function tell(): void {
  say()
  say(["N".padStart(12), ...choices.map((choice) => choice.padStart(24))].join(""))
  for (const n of sizes) {
    const cells = choices.map((choice) => {
      const point = points.find((each) => each.choice === choice && each.n === n)
      if (point === undefined) return "".padStart(24)
      const { duration } = units
      return `${duration(point.billed)} (${duration(point.quoted)})`.padStart(24)
    })
    say([n.toLocaleString("en-US").padStart(12), ...cells].join(""))
  }
  say()
  say("billed (quoted) seconds of one run")
  for (const { quicker, slower, from } of crossovers) {
    say(`${quicker} overtakes ${slower} at N = 2^${Math.log2(from)}`)
  }
}

/** Dots are bills, lines are quotes. */
function draw(): string {
  const { document } = parseHTML("<html><body></body></html>")
  const { cpu, cores, date } = machine
  const plot = Plot.plot({
    document,
    title: "MULTIPLY-N",
    width: 760,
    height: 460,
    marginLeft: 60,
    style: { background: "white", fontFamily: "system-ui, sans-serif" },
    x: { type: "log", base: 2, label: "N", tickFormat: (n: number) => `2^${Math.log2(n)}` },
    y: { type: "log", label: "seconds: lines quoted, dots measured", grid: true },
    color: { legend: false },
    marks: [
      Plot.line(points, { x: "n", y: "quoted", stroke: "choice" }),
      Plot.dot(points, { x: "n", y: "billed", fill: "choice", r: 3 }),
      Plot.text(
        points,
        Plot.selectLast({
          x: "n",
          y: "billed",
          z: "choice",
          text: "choice",
          fill: "choice",
          textAnchor: "end",
          dx: -12,
          dy: -8,
        }),
      ),
      Plot.text([`${cpu}, ${cores} cores, ${date.slice(0, 10)}`], {
        frameAnchor: "top-left",
        dx: 8,
        dy: 8,
      }),
    ],
  })
  const svg = plot.tagName.toLowerCase() === "svg" ? plot : plot.querySelector("svg")
  if (svg === null) throw new Error("the plot is no SVG")
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  return `${svg.outerHTML}\n`
}
