import { readFileSync } from "node:fs"
import { graphOf } from "../array/index.ts"
import type { Described, Network } from "../cluster/index.ts"
import { preset, tracedNetwork, units, withSequence } from "../cluster/index.ts"
import { bindGraph } from "../price/index.ts"
import { type Bindings, parseSpecs, type Spec, symbolsOf } from "../size/index.ts"
import { loadFunction } from "./load.ts"

/** The network of `tradespace plan`: a preset, a description in a file, or a traced function. */

export type NetworkOptions = {
  readonly export?: string
  readonly args?: string
  readonly data?: string
  readonly samples?: string
  readonly sequence?: string
}

/** A network and, where it was traced, what was taken for parameters and what for data. */
export type Given = { readonly network: Network; readonly taken?: string }

export function readJson(path: string, what: string): unknown {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch {
    throw new Error(`${what} ${path} cannot be read: give the path of a readable file`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${what} ${path} is not JSON: it must hold one JSON object`)
  }
}

const fieldNames = ["name", "parameters", "flop", "activationBytes", "layers", "tokens"]

/** A network known by its price alone, from a file. */
function describedNetwork(path: string): Described {
  const found = readJson(path, "the network file")
  if (typeof found !== "object" || found === null || Array.isArray(found))
    throw new Error(`the network file ${path} must hold one JSON object`)
  const fields = new Map(Object.entries(found))
  const unknown = [...fields.keys()].find((field) => !fieldNames.includes(field))
  if (unknown !== undefined)
    throw new Error(
      `the network file ${path} has a field ${unknown}: its fields are ${fieldNames.join(", ")}`,
    )
  const positive = (name: string): number => {
    const value: unknown = fields.get(name)
    if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value))
      throw new Error(
        `the network file ${path} has ${name} ${JSON.stringify(value)}: it must be a positive number`,
      )
    return value
  }
  const whole = (name: string): number => {
    const value = positive(name)
    if (!Number.isSafeInteger(value))
      throw new Error(`the network file ${path} has ${name} ${value}: it must be a whole number`)
    return value
  }
  const name: unknown = fields.get("name")
  return {
    kind: "described",
    name: typeof name === "string" ? name : path,
    parameters: positive("parameters"),
    flop: positive("flop"),
    activationBytes: positive("activationBytes"),
    ...(fields.has("layers") ? { layers: whole("layers") } : {}),
    ...(fields.has("tokens") ? { tokens: whole("tokens") } : {}),
  }
}

/** Positions from "3" or "2,3", counted from 1 on the command line and from 0 here. */
function positionsOf(text: string, count: number): number[] {
  return text.split(",").map((part) => {
    const position = Number(part)
    if (!Number.isSafeInteger(position) || position < 1 || position > count)
      throw new Error(
        `--data is "${text}": it must be positions of arguments from 1 to ${count}, such as 2 or 2,3`,
      )
    return position - 1
  })
}

/** The one name among sizes, which then counts samples. */
function namedSize(specs: readonly Spec[]): string | undefined {
  const names = new Set(specs.flatMap(({ shape }) => shape.flatMap((size) => symbolsOf(size))))
  if (names.size > 1)
    throw new Error(
      `--args has the named sizes ${[...names].join(", ")}: only the number of samples may be a name`,
    )
  return [...names][0]
}

/** Which arguments are data and how many samples they hold, as asked or as their shapes tell. */
function dataOf(specs: readonly Spec[], options: NetworkOptions, name: string | undefined) {
  const named = specs.flatMap(({ shape }, at) =>
    shape.some((size) => symbolsOf(size).length > 0) ? [at] : [],
  )
  const leading = specs.at(-1)?.shape[0]
  const alike = specs.flatMap(({ shape }, at) =>
    leading !== undefined && shape[0] === leading ? [at] : [],
  )
  const inferred = name === undefined ? alike : named
  const data = options.data === undefined ? inferred : positionsOf(options.data, specs.length)
  if (options.samples !== undefined)
    return { data, samples: units.parseWhole(options.samples, "--samples") }
  if (name !== undefined) return { data, samples: 1 }
  const first = specs[data[0] ?? 0]?.shape[0]
  return { data, samples: typeof first === "number" ? first : 1 }
}

function listed(positions: readonly number[]): string {
  const numbers = positions.map((at) => at + 1).join(", ")
  return positions.length === 1 ? `argument ${numbers}` : `arguments ${numbers}`
}

/** A function of a module, traced for arguments of the given types. */
async function traced(file: string, options: NetworkOptions): Promise<Given> {
  if (options.export === undefined || options.args === undefined)
    throw new Error(
      `${file} is a program: name its function with --export and its arguments' types with --args, for example --args "f32[784, 10], f32[B, 784]"`,
    )
  const specs = parseSpecs(options.args)
  const name = namedSize(specs)
  const { data, samples } = dataOf(specs, options, name)
  const graph = graphOf(await loadFunction(file, options.export))(...specs)
  const bindings: Bindings = name === undefined ? {} : { [name]: samples }
  const network = tracedNetwork(bindGraph(graph, bindings), { name: options.export, data, samples })
  const trained = graph.inputs.flatMap((_, at) => (data.includes(at) ? [] : [at]))
  const how = options.data === undefined ? "by its shape; say --data to choose" : "as given"
  const taken =
    `traced ${options.export}: data: ${listed(data)} (${how}), ${samples} ` +
    `${samples === 1 ? "sample" : "samples"} a call; parameters: ${listed(trained)}, ` +
    `${network.parameters.toLocaleString("en-US")} numbers; forward ${units.short(network.flop)} ` +
    `FLOP and ${units.bytes(network.activationBytes)} kept for each sample`
  return { network, taken }
}

/** A preset's network on samples of another length; what else has no sequence. */
function resized(network: Network, sequence: string | undefined): Network {
  if (sequence === undefined) return network
  if (network.kind !== "transformer" || network.input.kind !== "tokens")
    throw new Error(`${network.name} has no sequence to set: leave --sequence out`)
  return withSequence(network, units.parseWhole(sequence, "--sequence"))
}

/**
 * The network that a command line names. Throws one sentence where it names none, where a file is
 * not what it should be, and where options are given that belong to another kind of network.
 */
export async function networkOf(name: string, options: NetworkOptions): Promise<Given> {
  if (/\.[cm]?[jt]s$/.test(name)) {
    if (options.sequence !== undefined)
      throw new Error(`${name} is a program: its sizes are in --args, leave --sequence out`)
    return traced(name, options)
  }
  const stray = (["export", "args", "data", "samples"] as const).find(
    (each) => options[each] !== undefined,
  )
  if (stray !== undefined)
    throw new Error(`--${stray} is for functions of a .ts or .js file, and ${name} is none`)
  const network = name.endsWith(".json") ? describedNetwork(name) : preset(name)
  return { network: resized(network, options.sequence) }
}
