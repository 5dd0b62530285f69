/** `tradespace price`: what would it take? */

import { Command, InvalidArgumentError, Option } from "commander"
import { deviceNames, graphOf, openDevice, openDeviceFor } from "../array/index.ts"
import {
  calibrationOf,
  countProgram,
  type ProgramCount,
  printProgramCount,
} from "../device/index.ts"
import type { Graph } from "../graph/index.ts"
import { findMachine, type Machine, type Space, spaces } from "../hardware/index.ts"
import {
  type Burden,
  burdenOf,
  type ParallelTime,
  type Price,
  parallelTime,
  priceAt,
  priceGraph,
  priceSymbols,
  priceToJson,
  printBurden,
  printParallelTime,
  printPrice,
  printSpacetime,
  type Spacetime,
  spacetime,
  threadCounts,
} from "../price/index.ts"
import { schedule } from "../schedule/index.ts"
import { type Bindings, evaluate, type Spec, symbolsOf } from "../size/index.ts"
import { type InferredPrice, inferPrice, printInferred } from "../trade/index.ts"
import { onArguments, requireTaken } from "./arguments.ts"
import { UsageError } from "./failure.ts"
import { type ArrayFunction, loadFunction } from "./load.ts"
import { examples, jsonOption, specsOption, wholeNumber } from "./options.ts"
import { say, sayJson } from "./terminal.ts"

interface PriceOptions {
  readonly export: string
  readonly args: readonly Spec[]
  readonly at?: Bindings
  readonly machine?: Machine
  readonly space?: Space
  readonly threads?: number
  readonly device?: string
  readonly infer?: boolean
  readonly json?: boolean
}

/** The command; its errors are thrown, bad usage as commander's own. */
export function priceCommand(): Command {
  return new Command("price")
    .description("what a function of arrays takes in time, threads and memory, before it runs")
    .argument("<file>", "a TypeScript or JavaScript module")
    .requiredOption("--export <name>", "the exported function")
    .addOption(specsOption("f32[N], i32[2*N, 3]"))
    .option("--at <sizes>", 'values for the named sizes: "N=1024, M=3"', readBindings)
    .option("--machine <name>", "also in space and time, on a machine such as A100", readMachine)
    .addOption(
      new Option(
        "--space <which>",
        "what the machine is charged; all that are known if left out",
      ).choices([...spaces]),
    )
    .option("--threads <count>", "also the time on every number of threads up to this", threads)
    .addOption(
      new Option(
        "--device <name>",
        "whose threads meet at the barriers of the burdened span; for cpu, its program is counted too",
      ).choices(deviceNames()),
    )
    .option("--infer", "trace at a ladder of sizes and infer the price from theirs")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nA function whose loops run while it is traced needs sizes with values: it is traced at a\n" +
        "ladder of values of its one named size, and the closed forms are marked as inferred.",
    )
    .addHelpText(
      "after",
      examples(
        'price examples/multiply.ts --export multiply --args "f32[N]"',
        'price examples/multiply.ts --export multiply --args "f32[N]" --at N=1024 --threads 4',
        'price examples/multiply.ts --export multiply --args "f32[1048576]" --machine A100',
      ),
    )
    .action(runPrice)
}

const threads = wholeNumber(1)

async function runPrice(file: string, options: PriceOptions): Promise<void> {
  const f = await loadFunction(file, options.export)
  requireSettings(options)
  const found = onArguments(f, options.args.length, () => priced(f, options))
  const { args, at = {} } = options
  if ("forms" in found) {
    requireInferable(options)
    const [{ size }] = found.samples
    const bound = boundSpecs(args, { ...at, [found.name]: size })
    requireTaken(f, args.length, () => graphOf(f)(...bound))
    return show(options, priceInferred(found))
  }
  requireTaken(f, args.length, () => found)
  show(options, await priceTraced(found, options))
}

/** A price as text for people and as a document. */
interface Answer {
  readonly sections: readonly string[]
  readonly document: object
}

function show({ json }: PriceOptions, { sections, document }: Answer): void {
  if (json) sayJson(document)
  else say(sections.join("\n\n"))
}

