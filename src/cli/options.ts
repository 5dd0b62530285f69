/** Options that several commands share, and how their values are read. */

import { InvalidArgumentError, Option } from "commander"
import { deviceNames } from "../array/index.ts"
import { units } from "../cluster/index.ts"
import { parseBytes, parseSpecs, type Spec } from "../size/index.ts"

export interface DeviceChoice {
  readonly device?: string
  readonly threads?: number
}

/** A whole number from `least` up. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} up.`)
    }
    return value
  }
}

/** Whole numbers from 1 up, as in "1, 2, 4". */
export function threadCounts(text: string): readonly number[] {
  return [...new Set(text.split(",").map(wholeNumber(1)))].sort((a, b) => a - b)
}

export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError("It must be a number above 0.")
  }
  return value
}

export function seconds(text: string): number {
  try {
    return units.parseDuration(text)
  } catch {
    throw new InvalidArgumentError("It must be a time such as 90s, 2m or 1h.")
  }
}

/** An amount of memory, kept as it was written. */
export function memoryAmount(text: string): string {
  try {
    parseBytes(text, "--memory")
    return text
  } catch (error) {
    if (error instanceof Error) throw new InvalidArgumentError(`${error.message}.`)
    throw error
  }
}

/** What stands below a command's options: lines that can be typed as they are, or nearly so. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  tradespace ${line}`).join("\n")}`
}

function readSpecs(text: string): readonly Spec[] {
  try {
    return parseSpecs(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

/** The types of a function's arguments, `for example` such ones. */
export const specsOption = (example: string): Option =>
  new Option("--args <specs>", `the types of its arguments: "${example}"`)
    .argParser(readSpecs)
    .default([], "none")

export const deviceOption = (): Option =>
  new Option("--device <name>", "where to run").choices(deviceNames())

export const threadsOption = (): Option =>
  new Option("--threads <count>", "threads to use (all cores if left out)").argParser(
    wholeNumber(1),
  )

export const seedOption = (): Option =>
  new Option("--seed <number>", "what decides everything random")
    .argParser(wholeNumber(0))
    .default(0)

export const jsonOption = (): Option =>
  new Option("--json", "print one JSON document on standard output, and nothing else there")

export const deadlineOption = (): Option =>
  new Option("--deadline <time>", "be done within this time, such as 90s or 2m").argParser(seconds)

export const epochsOption = (): Option =>
  new Option("--epochs <count>", "how often to see every training example").argParser(
    positiveNumber,
  )

export const stepsOption = (): Option =>
  new Option("--steps <count>", "training steps").argParser(wholeNumber(1))
