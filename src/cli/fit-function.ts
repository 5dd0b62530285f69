/** `tradespace fit FILE --export NAME`: a network in place of a function. */

import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { InvalidArgumentError, Option } from "commander"
import { defaultDevice, setDefaultDevice } from "../array/index.ts"
import {
  type Domain,
  printSurrogate,
  requireFreeFolder,
  SettingError,
  type SurrogateOptions,
  surrogate,
} from "../fit/index.ts"
import { UsageError } from "./failure.ts"
import { interruptible } from "./interruption.ts"
import { loadExport, loadFunction } from "./load.ts"
import type { DeviceChoice } from "./options.ts"
import { LiveLine, say, sayJson, styled } from "./terminal.ts"

export interface FunctionChoice {
  readonly export?: string
  readonly domain?: Domain
  readonly tolerance?: { readonly abs?: number; readonly relative?: number }
  readonly confidence?: number
  readonly calls?: number
  readonly force?: boolean
}

function domainOf(text: string): Domain {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It must be JSON such as {"x": [0, 1], "n": {"int": [1, 9]}}.')
  }
  if (!isDomain(found)) {
    throw new InvalidArgumentError("It must name each input with [low, high] or a list of words.")
  }
  return found
}

function isDomain(value: unknown): value is Domain {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  return Object.values(value).every((range: unknown) => {
    const { int }: { readonly int?: unknown } = Object(range)
    const list: unknown = Array.isArray(range) ? range : int
    if (!Array.isArray(list)) return false
    const isPair = list.length === 2 && list.every((end) => typeof end === "number")
    return isPair || (Array.isArray(range) && list.every((word) => typeof word === "string"))
  })
}

function toleranceOf(text: string): FunctionChoice["tolerance"] {
  const share = /^([\d.]+)\s*%$/.exec(text)
  const value = share === null ? Number(text) : Number(share[1]) / 100
  if (!(value > 0))
    throw new InvalidArgumentError("It must be an error such as 0.1, or a share such as 5%.")
  return share === null ? { abs: value } : { relative: value }
}

function between(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("It must be between 0 and 1.")
  return value
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number.")
  return value
}

/** Options for a function in place of data. */
export const functionChoices = (): Option[] => [
  new Option("--export <name>", "for a module: the function to be sampled and stood in for"),
  new Option(
    "--domain <json>",
    "the function's inputs (by the module's export domain if left out)",
  ).argParser(domainOf),
  new Option(
    "--tolerance <error>",
    "error that is allowed, or a share of how outputs vary (5%)",
  ).argParser(toleranceOf),
  new Option("--confidence <share>", "share of inputs for which it must hold (0.95)").argParser(
    between,
  ),
  new Option("--calls <count>", "calls of the function in all (4096)").argParser(count),
  new Option("--force", "take a function that is quicker than its network, or not learnt so well"),
]

interface Settings extends FunctionChoice, DeviceChoice {
  readonly out: string
  readonly deadline?: number
  readonly steps?: number
  readonly seed: number
}

/** Learns a function of a module, and saves what stands in for it. */
export async function fitFunction(file: string, settings: Settings, json: boolean): Promise<void> {
  const { export: name = "default", out, deadline, steps, seed, device, threads } = settings
  setDefaultDevice(device ?? defaultDevice(), { threads })
  const f = await loadFunction(file, name)
  await requireFreeFolder(out)
  const domain = settings.domain ?? (await domainIn(file))
  const { calls, confidence, force } = settings
  const budget = {
    ...(calls === undefined ? {} : { calls }),
    ...(steps === undefined ? {} : { steps }),
    // Calling and judging take their part of it.
    ...(deadline === undefined ? {} : { seconds: 0.7 * deadline }),
  }
  const tolerance = { ...settings.tolerance, ...(confidence === undefined ? {} : { confidence }) }
  const line = new LiveLine(json ? process.stderr : process.stdout)
  const learnt = await interruptible(async (signal) => {
    const options: SurrogateOptions<Domain> = {
      ...{ domain, tolerance, budget, seed, signal },
      ...(threads === undefined ? {} : { threads }),
      ...(force === undefined ? {} : { force }),
      module: { module: pathToFileURL(resolve(file)), export: name },
      onProgress: (stage) => line.show(`${stage} …`),
    }
    return surrogate((input) => answerOf(f(input)), options).finally(() => line.end())
  })
  const source = `${name} of ${file}`
  await learnt.save(out, source)
  if (json) {
    sayJson({ source, saved: out, report: learnt.report })
    return
  }
  say(styled("bold", source))
  say(printSurrogate(learnt.report))
  say()
  say(`Saved in ${styled("bold", out)}: open ${out}/report.html;`)
  say(`tradespace predict ${out} --row '{…}' and tradespace serve ${out} answer in its place, and`)
  say(`${out}/function.js is a module without imports.`)
}

/** What a function gave, as numbers: what is none counts as a failed call. */
function answerOf(value: unknown): number | readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const numbers = list.map((one) => (typeof one === "number" ? one : Number.NaN))
  return numbers.length === 1 && !Array.isArray(value) ? numbers[0] : numbers
}

async function domainIn(file: string): Promise<Domain> {
  const found = await loadExport(file, "domain")
  if (found === undefined) {
    throw new UsageError(
      `${file} exports no domain: export one, such as { x: [0, 1] }, or give it with --domain`,
    )
  }
  if (!isDomain(found)) {
    throw new SettingError(
      `${file}: its domain must name each input with [low, high], { int: [low, high] } or words`,
    )
  }
  return found
}
