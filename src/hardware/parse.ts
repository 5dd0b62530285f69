import { findMachine, nearestNames } from "./lookup.ts"
import type { Figure, Link, Machine, Peaks, Space, Trust } from "./machine.ts"
import { linkTopologies, machineKinds, peakDtypes, peakUnits, spaces } from "./machine.ts"

/** What a number must be: the range that a real machine can have, and how to write it right. */
type Range = { readonly least: number; readonly most: number; readonly right: string }

const peakRange = {
  least: 1e6,
  most: 1e19,
  right: "operations per second, so 312 TFLOP/s is 312e12",
}
const byteRange = { least: 1e6, most: 1e17, right: "bytes, so 80 GB is 80e9" }
const rateRange = { least: 1e6, most: 1e17, right: "bytes per second, so 300 GB/s is 300e9" }
const latencyRange = { least: 0, most: 10, right: "seconds, so 5 µs is 5e-6" }
const countRange = { least: 1, most: 1e9, right: "a count" }
const wattRange = { least: 1e-3, most: 1e8, right: "watts, so 1.2 kW is 1200" }
const dollarRange = { least: 0, most: 1e9, right: "US dollars" }
const volumeRange = { least: 1e-9, most: 1e6, right: "cubic metres, so one litre is 1e-3" }
const yearRange = { least: 1940, most: 2200, right: "a year such as 2024" }

const trusts: readonly Trust[] = ["verified", "secondary", "memory"]
const givenSource = "given in the machine's file"

/**
 * Reads a machine from a JSON value (already parsed), field by field. The fields are those of
 * `Machine`; a figure is a number, or `{ value, source, trust }`. With `"like": "A100"` whatever
 * is left out is taken from that machine of the catalogue. A bare number has trust `memory`.
 *
 * Throws one sentence that names the path, the value and what would be right.
 */
export function parseMachine(json: unknown): Machine {
  const own = fields(json, "machine", [
    ...["name", "aliases", "kind", "year", "like", "peakPerSecond", "memoryBytes"],
    ...["memoryBytesPerSecond", "links", "devicesPerNode", "threads", "watts", "dollars"],
    "cubicMetres",
  ])
  const like = own.like === undefined ? undefined : findMachine(text(own.like, "like"))
  return {
    name: text(own.name, "name"),
    aliases:
      own.aliases === undefined
        ? []
        : list(own.aliases, "aliases").map((alias, i) => text(alias, `aliases[${i}]`)),
    kind: own.kind === undefined && like ? like.kind : oneOf(own.kind, "kind", machineKinds),
    ...optional("year", own.year === undefined ? like?.year : whole(own.year, "year", yearRange)),
    peakPerSecond: peaks(own.peakPerSecond, like?.peakPerSecond),
    memoryBytes: figure(own.memoryBytes, "memoryBytes", byteRange, like?.memoryBytes),
    memoryBytesPerSecond: figure(
      own.memoryBytesPerSecond,
      "memoryBytesPerSecond",
      rateRange,
      like?.memoryBytesPerSecond,
    ),
    links: own.links === undefined && like ? like.links : links(own.links),
    devicesPerNode:
      own.devicesPerNode === undefined && like
        ? like.devicesPerNode
        : whole(own.devicesPerNode, "devicesPerNode", countRange),
    threads: figures(
      own.threads,
      "threads",
      ["processors", "resident", "lanes"],
      countRange,
      like?.threads,
    ),
    watts: watts(own.watts, like?.watts),
    dollars: figures(own.dollars, "dollars", ["sale", "hour"], dollarRange, like?.dollars),
    cubicMetres: figures(
      own.cubicMetres,
      "cubicMetres",
      spaces,
      volumeRange,
      like?.cubicMetres,
    ) satisfies { [S in Space]?: Figure },
  }
}

function peaks(json: unknown, like: Peaks | undefined): Peaks {
  if (json === undefined && like) return like
  const own = fields(json, "peakPerSecond", peakUnits)
  const read = (unit: keyof Peaks) =>
    figures(own[unit], `peakPerSecond.${unit}`, peakDtypes, peakRange, like?.[unit])
  const all = { plain: read("plain"), tensor: read("tensor") }
  if (Object.keys(all.plain).length + Object.keys(all.tensor).length === 0) {
    throw new Error(
      "machine.peakPerSecond has no peak; give at least one, such as " +
        '{ "plain": { "float32": 19.5e12 } }',
    )
  }
  return all
}

