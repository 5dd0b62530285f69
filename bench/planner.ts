/**
 * How near the planner's predictions come to measured runs. Reads the measured tables where they
 * are (`../shared/data/planner` beside the repository, or the folder given), prints one line for
 * each comparison. With `--fit` it fits the constants anew and writes `src/cluster/fitted-data.ts`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import {
  bootstrapBands,
  bootstrapCollectives,
  fitCollectives,
  fitSteps,
  fittedNames,
  tableWeights,
} from "../src/cluster/calibrate.ts"
import type { Constants } from "../src/cluster/constants.ts"
import { fittedConstants } from "../src/cluster/fitted.ts"
import { checkLayout, describeLayout, layoutOf } from "../src/cluster/layout.ts"
import { isDevice, measuredCollectives, measuredSteps } from "../src/cluster/measured.ts"
import { ratesOf } from "../src/cluster/rates.ts"
import { quantile } from "../src/cluster/regression.ts"
import { stepTime } from "../src/cluster/step.ts"
import type { Accuracy } from "../src/cluster/validation.ts"
import {
  accuracyOf,
  chosenLayouts,
  collectiveErrors,
  halfHeldOut,
  leaveOneNetworkOut,
  stepErrors,
} from "../src/cluster/validation.ts"
import { findMachine } from "../src/hardware/index.ts"
import { publishedRuns } from "./planner-runs.ts"
import { laterRuns } from "./planner-runs-later.ts"

const args = process.argv.slice(2)
const folder =
  args.find((arg) => !arg.startsWith("--")) ??
  fileURLToPath(new URL("../../shared/data/planner", import.meta.url))

if (!existsSync(folder)) {
  console.log(`no measured tables in ${folder}: give their folder as an argument`)
  process.exit(0)
}

const read = (name: string) => readFileSync(`${folder}/${name}`, "utf8")
const multi = measuredSteps(read("measured-a100-multi-node.csv"), "full")
const one = measuredSteps(read("measured-a100-one-node.csv"), "none")
const megatron = measuredSteps(read("megatron-2021-table-1.csv"), "full")
const collectives = measuredCollectives(read("measured-allreduce.csv"))
const a100 = findMachine("a100")
const v100 = findMachine("v100")

const percent = (value: number) => `${(100 * value).toFixed(2)} %`.padStart(9)

function line(name: string, accuracy: Accuracy, goal?: number) {
  const { count, meanAbsolute, ninetieth, worst, bias } = accuracy
  const verdict = goal === undefined ? "" : meanAbsolute <= goal ? "reached" : "MISSED"
  console.log(
    `${name.padEnd(46)}${String(count).padStart(6)}${percent(meanAbsolute)}${percent(ninetieth)}` +
      `${percent(worst)}${percent(bias)}   ${goal === undefined ? "" : `≤ ${100 * goal} %`} ${verdict}`,
  )
}

function heading(text: string) {
  console.log(
    `\n${text.padEnd(46)}  rows  mean abs  90 % below   worst      bias   goal\n${"─".repeat(110)}`,
  )
}

function calibrated(): Constants {
  const link = (device: string, machine: typeof a100) => {
    if (!isDevice(machine, device)) throw new Error(`${machine.name} is not the table's ${device}`)
    const rows = collectives.filter((row) => row.device === device)
    return fitCollectives(rows, machine.links[0]!.bytesPerSecond.value)
  }
  const links = { switched: link("a100", a100), mesh: link("v100", v100) }
  const start: Constants = { ...fittedConstants, links }
  return fitSteps([...multi, ...one], a100, start, tableWeights([multi, one]))
}

if (args.includes("--fit")) {
  const fitted = calibrated()
  const steps = [...multi, ...one]
  const weights = tableWeights([multi, one])
  const bands = bootstrapBands(steps, a100, fitted, weights, 200, 1)
  const left = [...leaveOneNetworkOut(multi, one, a100, fitted).values()].flat()
  const errors = [...left, ...halfHeldOut(one, multi, a100, fitted, "profile", 1)]
  const logs = errors.map((error) => Math.log1p(error))
  // What was measured over what was predicted, for nine runs of ten.
  const low = Math.exp(-quantile(logs, 0.95))
  const high = Math.exp(-quantile(logs, 0.05))
  const digits = (value: number) => Number(value.toPrecision(4))
  const found = Object.fromEntries(
    fittedNames.map((name) => [
      name,
      { value: digits(fitted[name]), low: digits(bands[name].low), high: digits(bands[name].high) },
    ]),
  )
  const linksOf = (device: string, machine: typeof a100, link: Constants["links"]["mesh"]) => {
    const rows = collectives.filter((row) => row.device === device)
    const datasheet = machine.links[0]!.bytesPerSecond.value
    const spread = bootstrapCollectives(rows, datasheet, 40, 1)
    const around = (value: number, { low, high }: { low: number; high: number }) => ({
      value: digits(value),
      low: digits(low),
      high: digits(high),
    })
    return {
      startSeconds: around(link.startSeconds, spread.startSeconds),
      hopSeconds: around(link.hopSeconds, spread.hopSeconds),
      widest: around(link.fractions.at(-1)![1], spread.widest),
      fractions: link.fractions.map(([members, fraction]) => [members, digits(fraction)]),
    }
  }
  const data = {
    steps: found,
    links: {
      switched: linksOf("a100", a100, fitted.links.switched),
      mesh: linksOf("v100", v100, fitted.links.mesh),
    },
    prediction: { low: digits(low), high: digits(high) },
  }
  const target = fileURLToPath(new URL("../src/cluster/fitted-data.ts", import.meta.url))
  writeFileSync(
    target,
    "/**\n * Written by `node bench/planner.ts --fit`; do not edit. Fitted on 55 multi-node and 720 one-node\n" +
      " * A100 step times and on 6,144 all-reduce times of A100 and V100 (vTrain, MIT licence); bands are\n" +
      " * the middle nine tenths of 200 bootstrap fits that resample whole profiles (of 40 for links).\n */\n" +
      `export const fittedData = ${JSON.stringify(data, null, 2)} as const\n`,
  )
  console.log(`wrote ${target}: run biome over it`)
  process.exit(0)
}

