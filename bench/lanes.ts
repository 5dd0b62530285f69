/**
 * Seconds by the lanes that a GPU may use: a product of N numbers and a product of matrices, measured
 * with more and more workgroups at once, beside what the price says of the GPU model.
 *
 *     npm run bench:lanes [-- --json FILE] [--plot docs/lanes.svg]
 *
 * The price counts steps, T_P on P lanes, between max(⌈work/P⌉, span) and (work − span)/P + span. What
 * a step takes is not in it: it is taken from the measurement with the fewest lanes, so that the first
 * point of each curve agrees by construction and all others are predicted.
 */

import { renameSync, writeFileSync } from "node:fs"
import * as Plot from "@observablehq/plot"
import { Command } from "commander"
import { parseHTML } from "linkedom"
import { multiply } from "../examples/multiply.ts"
import { type Array, f32, graphOf, np } from "../src/array/index.ts"
import { units } from "../src/cluster/index.ts"
import { measureGraph, openGpu } from "../src/device/index.ts"
import type { Graph } from "../src/graph/index.ts"
import { parallelTime } from "../src/price/index.ts"
import { describeMachine, machineLines } from "./machine.ts"
import { aligned } from "./table.ts"

interface Point {
  readonly program: string
  readonly lanes: number
  /** The median of some runs, each waited for. */
  readonly seconds: number
  readonly fastest: number
  /** No schedule on so many lanes takes fewer steps, and no greedy one more; at the first step's pace. */
  readonly least: number
  readonly most: number
}

const options = new Command("bench:lanes")
  .option("--json <file>", "write all figures as JSON")
  .option("--plot <file>", "write the plot as SVG")
  .parse()
  .opts<{ json?: string; plot?: string }>()

const matmul = (n: number): Graph =>
  graphOf((a: Array, b: Array) => np.matmul(a, b))(f32(n, n), f32(n, n))
const programs: readonly (readonly [string, Graph])[] = [
  ["MULTIPLY-N, N = 2^20", graphOf(multiply)(f32(2 ** 20))],
  ["MULTIPLY-N, N = 2^24", graphOf(multiply)(f32(2 ** 24))],
  ["matmul 256", matmul(256)],
  ["matmul 512", matmul(512)],
]
/** From one workgroup to as many as keep the largest of today's GPUs busy. */
const lanes = [8, 9, 10, 11, 12, 14, 16, 18].map((power) => 2 ** power)

const machine = describeMachine()
for (const line of machineLines(machine)) console.log(line)
const adapter = await adapterHere()
console.log(adapter)
const seconds = await measured()
const points = programs.flatMap(([program, graph]) => {
  const time = parallelTime(graph)
  const [first] = lanes
  const { greedy, most } = time.on(first)
  const pace = taken(program, first).seconds / (greedy ?? most)
  return lanes.map((count): Point => {
    const steps = time.on(count)
    return {
      program,
      lanes: count,
      ...taken(program, count),
      least: pace * steps.least,
      most: pace * steps.most,
    }
  })
})
for (const line of table()) console.log(line)
if (options.json !== undefined) {
  save(options.json, `${JSON.stringify({ machine, adapter, points }, undefined, 2)}\n`)
}
if (options.plot !== undefined) save(options.plot, draw())

async function adapterHere(): Promise<string> {
  const device = await openGpu()
  const { name, isSoftware } = device.adapter
  await device.close()
  return isSoftware ? `${name}, software that imitates a GPU` : name
}

/** By program and lanes. */
async function measured(): Promise<ReadonlyMap<string, { seconds: number; fastest: number }>> {
  const found = new Map<string, { seconds: number; fastest: number }>()
  for (const threads of lanes) {
    const device = await openGpu({ threads })
    for (const [program, graph] of programs) {
      const { median, fastest } = await measureGraph(device, graph, { patience: 0.02 })
      found.set(`${program} ${threads}`, { seconds: median, fastest })
    }
    await device.close()
  }
  return found
}

function taken(program: string, count: number): { seconds: number; fastest: number } {
  const found = seconds.get(`${program} ${count}`)
  if (found === undefined) throw new Error(`${program} was not measured on ${count} lanes`)
  return found
}

function table(): readonly string[] {
  const names = programs.map(([name]) => name)
  const rows = lanes.map((count) => {
    const cells = names.map((name) => {
      const point = points.find((each) => each.program === name && each.lanes === count)
      const { duration } = units
      return point === undefined ? "" : `${duration(point.seconds)} (${duration(point.most)})`
    })
    return [count.toLocaleString("en-US"), ...cells]
  })
  return ["", ...aligned([["lanes", ...names], ...rows]), "", "measured (predicted, at most)"]
}

/** Dots are measured, lines are the price's. */
function draw(): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>")
  const picture = Plot.plot({
    document,
    width: 760,
    height: 460,
    marginLeft: 70,
    marginRight: 150,
    marginBottom: 45,
    style: { background: "white", color: "#222", fontFamily: "system-ui, sans-serif" },
    x: {
      type: "log",
      base: 2,
      label: "lanes allowed",
      ticks: lanes,
      tickFormat: (n: number) => `2^${Math.log2(n)}`,
    },
    y: {
      type: "log",
      label: "seconds: lines by the price, dots measured",
      grid: true,
      tickFormat: (n: number) => units.duration(n),
    },
    marks: [
      Plot.line(points, { x: "lanes", y: "most", stroke: "program", strokeDasharray: "4 3" }),
      Plot.line(points, { x: "lanes", y: "seconds", stroke: "program", strokeOpacity: 0.35 }),
      Plot.dot(points, {
        x: "lanes",
        y: "seconds",
        fill: "program",
        r: 3.5,
        title: ({ program, lanes: count, seconds: s, most }: Point) =>
          `${program}, ${count} lanes: ${units.duration(s)}, by the price ${units.duration(most)}`,
      }),
      Plot.text(
        points,
        Plot.selectLast({
          x: "lanes",
          y: "seconds",
          z: "program",
          text: "program",
          fill: "program",
          textAnchor: "start",
          dx: 8,
        }),
      ),
      Plot.text([`${adapter}, ${machine.cores} cores, ${machine.date.slice(0, 10)}`], {
        frameAnchor: "top-right",
        dx: -8,
        dy: 4,
      }),
    ],
  })
  const title = "Seconds by GPU lanes allowed, measured and by the price"
  const svg = picture.outerHTML.replace(
    /^<svg /,
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" ',
  )
  const bare = svg.replace(/<style>.*?<\/style>/s, "")
  return `${bare.replace(/^(<svg [^>]*>)/, `$1<title>${title}</title>`)}\n`
}

function save(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}
