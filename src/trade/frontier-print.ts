/** A frontier for people: as a table, and as a plot that a terminal shows. */

import { printSeconds } from "../price/index.ts"
import { printBytes } from "../size/index.ts"
import type { Frontier, FrontierPoint } from "./frontier.ts"

/**
 * A table with a row for each choice: what it takes, how many times quicker than the first it is,
 * and for one that is beaten, by how many threads.
 */
export function printFrontier({ points, beaten }: Frontier): string {
  const [first] = points
  const rows = [...points, ...beaten]
    .sort((a, b) => a.threads - b.threads || a.seconds - b.seconds)
    .map((point) => [
      String(point.threads),
      printBytes(point.memory),
      printSeconds(point.seconds),
      point.interval.map(printSeconds).join(" to "),
      `${Number((first.seconds / point.seconds).toPrecision(3))} ×`,
      "by" in point ? `beaten by ${point.by} ${point.by === 1 ? "thread" : "threads"}` : "",
    ])
  const table = [["threads", "memory", "seconds", "four times of five", "quicker", ""], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  return table
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padStart(widths[i])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

const plotColumns = 56
const plotRows = 14

/**
 * Seconds over threads, both logarithmic: ● no other choice beats, ○ are beaten, and a perfect
 * trade of threads for time falls along the dots.
 */
export function plotFrontier({ points, beaten }: Frontier): string {
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
  const labels = grid.map((_, row) =>
    row === 0
      ? printSeconds(seconds.most)
      : row === plotRows - 1
        ? printSeconds(seconds.least)
        : "",
  )
  const margin = Math.max(...labels.map((label) => label.length))
  const axis = Array.from({ length: plotColumns }, () => " ")
  for (const { threads: count } of all) write(axis, threads.place(count), String(count))
  return [
    ...grid.map((row, i) => `${labels[i].padStart(margin)} │${row.join("")}`.trimEnd()),
    `${" ".repeat(margin)} └${"─".repeat(plotColumns)}`,
    `${" ".repeat(margin)}  ${axis.join("")} threads`,
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
