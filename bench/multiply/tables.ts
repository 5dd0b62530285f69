/** Measurements of MULTIPLY-N as tables for a terminal and for a page. */

import { units } from "../../src/cluster/index.ts"
import {
  choicesOf,
  crossoversOf,
  type Measurements,
  medianError,
  pointAt,
  sizes,
} from "./measurements.ts"

export function textTable(found: Measurements): readonly string[] {
  const choices = choicesOf(found)
  return [
    ["N".padStart(12), ...choices.map((choice) => choice.padStart(24))].join(""),
    ...sizes.map((n) =>
      [
        n.toLocaleString("en-US").padStart(12),
        ...choices.map((choice) => cell(found, choice, n).padStart(24)),
      ].join(""),
    ),
    "",
    "billed (quoted) seconds of one run",
  ]
}

export function markdownTable(found: Measurements): readonly string[] {
  const choices = choicesOf(found)
  const { cpu, cores, node, date, load } = found.machine
  return [
    `${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}; ` +
      `load before the start ${load.toFixed(1)}. Billed, in brackets quoted:`,
    "",
    `| N | ${choices.join(" | ")} |`,
    `|---|${choices.map(() => "---|").join("")}`,
    ...sizes.map(
      (n) =>
        `| ${powerOfTwo(n)} | ${choices.map((choice) => cell(found, choice, n)).join(" | ")} |`,
    ),
    `| median error of the quote | ${choices.map((choice) => percent(medianError(found, choice))).join(" | ")} |`,
  ]
}

export function crossoverLines(found: Measurements): readonly string[] {
  return crossoversOf(found).map(
    ({ quicker, slower, from }) => `${quicker} overtakes ${slower} at N = ${powerOfTwo(from)}`,
  )
}

function cell(found: Measurements, choice: string, n: number): string {
  const point = pointAt(found, choice, n)
  if (point === undefined) return "–"
  return `${units.duration(point.billed)} (${units.duration(point.quoted)})`
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹"

function powerOfTwo(n: number): string {
  const digits = String(Math.log2(n))
  return `2${[...digits].map((digit) => superscripts[Number(digit)]).join("")}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
