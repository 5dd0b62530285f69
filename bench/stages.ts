/** What it takes to make a function ready to run, each time in a fresh process. */

import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type Spread, spread } from "./statistics.ts"
import { aligned, milliseconds } from "./table.ts"

/** Milliseconds of each stage. */
export interface Stages {
  readonly trace: number
  readonly schedule: number
  readonly emit: number
  readonly compile: number
}

export type StageSpreads = { readonly [S in keyof Stages | "together"]: Spread }

const descriptions: { readonly [S in keyof StageSpreads]: string } = {
  trace: "trace and differentiate",
  schedule: "schedule",
  emit: "emit WebAssembly",
  compile: "compile in the engine",
  together: "together",
}

/** What is compiled. */
const subjects = {
  step: "MNIST training step",
  long: "100 blocks of some 16 operations",
} as const

type Subject = keyof typeof subjects

export type SubjectSpreads = { readonly [S in Subject]: StageSpreads }

export function measureStages(times: number): SubjectSpreads {
  return { step: measure("step", times), long: measure("long", times) }
}

function measure(subject: Subject, times: number): StageSpreads {
  const script = fileURLToPath(new URL("./stages-child.ts", import.meta.url))
  const runs = Array.from({ length: times }, (): Stages => {
    return JSON.parse(execFileSync(process.execPath, [script, subject], { encoding: "utf8" }))
  })
  const of = (stage: keyof Stages) => spread(runs.map((run) => run[stage]))
  return {
    trace: of("trace"),
    schedule: of("schedule"),
    emit: of("emit"),
    compile: of("compile"),
    together: spread(runs.map((run) => run.trace + run.schedule + run.emit + run.compile)),
  }
}

export function stageLines(stages: SubjectSpreads): string[] {
  return [...linesOf("step", stages.step), "", ...linesOf("long", stages.long)]
}

function linesOf(subject: Subject, stages: StageSpreads): string[] {
  const rows = Object.entries(stages).map(([stage, { median, min, max }]) => [
    `  ${descriptions[stage as keyof StageSpreads]}`,
    milliseconds(median),
    milliseconds(min),
    milliseconds(max),
  ])
  return [
    `compile: ${subjects[subject]}, from a function to a program, in a fresh process`,
    ...aligned([["", "median", "min", "max"], ...rows]),
  ]
}
