import { writeFileSync } from "node:fs"
import { Command, Option } from "commander"
import type {
  FrontierRequest,
  Goal,
  Layout,
  Limits,
  Network,
  Precision,
  Site,
} from "../cluster/index.ts"
import {
  defaultSite,
  essay,
  essayText,
  explain,
  explanationText,
  frontierOf,
  frontierTable,
  goals,
  limitsConflict,
  parametersOf,
  planOf,
  planText,
  plotHtml,
  plotSvg,
  plotText,
  precisions,
  presets,
  recomputations,
  schedules,
  scoreOf,
  tokenBudget,
  unitOf,
  units,
  usualPrecision,
  withinLimits,
} from "../cluster/index.ts"
import type { Machine, PeakUnit, Space } from "../hardware/index.ts"
import { findMachine, parseMachine, peakOf, spaces } from "../hardware/index.ts"
import { EARTH_SURFACE, FLAT } from "../physics/index.ts"
import { UsageError } from "./failure.ts"
import { examples, jsonOption } from "./options.ts"
import { type NetworkOptions, networkOf, readJson } from "./plan-network.ts"
import { say, sayJson } from "./terminal.ts"

/** The `tradespace plan` command: what a network's training would take, on what, and whether. */

type Options = NetworkOptions & {
  on?: string
  gpus?: string
  most?: string
  tokens?: string
  batch?: string
  deadline?: string
  budget?: string
  power?: string
  goal: Goal
  precision?: Precision
  peak?: PeakUnit
  counting: "full" | "causal"
  space: Space
  potential: string
  fix?: string[]
  hardware?: string[]
  frontier?: boolean
  html?: string
  svg?: string
  explain?: boolean
  essay?: boolean
  json?: boolean
}

/** More devices than were ever made of any kind. */
const MOST_DEVICES = 1e9
/** More tokens than all that people have ever said. */
const MOST_TOKENS = 1e18
/** Longer than the stars will last. */
const LONGEST_SECONDS = 1e14 * 31_557_600

const degrees = [
  "data",
  "tensor",
  "pipeline",
  "context",
  "expert",
  "microBatch",
  "virtualStages",
] as const

function machineOf(options: Options): Machine {
  if (options.on === undefined)
    throw new Error("no hardware is given: name it with --on, for example --on h100")
  const own = (options.hardware ?? []).map((path) =>
    parseMachine(readJson(path, "the machine file")),
  )
  return findMachine(options.on, own)
}

/** Parts of a layout that are one of a few words. */
const words = ["schedule", "recompute", "attention", "zero"]

function wordOf<T extends string>(part: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found === undefined)
    throw new Error(`--fix ${part} is "${value}": it is one of ${allowed.join(", ")}`)
  return found
}

const attentions = ["materialised", "flash"] as const
const zeros = { "0": 0, "1": 1, "2": 2, "3": 3 } as const

/** One `name=value` of --fix as part of a layout. */
function fixedPart(text: string): Partial<Layout> {
  const [name = "", value] = text.split("=")
  const degree = degrees.find((known) => known === name)
  const known = [...degrees, ...words].join(", ")
  if (value === undefined || (degree === undefined && !words.includes(name)))
    throw new Error(`--fix has "${text}": write name=value with one of ${known}`)
  if (degree !== undefined) return { [degree]: units.parseWhole(value, `--fix ${degree}`) }
  switch (name) {
    case "schedule":
      return { schedule: wordOf(name, value, schedules) }
    case "recompute":
      return { recompute: wordOf(name, value, recomputations) }
    case "attention":
      return { attention: wordOf(name, value, attentions) }
    default:
      return { zero: zeros[wordOf(name, value, ["0", "1", "2", "3"] as const)] }
  }
}

function precisionOf(options: Options, machine: Machine): Precision {
  const asked = options.precision
  if (asked === undefined) return usualPrecision(machine)
  const { dtype } = peakOf(machine, asked, options.peak)
  if (dtype !== asked && asked !== "float32")
    throw new Error(`--precision is ${asked}, which ${machine.name} has no units for: say ${dtype}`)
  return asked
}

function fixedOf(options: Options, machine: Machine): Partial<Layout> {
  const parts = (options.fix ?? []).flatMap((text) => text.split(",")).map(fixedPart)
  const names = parts.flatMap((part) => Object.keys(part))
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`--fix gives ${twice} twice: give it once`)
  return Object.assign({ precision: precisionOf(options, machine) }, ...parts)
}

