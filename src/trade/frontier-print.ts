/** A frontier for people: as a table, and as a plot that a terminal shows. */

import { printSeconds } from "../price/index.ts"
import { printBytes } from "../size/index.ts"
import type { Frontier, FrontierPoint } from "./frontier.ts"
import { quoteNotes } from "./quote.ts"

/**
 * A table with a row for each choice: what it takes, how many times quicker than the first it is,
 * and for one that is beaten, by how many threads. Below it stands whether it is rough.
 * @example
 * const found = await frontier((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * printFrontier(found).split("  ")[0] // → "threads"
 */
export function printFrontier({ device, points, beaten }: Frontier): string {
  const [first] = points
  const all = [...points, ...beaten]
  const repeats = all.some(({ extra }) => extra > 0)
  const rows = all
    .sort((a, b) => a.threads - b.threads || a.seconds - b.seconds)
    .map((point) => [
      String(point.threads),
      printBytes(point.memory),
      printSeconds(point.seconds),
      point.interval.map(printSeconds).join(" to "),
      `${Number((first.seconds / point.seconds).toPrecision(3))} ×`,
      ...(repeats ? [printAgain(point)] : []),
      "by" in point ? `beaten by ${point.by} ${point.by === 1 ? "thread" : "threads"}` : "",
    ])
  const heads = ["threads", "memory", "seconds", "four times of five", "quicker"]
  const table = [[...heads, ...(repeats ? ["again"] : []), ""], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  const lines = table.map((row) =>
    row
      .map((cell, i) => (i < heads.length ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd(),
  )
  return [...lines, ...quoteNotes(all.map((point) => ({ device, ...point })))].join("\n")
}

/** `+23 %: 7 dot, 7 tanh`. */
export function printAgain({ extra, again }: FrontierPoint): string {
  const [first, second, ...rest] = Object.entries(again).sort(([, a], [, b]) => b - a)
  if (first === undefined) return ""
  const named = [first, ...(second === undefined ? [] : [second])]
  const others = rest.reduce((sum, [, count]) => sum + count, 0)
  const words = named.map(([primitive, count]) => `${count} ${primitive}`)
  if (others > 0) words.push(others === 1 ? "1 other" : `${others} others`)
  return `+${Number((100 * extra).toPrecision(2))} %: ${words.join(", ")}`
}

const plotColumns = 56
const plotRows = 14

/** Signs for thread counts, in their order. */
const signs = "123456789abcdefghijklmnopqrstuvwxyz"

/**
 * A plot of a frontier: over memory where budgets were tried, otherwise over threads.
 * @example
 * const found = await frontier((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * plotFrontier(found).includes("threads") // → true
 */
export function plotFrontier(frontier: Frontier): string {
  const all = [...frontier.points, ...frontier.beaten]
  return all.some(({ extra }) => extra > 0) ? plotMemory(frontier) : plotThreads(frontier)
}

/** Seconds over memory, both logarithmic: a sign for each thread count, · where another beats it. */
function plotMemory({ points, beaten }: Frontier): string {
  const all = [...points, ...beaten]
  const counts = [...new Set(all.map(({ threads }) => threads))].sort((a, b) => a - b)
  const memory = scaleOf(
    all.map((point) => point.memory),
    plotColumns - 1,
  )
  const seconds = scaleOf(
    all.map((point) => point.seconds),
    plotRows - 1,
  )
  const grid = Array.from({ length: plotRows }, () =>
    Array.from({ length: plotColumns }, () => " "),
  )
  const draw = (list: readonly FrontierPoint[], sign: (point: FrontierPoint) => string): void => {
    for (const point of list) {
      grid[plotRows - 1 - seconds.place(point.seconds)][memory.place(point.memory)] = sign(point)
    }
  }
  draw(beaten, () => "·")
  draw(points, ({ threads }) => signs[counts.indexOf(threads) % signs.length])
  const [least, most] = [printBytes(memory.least), printBytes(memory.most)]
  const legend = counts.map(
    (count, i) => `${signs[i % signs.length]}: ${count} ${count === 1 ? "thread" : "threads"}`,
  )
  return [
    ...framed(grid, seconds),
    `${" ".repeat(marginOf(seconds))}  ${least}${most.padStart(plotColumns - least.length)} memory`,
    legend.join("   "),
  ].join("\n")
}

/** Rows between an axis of seconds and a line. */
function framed(grid: readonly (readonly string[])[], seconds: Scale): readonly string[] {
  const margin = marginOf(seconds)
  const label = (row: number): string =>
    row === 0 ? printSeconds(seconds.most) : row === plotRows - 1 ? printSeconds(seconds.least) : ""
  return [
    ...grid.map((row, i) => `${label(i).padStart(margin)} │${row.join("")}`.trimEnd()),
    `${" ".repeat(margin)} └${"─".repeat(plotColumns)}`,
  ]
}

function marginOf({ least, most }: Scale): number {
  return Math.max(printSeconds(least).length, printSeconds(most).length)
}

/**
 * Seconds over threads, both logarithmic: ● no other choice beats, ○ are beaten, and a perfect
 * trade of threads for time falls along the dots.
 * @example
 * const found = await frontier((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * plotFrontier(found).includes("threads") // → true
 */
function plotThreads({ points, beaten }: Frontier): string {
  const all = [...points, ...beaten]
  const threads = scaleOf(
    all.map((point) => point.threads),
    plotColumns - 1,
  )
  const ideal = (count: number): number => (points[0].seconds * points[0].threads) / count
  const most = Math.max(...all.map((point) => point.threads))
  const seconds = scaleOf([...all.map((point) => point.seconds), ideal(most)], plotRows - 1)
  const grid = Array.from({ length: plotRows }, () =>
    Array.from({ length: plotColumns }, () => " "),
  )
  const mark = (x: number, y: number, sign: string): void => {
    grid[plotRows - 1 - seconds.place(y)][threads.place(x)] = sign
  }
  for (let column = 0; column < plotColumns; column += 2) {
    const count = threads.at(column)
    if (count >= points[0].threads) mark(count, ideal(count), "·")
  }
  const draw = (list: readonly FrontierPoint[], sign: string): void => {
    for (const point of list) mark(point.threads, point.seconds, sign)
  }
  draw(beaten, "○")
  draw(points, "●")
  const axis = Array.from({ length: plotColumns }, () => " ")
  for (const { threads: count } of all) write(axis, threads.place(count), String(count))
  return [
    ...framed(grid, seconds),
    `${" ".repeat(marginOf(seconds))}  ${axis.join("")} threads`,
  ].join("\n")
}

/** Writes a number where there is room for it. */
function write(line: string[], place: number, text: string): void {
  const start = Math.min(place, line.length - text.length)
  const around = line.slice(Math.max(0, start - 1), start + text.length + 1)
  if (around.every((sign) => sign === " ")) line.splice(start, text.length, ...text)
}

/** A logarithmic scale over so many steps. */
interface Scale {
  readonly least: number
  readonly most: number
  place(value: number): number
  at(place: number): number
}

function scaleOf(values: readonly number[], steps: number): Scale {
  const least = Math.min(...values)
  const most = Math.max(...values)
  const range = Math.log(most / least)
  return {
    least,
    most,
    place: (value) => (range === 0 ? 0 : Math.round((steps * Math.log(value / least)) / range)),
    at: (place) => least * Math.exp((range * place) / steps),
  }
}
