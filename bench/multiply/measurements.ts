/** What was measured of MULTIPLY-N, and what follows from it. */

import type { Machine } from "../machine.ts"

/** One size on one device with so many threads. */
export interface Point {
  readonly device: string
  /** Device and threads, for people. */
  readonly choice: string
  readonly n: number
  /** Seconds of one run. */
  readonly quoted: number
  readonly billed: number
}

export interface Measurements {
  readonly machine: Machine
  readonly points: readonly Point[]
}

export const sizes = Array.from({ length: 17 }, (_, i) => 2 ** (10 + i))

/** @throws SyntaxError or TypeError when a text is no document of measurements. */
export function readMeasurements(text: string): Measurements {
  const document: Partial<Measurements> = Object(JSON.parse(text))
  const { machine, points } = document
  if (machine === undefined || !Array.isArray(points)) {
    throw new TypeError("measurements have a machine and points")
  }
  return { machine, points }
}

export function choicesOf({ points }: Measurements): readonly string[] {
  return [...new Set(points.map(({ choice }) => choice))]
}

export function pointAt({ points }: Measurements, choice: string, n: number): Point | undefined {
  return points.find((point) => point.choice === choice && point.n === n)
}

/** The size from which on one choice is quicker than another, as billed, where there is one. */
export interface Crossover {
  readonly quicker: string
  readonly slower: string
  readonly from: number
}

export function crossoversOf(found: Measurements): readonly Crossover[] {
  const choices = choicesOf(found)
  return choices.flatMap((slower) =>
    choices.flatMap((quicker) => {
      const ahead = sizes.flatMap((n) => {
        const [a, b] = [pointAt(found, quicker, n), pointAt(found, slower, n)]
        return a === undefined || b === undefined ? [] : [{ n, ahead: a.billed < b.billed }]
      })
      const last = ahead.findLastIndex((each) => !each.ahead)
      const next = ahead[last + 1]
      return last < 0 || next === undefined ? [] : [{ quicker, slower, from: next.n }]
    }),
  )
}

/** How far the quotes of a choice are off, in the middle, as a share. */
export function medianError(found: Measurements, choice: string): number {
  const errors = found.points
    .filter((point) => point.choice === choice)
    .map(({ quoted, billed }) => Math.abs(quoted / billed - 1))
    .sort((a, b) => a - b)
  return errors[Math.floor(errors.length / 2)] ?? 0
}
