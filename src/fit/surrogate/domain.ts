/** Where a function is asked: its inputs by name, and how they become a network's numbers. */

/** Numbers from a to b, whole numbers from a to b, or one of some words. */
export type InputRange =
  | readonly [low: number, high: number]
  | { readonly int: readonly [low: number, high: number] }
  | readonly string[]

/** Inputs by name. */
export type Domain = { readonly [name: string]: InputRange }

type ValueOf<R extends InputRange> = R extends readonly [number, number]
  ? number
  : R extends { readonly int: unknown }
    ? number
    : R extends readonly (infer W)[]
      ? W
      : never

/** What a function of a domain is called with. */
export type InputOf<D extends Domain> = { readonly [N in keyof D]: ValueOf<D[N]> }

export type Input = { readonly [name: string]: number | string }

type Axis =
  | {
      readonly name: string
      readonly kind: "real" | "int"
      readonly low: number
      readonly high: number
    }
  | { readonly name: string; readonly kind: "words"; readonly words: readonly string[] }

/** A domain that was checked. */
export class Box {
  readonly domain: Domain
  readonly axes: readonly Axis[]
  /** Numbers that an input becomes: one for a range, one for each word. */
  readonly features: number

  /** @throws RangeError naming the input whose range holds nothing to vary. */
  constructor(domain: Domain) {
    this.domain = domain
    this.axes = Object.entries(domain).map(([name, range]) => axisOf(name, range))
    if (this.axes.length === 0) throw new RangeError("the domain is empty: it needs an input")
    this.features = this.axes.reduce((sum, axis) => sum + width(axis), 0)
  }

  /** The input at a point of the unit cube, one coordinate for each axis. */
  at(point: ArrayLike<number>): Input {
    return Object.fromEntries(this.axes.map((axis, i) => [axis.name, valueAt(axis, point[i])]))
  }

  /** Writes an input's features from `offset` on: ranges as −1 … 1, words as 0 and 1. */
  encode(input: Input, into: Float32Array, offset: number): void {
    let place = offset
    for (const axis of this.axes) {
      const value = input[axis.name]
      if (axis.kind === "words") {
        for (const word of axis.words) into[place++] = value === word ? 1 : 0
      } else {
        into[place++] = (2 * (Number(value) - axis.low)) / (axis.high - axis.low) - 1
      }
    }
  }

  /** Why an input is outside, or undefined. */
  outside(input: Input): string | undefined {
    for (const axis of this.axes) {
      const value = input[axis.name]
      if (axis.kind === "words") {
        if (typeof value !== "string" || !axis.words.includes(value)) {
          return `${axis.name} is ${JSON.stringify(value)}, not one of ${axis.words.join(", ")}`
        }
      } else if (typeof value !== "number" || !(value >= axis.low && value <= axis.high)) {
        return `${axis.name} is ${value}, outside ${axis.low} to ${axis.high}`
      } else if (axis.kind === "int" && !Number.isInteger(value)) {
        return `${axis.name} is ${value}, which is no whole number`
      }
    }
    return undefined
  }
}

function isWords(range: InputRange): range is readonly string[] {
  return Array.isArray(range) && range.every((value) => typeof value === "string")
}

function axisOf(name: string, range: InputRange): Axis {
  if (isWords(range)) {
    if (range.length === 0 || new Set(range).size !== range.length) {
      throw new RangeError(`domain: ${name} needs words that differ, not [${range.join(", ")}]`)
    }
    return { name, kind: "words", words: range }
  }
  const kind = "int" in range ? "int" : "real"
  const [low, high] = "int" in range ? range.int : range
  const fits = kind === "real" ? Number.isFinite : Number.isInteger
  if (!fits(low) || !fits(high) || low >= high) {
    throw new RangeError(
      `domain: ${name} is ${low} to ${high}, which must be ${kind === "int" ? "whole" : "finite"} ` +
        "numbers, the lower first",
    )
  }
  return { name, kind, low, high }
}

function width(axis: Axis): number {
  return axis.kind === "words" ? axis.words.length : 1
}

function valueAt(axis: Axis, at: number): number | string {
  if (axis.kind === "words")
    return axis.words[Math.min(axis.words.length - 1, Math.floor(at * axis.words.length))]
  if (axis.kind === "real") return axis.low + at * (axis.high - axis.low)
  return Math.min(axis.high, axis.low + Math.floor(at * (axis.high - axis.low + 1)))
}