/** The function's graph, or its inferred price where it cannot be traced with names for sizes. */
function priced(f: ArrayFunction, { args, at, infer }: PriceOptions): Graph | InferredPrice {
  const unbound = namesOf(args).filter((name) => at?.[name] === undefined)
  const only = unbound.length === 1 ? unbound[0] : undefined
  if (infer) {
    if (only !== undefined) return inferredOver(f, args, only, at)
    throw new UsageError(
      `--infer needs exactly one named size without a value in --args, but there are ` +
        `${unbound.length}: give all others a value by --at`,
    )
  }
  try {
    return graphOf(f)(...(at === undefined ? args : boundSpecs(args, at)))
  } catch (error) {
    if (only === undefined || at !== undefined) throw error
    try {
      return inferredOver(f, args, only)
    } catch {
      throw error
    }
  }
}

function inferredOver(
  f: ArrayFunction,
  specs: readonly Spec[],
  name: string,
  at: Bindings = {},
): InferredPrice {
  return inferPrice(f, (size) => boundSpecs(specs, { ...at, [name]: size }), { name })
}

function boundSpecs(specs: readonly Spec[], at: Bindings): readonly Spec[] {
  return specs.map(({ shape, dtype }) => ({
    shape: shape.map((size) => evaluate(size, at)),
    dtype,
  }))
}

function namesOf(specs: readonly Spec[]): readonly string[] {
  return [...new Set(specs.flatMap(({ shape }) => shape.flatMap(symbolsOf)))].sort()
}

function priceInferred(inferred: InferredPrice): Answer {
  const { price, samples, failed, forms, name, holds, from } = inferred
  const table = price === undefined ? [] : [printPrice(price)]
  const measures = Object.fromEntries(
    Object.entries(forms).map(([part, found]) => [
      part,
      found === undefined ? null : { ...found, form: String(found.form) },
    ]),
  )
  return {
    sections: [...table, printInferred(inferred)],
    document: {
      ...(price !== undefined && priceToJson(price)),
      inferred: {
        name,
        holds,
        from,
        sizes: samples.map(({ size }) => size),
        failed,
        forms: measures,
      },
    },
  }
}

async function priceTraced(graph: Graph, options: PriceOptions): Promise<Answer> {
  const { machine, threads, device, at = {} } = options
  const symbolic = priceGraph(graph)
  const bound = priceSymbols(symbolic).every((name) => at[name] !== undefined)
  const price = bound ? priceAt(symbolic, at) : symbolic
  requireValues(price, options)
  const time = machine === undefined && threads === undefined ? undefined : parallelTime(graph, at)
  const inSpace =
    machine === undefined || time === undefined ? [] : inSpacetime(price, time, machine, options)
  const burden = device === undefined ? undefined : await burdenOn(graph, device, threads)
  const program = device === "cpu" ? await programOn(graph, device, threads) : undefined
  const shown = time === undefined || threads === undefined ? undefined : { time, threads }
  return {
    sections: [
      printPrice(price, inSpace),
      ...(shown === undefined
        ? []
        : [printParallelTime(shown.time, shown.threads, burden?.burden)]),
      ...(burden === undefined
        ? []
        : [printBurden(burden.burden, burden.barrierSteps, burden.threads)]),
      ...(program === undefined
        ? []
        : [
            printProgramCount("cpu", program, {
              work: evaluate(price.work, at),
              span: evaluate(price.span, at),
            }),
          ]),
      inSpace.length > 0 ? printSpacetime(inSpace) : spacetimeHint(price),
    ],
    document: {
      ...priceToJson(price),
      ...(shown !== undefined && { parallel: parallelDocument(shown.time, shown.threads) }),
      ...(burden !== undefined && { burdened: burdenDocument(burden) }),
      ...(program !== undefined && { program }),
      ...(inSpace.length > 0 && { spacetime: inSpace }),
    },
  }
}

/** @throws UsageError when an option says nothing beside the others. */
function requireSettings({ args, at = {}, machine, space }: PriceOptions): void {
  if (space !== undefined && machine === undefined) {
    throw new UsageError("--space says what a machine is charged: add --machine A100, say")
  }
  const names = namesOf(args)
  const strange = Object.keys(at).find((name) => !names.includes(name))
  if (strange === undefined) return
  const known = names.length === 0 ? "no named size" : `only ${names.join(", ")}`
  throw new UsageError(`--at gives ${strange} a value, but --args has ${known}`)
}