const constants = calibrated()
console.log("constants fitted here:")
for (const name of fittedNames)
  console.log(`  ${name.padEnd(16)} ${constants[name].toPrecision(4)}`)

heading("step times")
line(
  "Megatron 2021 table 1, fitted elsewhere",
  accuracyOf(stepErrors(megatron, a100, constants)),
  0.05,
)
const left = leaveOneNetworkOut(multi, one, a100, constants)
const means: number[] = []
for (const [name, errors] of left) {
  line(`A100 multi-node, ${name} left out`, accuracyOf(errors))
  means.push(accuracyOf(errors).meanAbsolute)
}
const mean = means.reduce((sum, value) => sum + value, 0) / means.length
const allLeft = accuracyOf([...left.values()].flat())
line("A100 multi-node, mean over networks left out", { ...allLeft, meanAbsolute: mean }, 0.1)
line(
  "A100 one-node, half the rows held out",
  accuracyOf(halfHeldOut(one, multi, a100, constants, "row", 1)),
  0.08,
)
line(
  "A100 one-node, half the profiles held out",
  accuracyOf(halfHeldOut(one, multi, a100, constants, "profile", 1)),
)

heading("collectives")
for (const [device, machine] of [
  ["a100", a100],
  ["v100", v100],
] as const) {
  const rows = collectives.filter((row) => row.device === device)
  const errors = collectiveErrors(rows, machine.links[0]!.bytesPerSecond.value)
  line(`all-reduce on ${machine.name}, half held out`, accuracyOf(errors), 0.03)
}

console.log(`\nchosen among each network's measured layouts\n${"─".repeat(110)}`)
for (const [name, { chosen, best, loss }] of chosenLayouts(multi, a100, constants)) {
  console.log(
    `${name.padEnd(14)}${percent(loss)} slower than the best   ${loss <= 0.03 ? "reached" : "MISSED"}\n` +
      `    chosen ${describeLayout(chosen.layout)}: ${chosen.seconds.toFixed(2)} s\n` +
      `    best   ${describeLayout(best.layout)}: ${best.seconds.toFixed(2)} s`,
  )
}

console.log(
  `\npublished runs with known layouts, nothing fitted on them\n${"─".repeat(110)}\n` +
    `${"run".padEnd(34)}${"published".padStart(12)}${"predicted".padStart(12)}${"error".padStart(10)}   from`,
)
const unfitted: number[] = []
for (const run of [...publishedRuns, ...laterRuns]) {
  const { name, network, machine, layout: request, seconds, family } = run
  const layout = layoutOf(request)
  checkLayout(network, layout)
  const rates = ratesOf(findMachine(machine), layout.precision, constants)
  const predicted = stepTime(network, layout, rates).total
  unfitted.push(predicted / seconds - 1)
  console.log(
    `${name.padEnd(34)}${`${seconds.toFixed(2)} s`.padStart(12)}${`${predicted.toFixed(2)} s`.padStart(12)}` +
      `${percent(predicted / seconds - 1).padStart(10)}   ${family}`,
  )
}
heading("published runs together")
line("all of them, nothing fitted", accuracyOf(unfitted))
