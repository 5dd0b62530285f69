/** What `npm run bench` can be told. */

import { parseArgs } from "node:util"
import { deviceNames } from "../src/index.ts"
import { type Case, cases } from "./cases/index.ts"
import { contestants, type Row } from "./contestants.ts"
import { type Effort, fullEffort, quickEffort } from "./measure.ts"
import { pythonVariable } from "./rivals/python.ts"

export const usage = `Measures Tradespace against other array libraries on this machine.

  npm run bench -- [options]

  --quick           fewer and shorter samples, and no case that takes long
  --only WORDS      only cases whose group or name has one of these words: matmul,train
  --against NAMES   only these rivals: ${contestants.map(({ name }) => name).join(", ")}; or none
  --device NAME     the device of Tradespace: ${deviceNames().join(", ")}; cpu unless given
  --python PATH     a Python that can import torch, for the rival pytorch; unless given, the one
                    that ${pythonVariable} names
  --json FILE       write everything measured to a file
  --save            write it to bench/results/<date>-<processor>.json
  --help            this text`

export interface Options {
  readonly help: boolean
  readonly effort: Effort
  readonly cases: readonly Case[]
  /** Tradespace, and whom it is measured against. */
  readonly rows: readonly Row[]
  /** Whether the stages of compilation are measured. */
  readonly stages: boolean
  readonly json: string | undefined
  readonly save: boolean
  /** The Python of the rival pytorch, where it was named. */
  readonly python: string | undefined
}

/** A wrong word on the command line; its message says which words are right. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

/** @throws UsageError when there is an unknown option, case or rival. */
export function parseOptions(args: readonly string[]): Options {
  const values = parse(args)
  const words = values.only?.toLowerCase().split(",") ?? [""]
  const named = cases.filter(({ name, group }) =>
    words.some((word) => group === word || name.toLowerCase().includes(word)),
  )
  const stages = words.some((word) => "compile".startsWith(word))
  if (named.length === 0 && !stages) {
    const groups = [...new Set(cases.map(({ group }) => group)), "compile"]
    throw new UsageError(`--only ${values.only} names no case; groups are ${groups.join(", ")}`)
  }
  return {
    help: values.help ?? false,
    effort: values.quick ? quickEffort : fullEffort,
    cases: named.filter(({ long }) => !(values.quick && long)),
    rows: onDevice(rowsOf(values.against), values.device),
    stages,
    json: values.json,
    save: values.save ?? false,
    python: values.python,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean" },
        quick: { type: "boolean" },
        only: { type: "string" },
        against: { type: "string" },
        device: { type: "string" },
        json: { type: "string" },
        save: { type: "boolean" },
        python: { type: "string" },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** The rows with Tradespace on a device by name. */
function onDevice(rows: readonly Row[], device: string | undefined): readonly Row[] {
  if (device === undefined) return rows
  if (!deviceNames().includes(device)) {
    throw new UsageError(`--device ${device} is no device: there are ${deviceNames().join(", ")}`)
  }
  const of = device === "native" || device === "auto" ? ({ native: true } as const) : {}
  return rows.map((row, i) => (i === 0 ? { ...row, variant: device, ...of } : row))
}

function rowsOf(against: string | undefined): readonly Row[] {
  const [ours, ...rivals] = contestants
  if (against === undefined) return contestants
  if (against === "none") return [ours!]
  const names = against.split(",")
  const unknown = names.find((name) => !rivals.some((row) => row.name === name))
  if (unknown !== undefined) {
    const known = rivals.map(({ name }) => name).join(", ")
    throw new UsageError(`--against ${unknown} is no rival: there are ${known}, or none`)
  }
  return [ours!, ...rivals.filter(({ name }) => names.includes(name))]
}