function limitsOf(options: Options): Limits {
  const { deadline, budget, power } = options
  const seconds = deadline === undefined ? undefined : units.parseDuration(deadline, "--deadline")
  if (seconds !== undefined && seconds > LONGEST_SECONDS)
    throw new Error(`--deadline is "${deadline}": the stars will not last that long`)
  return {
    ...(seconds === undefined ? {} : { deadlineSeconds: seconds }),
    ...(budget === undefined ? {} : { dollars: units.parseCount(budget, "--budget") }),
    ...(power === undefined ? {} : { watts: units.parseCount(power, "--power") * 1e6 }),
  }
}

function potentialOf(text: string): number {
  if (text === "earth") return EARTH_SURFACE
  if (text === "flat") return FLAT
  const value = Number(text)
  if (text.trim() === "" || !Number.isFinite(value))
    throw new Error(`--potential is "${text}": write earth, flat or a potential in J/kg`)
  return value
}

/**
 * The usual run of a network: GPT-3's 300 billion tokens, 90 passes over ImageNet's images, else 20
 * for each parameter.
 */
function usualTokens(network: Network): number {
  if (network.name === "gpt3-175b") return 300e9
  if (unitOf(network) === "image") return 90 * 1.28e6
  return 20 * parametersOf(network).active
}

function requestOf(network: Network, options: Options): { request: FrontierRequest; site: Site } {
  const machine = machineOf(options)
  const tokens =
    options.tokens === undefined
      ? usualTokens(network)
      : units.parseCount(options.tokens, "--tokens")
  if (tokens > MOST_TOKENS)
    throw new Error(`--tokens is "${options.tokens}": more than 1e18 have never been written`)
  const samples =
    options.batch === undefined ? undefined : units.parseWhole(options.batch, "--batch")
  const site = { ...defaultSite, space: options.space, potential: potentialOf(options.potential) }
  const budget = tokenBudget(network, tokens, samples)
  return {
    request: {
      network,
      machine,
      budget,
      goal: options.goal,
      site,
      fixed: fixedOf(options, machine),
      counting: { attention: options.counting },
      ...(options.peak === undefined ? {} : { unit: options.peak }),
    },
    site,
  }
}

function devicesOf(text: string, what: string): number {
  const devices = units.parseWhole(text, what)
  if (devices > MOST_DEVICES)
    throw new Error(`${what} is "${text}": no more than a billion devices can be meant`)
  return devices
}

function write(path: string, text: string, option: string) {
  try {
    writeFileSync(path, text)
  } catch {
    throw new Error(`${option} ${path} cannot be written: give a path in a folder that exists`)
  }
}

function runFrontier(request: FrontierRequest, options: Options) {
  const most = options.most ?? options.gpus
  const frontier = frontierOf({
    ...request,
    ...(most === undefined ? {} : { most: devicesOf(most, "--most") }),
  })
  if (options.svg !== undefined) write(options.svg, plotSvg(frontier), "--svg")
  if (options.html !== undefined) write(options.html, plotHtml(frontier), "--html")
  if (options.json) return sayJson(frontier)
  say(`${plotText(frontier)}\n\n${frontierTable(frontier)}`)
}

type Choice = { readonly devices: number; readonly conflict?: string }

/** Devices chosen along the frontier where none are given: the best for the goal within limits. */
function chosenDevices(request: FrontierRequest, options: Options, limits: Limits): Choice {
  if (options.gpus !== undefined) return { devices: devicesOf(options.gpus, "--gpus") }
  const most = options.most === undefined ? 1e7 : devicesOf(options.most, "--most")
  const { points, quickest } = frontierOf({ ...request, most })
  const kept = withinLimits(points, limits, (cost) => scoreOf(options.goal, cost))
  if (kept !== undefined) return { devices: kept.devices }
  const conflict = limitsConflict(points, limits)
  // Where nothing keeps all limits, the quickest shows how far off they are.
  const devices = quickest?.devices ?? points.at(-1)?.devices ?? most
  return conflict === undefined ? { devices } : { devices, conflict }
}

