/** What more memory would buy a memoized function. */

import { parseBytes, printBytes } from "../size/index.ts"
import type { Expected, MissRatioCurve } from "./miss-ratio.ts"

/** A budget of memory and what it would have given over the calls so far. */
export interface MemoryPoint {
  /** The budget, in bytes. */
  readonly memory: number
  /** The share of calls that find their result. */
  readonly hitRatio: number
  /** Seconds of computation saved per call, look-ups paid; hits and misses alike are calls. */
  readonly secondsSaved: number
  /** Seconds per call that a budget larger by a megabyte (10⁶ bytes) would save on top. */
  readonly nextMegabyte: number
}

/** The choices of memory, none of which is beaten by another. */
export interface MemoryFrontier {
  /** The calls that this was learnt from. */
  readonly calls: number
  /** The share of keys that was watched; at 1 the points are exact. */
  readonly rate: number
  /** Budgets in rising order; each is the least that gives its hit ratio. */
  readonly points: readonly MemoryPoint[]
  /** What a budget would have given: bytes, or as in `"64MB"`. */
  at(memory: number | string): MemoryPoint
}

/** The frontier of a curve, in at most so many points. */
export function memoryFrontier(curve: MissRatioCurve, most: number): MemoryFrontier {
  const steps = curve.steps()
  const point = (memory: number): MemoryPoint => {
    const { hitRatio, secondsSaved } = stepAt(steps, memory)
    const nextMegabyte = stepAt(steps, memory + 1e6).secondsSaved - secondsSaved
    return { memory, hitRatio, secondsSaved, nextMegabyte }
  }
  return {
    calls: curve.uses,
    rate: curve.rate,
    points: spaced(steps, most).map(({ memory }) => point(memory)),
    at: (memory) => point(parseBytes(memory, "the memory asked about")),
  }
}

/** The last step that fits a budget. */
function stepAt(steps: readonly Expected[], memory: number): Omit<Expected, "memory"> {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle]!.memory <= memory) low = middle + 1
    else high = middle
  }
  return steps[low - 1] ?? { hitRatio: 0, secondsSaved: 0 }
}

/**
 * The steps that first reach each of equal shares of what the last gives, and the last: so many at
 * most. A step may save more than the last, since look-ups are paid.
 */
function spaced(steps: readonly Expected[], most: number): Expected[] {
  const last = steps.at(-1)
  if (last === undefined || steps.length <= most) return [...steps]
  const gain = (step: Expected) => (last.secondsSaved > 0 ? step.secondsSaved : step.hitRatio)
  const shares = most - 1
  let reached = 0
  return steps.filter((step) => {
    if (step === last) return true
    const share = Math.min(shares - 1, Math.floor((gain(step) / gain(last)) * shares))
    if (share < reached) return false
    reached = share + 1
    return true
  })
}

/**
 * A frontier as a table.
 * @example
 * const square = memoize((n: number) => n * n, { memory: "1MB" })
 * square(2) + square(2) // → 8
 * printMemoryFrontier(square.frontier()).includes("hits") // → true
 */
export function printMemoryFrontier(frontier: MemoryFrontier): string {
  const rows = frontier.points.map(({ memory, hitRatio, secondsSaved, nextMegabyte }) => [
    printBytes(memory),
    `${(100 * hitRatio).toFixed(1)} %`,
    printSeconds(secondsSaved),
    printSeconds(nextMegabyte),
  ])
  const table = [["memory", "hits", "saved per call", "next megabyte"], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table
    .map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join("  "))
    .join("\n")
}

function printSeconds(seconds: number): string {
  const size = Math.abs(seconds)
  if (size === 0) return "0 s"
  if (size >= 1) return `${seconds.toPrecision(3)} s`
  if (size >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`
  return `${(seconds * 1e6).toPrecision(3)} µs`
}