/** A price that is inferred from several sizes is none at one. */
function requireInferable(options: PriceOptions): void {
  const asked = askedOf(options)
  if (asked === undefined) return
  throw new UsageError(
    `${asked} needs sizes with values, and this price is inferred from several: write numbers in ` +
      "--args, as in f32[1024]",
  )
}

function askedOf({ machine, threads, device }: PriceOptions): string | undefined {
  return machine ? "--machine" : threads ? "--threads" : device ? "--device" : undefined
}

/** How to get the third model's rows. */
function spacetimeHint(price: Price): string {
  const names = priceSymbols(price)
  const values = names.map((name) => `${name}=1048576`).join(", ")
  const at = names.length === 0 ? "" : `--at "${values}" `
  return `spacetime, the third model, is of a machine: add ${at}--machine A100, say`
}

/** What is said of machines, threads and barriers is said of numbers. */
function requireValues(price: Price, options: PriceOptions): void {
  const names = priceSymbols(price)
  const asked = askedOf(options)
  if (names.length === 0 || asked === undefined) return
  const values = names.map((name) => `${name}=1024`).join(", ")
  throw new UsageError(`${asked} needs sizes with values: add --at "${values}", say`)
}

function inSpacetime(
  price: Price,
  time: ParallelTime,
  machine: Machine,
  { threads, space }: PriceOptions,
): readonly Spacetime[] {
  const charged = space === undefined ? spaces.filter((each) => machine.cubicMetres[each]) : [space]
  return charged.map((each) => {
    const first = spacetime(price, machine, { space: each, threads })
    const steps = time.on(first.threads).greedy ?? first.steps
    return spacetime(price, machine, { space: each, threads: first.threads, steps })
  })
}

interface DeviceBurden {
  readonly burden: Burden
  readonly barrierSteps: number
  readonly threads: number
}

/** The burdened span at the barrier of a device, in operations that one of its threads does. */
async function burdenOn(
  graph: Graph,
  name: string,
  threads: number | undefined,
): Promise<DeviceBurden> {
  const { device } = await openDeviceFor(graph, name)
  const calibration = await calibrationOf(device, { rough: true })
  const perThread = calibration.unlanedPerSecond / calibration.threads
  const barrierSteps = calibration.barrierSeconds * perThread
  return {
    burden: burdenOf(graph, barrierSteps),
    barrierSteps,
    threads: threads ?? calibration.threads,
  }
}

/** What the program that a device runs does, counted on the program. */
async function programOn(
  graph: Graph,
  name: string,
  threads: number | undefined,
): Promise<ProgramCount> {
  const device = await openDevice(name)
  const { threads: all, processor } = device
  return countProgram(schedule(graph, { threads: threads ?? all, target: processor }))
}

function parallelDocument(time: ParallelTime, most: number): object {
  const { work, span, parallelism, useful, simulated } = time
  const on = threadCounts(most, useful.threads).map((count) => time.on(count))
  return { work, span, parallelism, useful, simulated, on }
}

function burdenDocument({ burden, barrierSteps, threads }: DeviceBurden): object {
  return {
    barrierSteps,
    span: burden.span,
    parallelism: burden.parallelism,
    threads,
    leastSpeedup: burden.leastSpeedup(threads),
    mostSpeedup: burden.mostSpeedup(threads),
  }
}

function readMachine(name: string): Machine {
  try {
    return findMachine(name)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function readBindings(text: string): Bindings {
  const entries = text.split(",").map((part): [string, number] => {
    const [, name, value] = /^\s*([A-Za-z_]\w*)\s*=\s*([0-9]+)\s*$/.exec(part) ?? []
    if (name === undefined || !Number.isSafeInteger(Number(value))) {
      throw new InvalidArgumentError(`"${part.trim()}" should be a name and a whole number: N=1024`)
    }
    return [name, Number(value)]
  })
  return Object.fromEntries(entries)
}