async function run(name: string | undefined, options: Options): Promise<void> {
  if (options.essay) {
    const lines = essay()
    if (options.json) return sayJson(lines)
    return say(essayText(lines))
  }
  if (name === undefined)
    throw new Error(`no network is given: name one of ${[...presets.keys()].join(", ")}`)
  if (options.gpus !== undefined && options.most !== undefined)
    throw new Error("--gpus fixes the devices and --most bounds them: give one of the two")
  const limits = limitsOf(options)
  const { network, taken } = await networkOf(name, options)
  const { request, site } = requestOf(network, options)
  if (taken !== undefined && !options.json) say(`${taken}\n`)
  const drawn = options.frontier || options.html !== undefined || options.svg !== undefined
  if (drawn) return runFrontier(request, options)
  const { devices, conflict } = chosenDevices(request, options, limits)
  const plan = planOf({ ...request, devices }, limits)
  const explanation = options.explain ? explain(plan, site) : undefined
  if (options.json) return sayJson({ ...plan, taken, conflict, explanation })
  if (conflict !== undefined) say(`${conflict}; the quickest is shown\n`)
  say(planText(plan))
  if (explanation !== undefined) say(`\nexplained\n${explanationText(explanation)}`)
}

/** Registers `tradespace plan`. Bad input ends with status 2 and one sentence on standard error. */
export function planCommand(): Command {
  return new Command("plan")
    .description("what training a network would take on a cluster, and what law decides")
    .argument(
      "[network]",
      "a preset's name, a JSON file with parameters, flop and activationBytes of one sample, or a " +
        "module whose function --export is traced",
    )
    .option("--export <name>", "the module's function that is one forward pass")
    .option("--args <specs>", 'the types of its arguments: "f32[784, 10], f32[B, 784]"')
    .option("--data <positions>", "which arguments are data, such as 2 (the others are trained)")
    .option("--samples <count>", "samples in one call (the data's first size if left out)")
    .option("--on <machine>", "hardware, for example h100")
    .option("--gpus <count>", "exactly so many devices (chosen by goal and limits if left out)")
    .option("--most <count>", "at most so many devices")
    .option(
      "--tokens <count>",
      "tokens (or images, or samples) of the whole run, for example 300e9 or 15T (if left out 20 " +
        "for each parameter, GPT-3's 300e9, or 90 passes over ImageNet)",
    )
    .option("--batch <samples>", "samples in one optimiser step")
    .option("--sequence <tokens>", "tokens of one sample")
    .option("--deadline <duration>", "for example 30d or 12h")
    .option("--budget <dollars>", "for example 5e6")
    .option("--power <megawatts>", "what the site can supply")
    .addOption(new Option("--goal <goal>", "what to have least of").choices(goals).default("time"))
    .addOption(
      new Option(
        "--precision <precision>",
        "of matrix products (16 bits where there are any)",
      ).choices(precisions),
    )
    .addOption(
      new Option("--peak <unit>", "which peak computes (the highest if left out)").choices([
        "tensor",
        "plain",
      ]),
    )
    .addOption(
      new Option("--counting <pairs>", "which pairs of tokens utilisations count")
        .choices(["full", "causal"])
        .default("full"),
    )
    .addOption(
      new Option("--space <space>", "which physical space a device is charged")
        .choices(spaces)
        .default("chassis"),
    )
    .option("--potential <potential>", "gravity: earth, flat or J/kg", "earth")
    .option("--fix <degrees...>", "keep parts of the layout, for example tensor=8,pipeline=12")
    .option("--hardware <files...>", "JSON files with machines of your own")
    .option("--frontier", "wall time over all numbers of devices")
    .option("--html <file>", "draw the frontier into a self-contained page")
    .option("--svg <file>", "draw the frontier into a picture")
    .option("--explain", "every formula with its numbers")
    .option("--essay", "the essay's numbers beside today's hardware")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "plan gpt3-175b --on a100 --gpus 1024 --tokens 300e9",
        "plan llama3-70b --on h100 --deadline 30d --goal money",
        "plan gpt3-175b --on h100 --frontier --html frontier.html",
        "plan --essay",
      ),
    )
    .action(async (name: string | undefined, options: Options) => {
      try {
        await run(name, options)
      } catch (error) {
        if (!(error instanceof Error)) throw error
        throw new UsageError(error.message, { cause: error })
      }
    })
}