function links(json: unknown): readonly Link[] {
  const read = list(json, "links").map((entry, i): Link => {
    const at = `links[${i}]`
    const own = fields(entry, at, ["kind", "topology", "devices", "bytesPerSecond", "alphaSeconds"])
    return {
      kind: text(own.kind, `${at}.kind`),
      topology: oneOf(own.topology, `${at}.topology`, linkTopologies),
      devices: whole(own.devices, `${at}.devices`, countRange),
      bytesPerSecond: figure(own.bytesPerSecond, `${at}.bytesPerSecond`, rateRange),
      alphaSeconds: figure(own.alphaSeconds, `${at}.alphaSeconds`, latencyRange),
    }
  })
  read.forEach((link, i) => {
    const inner = read[i - 1]
    if (inner !== undefined && link.devices < inner.devices) {
      throw new Error(
        `machine.links[${i}].devices is ${link.devices}, fewer than the ${inner.devices} of the ` +
          "tier within it; list links from the innermost out, each joining at least as many",
      )
    }
  })
  return read
}

function watts(json: unknown, like: Machine["watts"] | undefined): Machine["watts"] {
  const read = figures(json, "watts", ["board", "chassis"], wattRange, like)
  const { board, ...rest } = read
  if (board === undefined) throw missing("watts.board", wattRange.right)
  return { board, ...rest }
}

/** Several optional figures; what is left out comes from `like`. */
function figures<K extends string>(
  json: unknown,
  path: string,
  names: readonly K[],
  range: Range,
  like: { readonly [N in K]?: Figure } = {},
): { [N in K]?: Figure } {
  const read: { [N in K]?: Figure } = { ...like }
  if (json === undefined) return read
  const own = fields(json, path, names)
  for (const name of names) {
    if (own[name] !== undefined) read[name] = figure(own[name], `${path}.${name}`, range)
  }
  return read
}

function figure(json: unknown, path: string, range: Range, like?: Figure): Figure {
  if (json === undefined) {
    if (like) return like
    throw missing(path, range.right)
  }
  if (typeof json === "number") {
    return { value: number(json, path, range), source: givenSource, trust: "memory" }
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw wrong(path, json, `a number of ${range.right}, or { "value", "source", "trust" }`)
  }
  const own = fields(json, path, ["value", "source", "trust"])
  return {
    value: number(own.value, `${path}.value`, range),
    source: own.source === undefined ? givenSource : text(own.source, `${path}.source`),
    trust: own.trust === undefined ? "memory" : oneOf(own.trust, `${path}.trust`, trusts),
  }
}

function number(json: unknown, path: string, { least, most, right }: Range): number {
  if (typeof json !== "number" || !Number.isFinite(json)) throw wrong(path, json, right)
  if (json < least || json > most) {
    throw wrong(path, json, `between ${powers(least)} and ${powers(most)}, in ${right}`)
  }
  return json
}

/** A large round bound as people write it: 1e17, not seventeen zeros. */
function powers(bound: number): string {
  return bound >= 1e6 ? bound.toExponential().replace("+", "") : String(bound)
}

function whole(json: unknown, path: string, range: Range): number {
  const value = number(json, path, range)
  if (!Number.isInteger(value)) throw wrong(path, value, `a whole number: ${range.right}`)
  return value
}

function text(json: unknown, path: string): string {
  if (typeof json !== "string" || json.trim() === "") throw wrong(path, json, "a text, not empty")
  return json
}

function list(json: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(json)) throw wrong(path, json, "a list")
  return json
}

function oneOf<T extends string>(json: unknown, path: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === json)
  if (found === undefined) throw wrong(path, json, `one of ${allowed.join(", ")}`)
  return found
}

/** The object's fields, after a check that it has none but `names`. */
function fields<K extends string>(
  json: unknown,
  path: string,
  names: readonly K[],
): { readonly [N in K]?: unknown } {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw wrong(path, json, `an object with ${names.join(", ")}`)
  }
  const known: readonly string[] = names
  const stranger = Object.keys(json).find((name) => !known.includes(name))
  if (stranger !== undefined) {
    const [near] = nearestNames(spelledOut(stranger), names, 1)
    throw new Error(
      `${rooted(path)} has no field "${stranger}"; did you mean "${near}" ` +
        `(its fields are ${names.join(", ")})`,
    )
  }
  return json
}

/** `fp32`, `f32` and `bf16` as this house writes them: float32, bfloat16. */
function spelledOut(name: string): string {
  return name.replace(/^(b?)fp?(?=\d)/, "$1float")
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  const entry: { [N in K]?: V } = {}
  if (value !== undefined) entry[name] = value
  return entry
}

function missing(path: string, right: string): Error {
  return new Error(`${rooted(path)} is missing; it should be ${right}`)
}

function wrong(path: string, value: unknown, right: string): Error {
  if (value === undefined) return missing(path, right)
  const shown = JSON.stringify(value) ?? String(value)
  const short = shown.length > 60 ? `${shown.slice(0, 57)}...` : shown
  return new Error(`${rooted(path)} is ${short}; it should be ${right}`)
}

function rooted(path: string): string {
  return path === "machine" ? path : `machine.${path}`
}
