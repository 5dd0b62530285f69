// Writes docs/supported.md: NumPy's and JAX's public names, and which of them Tradespace has. The
// names are those of test/array/fixtures/names.json, what there is are the exports of src/index.ts.

import { readFileSync, writeFileSync } from "node:fs"
import * as tradespace from "../src/index.ts"
import { renamed, whyNot } from "./unsupported.ts"

type Kind = "function" | "constant" | "class"

interface Names {
  readonly versions: { readonly numpy: string; readonly jax: string }
  readonly modules: { readonly [module: string]: { readonly [K in Kind]: string } }
}

/** A module's counterpart: what to put before its names. The root has no name. */
const counterparts: { readonly [module: string]: string } = {
  numpy: "np",
  "numpy.linalg": "linalg",
  "numpy.fft": "fft",
  "jax.numpy": "np",
  "jax.numpy.linalg": "linalg",
  "jax.numpy.fft": "fft",
  jax: "",
  "jax.lax": "lax",
  "jax.lax.linalg": "lax.linalg",
  "jax.nn": "nn",
  "jax.random": "random",
  "jax.scipy.special": "special",
  "jax.scipy.linalg": "linalg",
}

/** Where a name is looked for that its counterpart lacks. */
const elsewhere = ["np", "lax", "", "nn", "linalg", "special"]

/** One name in both spellings: `log_softmax` and `logSoftmax`, `erfinv` and `erfInv`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "")
}

/** Whether a value is a module, whose members have names of their own. */
function isSpace(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.toStringTag in value
}

function membersOf(space: string): ReadonlyMap<string, string> {
  const holder: object = space
    .split(".")
    .filter((part) => part !== "")
    .reduce((value: object, part) => Reflect.get(value, part), tradespace)
  const names = Object.keys(holder).filter((name) => !isSpace(Reflect.get(holder, name)))
  const prefix = space === "" ? "" : `${space}.`
  return new Map(names.map((name) => [plain(name), `${prefix}${name}`]))
}

const members = new Map(
  [...new Set([...Object.values(counterparts), ...elsewhere])].map((space) => [
    space,
    membersOf(space),
  ]),
)

/** What a name of a module is called here; undefined when there is no such thing. */
function nameHere(module: string, kind: string, name: string): string | undefined {
  const written = renamed[name]
  if (written !== undefined) {
    const space = written.includes(".") ? written.slice(0, written.lastIndexOf(".")) : ""
    const last = written.slice(space === "" ? 0 : space.length + 1)
    if (members.get(space)?.get(plain(last)) === written) return written
    throw new Error(`${name} is said to be ${written}, which is not exported`)
  }
  return [counterparts[module], ...(kind === "function" ? elsewhere : [])]
    .map((space) => members.get(space)?.get(plain(name)))
    .find((found) => found !== undefined)
}

/** The page. Names here are given without their module's counterpart. */
export function supportedPage(): string {
  const fixture = new URL("../test/array/fixtures/names.json", import.meta.url)
  const { versions, modules }: Names = JSON.parse(readFileSync(fixture, "utf8"))
  const sections = Object.entries(modules).map(([module, kinds]) => {
    const found = Object.entries(kinds).flatMap(([kind, text]) =>
      text
        .split(" ")
        .filter((name) => name !== "")
        .map((name) => ({ name, kind, here: nameHere(module, kind, name) })),
    )
    const has = found.filter(({ here }) => here !== undefined)
    const lacks = found.filter(({ here }) => here === undefined)
    const functions = (some: typeof found) => some.filter(({ kind }) => kind === "function").length
    return { module, count: functions(has), of: functions(found), has, lacks }
  })
  const rows = sections.map(({ module, count, of, has, lacks }) => [
    `[${module}](#${module.replaceAll(".", "")})`,
    counterparts[module] === "" ? "the package itself" : `\`${counterparts[module]}\``,
    `${count} of ${of}`,
    `${has.length} of ${has.length + lacks.length}`,
  ])
  const head = ["module", "here", "functions", "all names"]
  return [
    "# What there is of NumPy and JAX",
    "",
    `The public names of NumPy ${versions.numpy} and JAX ${versions.jax}, and what is exported here.`,
    "Names are in camelCase. This page is made by `node scripts/supported.ts`; a test compares it",
    "with the code. That a name is there says nothing of every argument: the API reference does",
    "(`npm run docs`).",
    "",
    ...[head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`),
    ...sections.flatMap(({ module, has, lacks }) => [
      "",
      `## ${module}`,
      "",
      `There: ${listed(has.map(({ here = "" }) => shortly(module, here)))}.`,
      ...reasons(lacks.map(({ name }) => name)),
    ]),
    "",
  ].join("\n")
}

/** A name without its module's counterpart in front. */
function shortly(module: string, here: string): string {
  const prefix = `${counterparts[module]}.`
  return here.startsWith(prefix) ? here.slice(prefix.length) : here
}

/** The names that are not there, a paragraph for each reason. */
function reasons(names: readonly string[]): readonly string[] {
  const byReason = Map.groupBy(names, whyNot)
  return [...byReason]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([reason, some]) => ["", `${reason}: ${listed(some)}.`])
}

function listed(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `\`${name}\``).join(", ")
}

if (import.meta.main)
  writeFileSync(new URL("../docs/supported.md", import.meta.url), supportedPage())
