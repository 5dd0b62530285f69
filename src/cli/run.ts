/** `tradespace run`: a function of arrays, run; with the quote before and the bill after. */

import { Command, Option } from "commander"
import {
  closeDevices,
  defaultDevice,
  graphOf,
  jit,
  openDevice,
  openDeviceFor,
  setDefaultDevice,
  Array as TradespaceArray,
} from "../array/index.ts"
import { type Bill, calibrationOf, type Device, paceOf, quoteGraph } from "../device/index.ts"
import { flatten, type Graph } from "../graph/index.ts"
import { fitMemory } from "../schedule/index.ts"
import { elementsOf, parseBytes, printShape } from "../size/index.ts"
import { onArguments, requireTaken } from "./arguments.ts"
import { drawDiagram } from "./diagram.ts"
import { duration } from "./figures.ts"
import { writeWhole } from "./files.ts"
import { type Input, makeInputs, readInputs } from "./inputs.ts"
import { type ArrayFunction, loadFunction } from "./load.ts"
import {
  type DeviceChoice,
  deviceOption,
  examples,
  jsonOption,
  memoryAmount,
  seedOption,
  threadsOption,
} from "./options.ts"
import { billBesideQuote, choiceText } from "./settlement.ts"
import { calibrating, LiveLine, say, sayJson, styled } from "./terminal.ts"
import { traceDocument } from "./trace-file.ts"

interface Options extends DeviceChoice {
  readonly export: string
  readonly args: readonly Input[]
  readonly seed: number
  readonly json?: boolean
  readonly memory?: string
  readonly trace?: string
  readonly diagram?: string
}

/** What is told of one array of a result. */
interface Summary {
  readonly dtype: string
  readonly shape: readonly number[]
  /** All elements of a small array, else the first few. */
  readonly elements: readonly number[]
  readonly least: number
  readonly greatest: number
  readonly mean: number
}

const shownElements = 8
/** Runs after the first one, at most, and the seconds in which they may begin. */
const mostRuns = 100
const patience = 0.5

export function runCommand(): Command {
  return new Command("run")
    .description("run a function of arrays; prints its result, the quote and the bill")
    .argument("<file>", "a TypeScript or JavaScript module")
    .requiredOption("--export <name>", "the exported function")
    .addOption(
      new Option(
        "--args <list>",
        'its arguments: types of arrays to draw, "f32[1024], i32[3]", or values, "[2, 3, 4]"',
      )
        .argParser(readInputs)
        .default([], "none"),
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option(
      "--memory <amount>",
      "run within so much memory, as in 64MB: what does not fit is computed again",
      memoryAmount,
    )
    .addOption(seedOption())
    .addOption(jsonOption())
    .option("--trace <file>", "write what every thread did when, for Perfetto or about:tracing")
    .option("--diagram <file>", "draw it as SVG: threads across, time down, the chain that set it")
    .addHelpText(
      "after",
      "\nDrawn arrays depend on the seed and their position alone: f32 evenly from 1 − 1/√n to\n" +
        "1 + 1/√n for n elements, i32 and u32 evenly from 0 to 9, bool by a fair coin.",
    )
    .addHelpText(
      "after",
      examples(
        'run examples/multiply.ts --export multiply --args "[2, 3, 4]"',
        'run examples/multiply.ts --export multiply --args "f32[1048576]" --device auto',
        'run examples/multiply.ts --export multiply --args "f32[1048576]" --diagram run.svg',
      ),
    )
    .action(async (file: string, options: Options) => {
      const line = new LiveLine(process.stderr)
      const doing = (text: string) => {
        if (process.stderr.isTTY) line.show(text)
      }
      await run(file, options, doing, () => line.clear()).finally(() => line.clear())
    })
}

/**
 * @param doing is told what is under way
 * @param done is called before the results are told
 */
async function run(
  file: string,
  options: Options,
  doing: (text: string) => void,
  done: () => void,
): Promise<void> {
  const body = await loadFunction(file, options.export)
  doing("drawing the arguments and tracing the function …")
  setDefaultDevice(options.device ?? defaultDevice(), { threads: options.threads })
  const { graph, quote, choice } = await quoteOf(body, options)
  // Afresh, so that the memory billed is the run's own.
  await closeDevices()
  const device = await openDevice()
  const inputs = makeInputs(options.args, options.seed)
  const f = jit(body, { memory: options.memory })
  doing("running it once, which compiles it, and then some more …")
  // The first run traces and compiles: the others are what the quote is about.
  const first = await measure(device, () => arraysOf(f(...inputs)))
  const results = await Promise.all(first.arrays.map(summarize))
  const runs = []
  const until = performance.now() + 1000 * patience
  do {
    for (const array of (runs.at(-1) ?? first).arrays) array.dispose()
    runs.push(await measure(device, () => arraysOf(f(...inputs))))
  } while (runs.length < mostRuns && performance.now() < until)
  const times = runs.map(({ seconds }) => seconds).sort((a, b) => a - b)
  const bill: Bill = {
    seconds: times[Math.floor(times.length / 2)],
    bytes: Math.max(...runs.map(({ bytes }) => bytes)),
    threads: device.threads,
  }
  const written = await picture(device, graph, inputs, options)
  done()
  const firstSeconds = first.seconds
  if (options.json) return sayJson({ results, quote, bill, firstSeconds, choice })
  for (const [i, result] of results.entries()) {
    say(`${styled("bold", results.length === 1 ? "result" : `result ${i}`)}  ${describe(result)}`)
  }
  say()
  if (choice !== undefined) say(`${choiceText(choice)}\n`)
  say(billBesideQuote(quote, bill))
  say()
  const which =
    runs.length === 1 ? "of the second run" : `the median of runs 2 to ${runs.length + 1}`
  say(
    `The bill is ${which}; the first, with tracing and compiling, took ${duration(first.seconds)}.`,
  )
  for (const path of written) say(`Written: ${path}`)
}

/** The graph and its quote, at the present pace of its device, which becomes the default. */
async function quoteOf(body: ArrayFunction, options: Options) {
  const { args, threads, memory } = options
  const whole = onArguments(body, args.length, () =>
    graphOf(body)(...makeInputs(args, options.seed)),
  )
  requireTaken(body, args.length, () => whole)
  const { device, choice } = await openDeviceFor(whole, defaultDevice(), { threads })
  if (choice !== undefined) setDefaultDevice(choice.device, { threads })
  const graph =
    memory === undefined
      ? whole
      : fitMemory(whole, parseBytes(memory, "--memory"), {
          threads: [1, device.threads],
          target: device.processor,
        }).graph
  const calibration = await calibrationOf(device, {
    rough: true,
    progress: calibrating(device.name),
  })
  const quote = quoteGraph(graph, calibration, { pace: await paceOf(device, calibration) })
  return { graph, quote, choice }
}

/** Runs once more with every thread writing down what it does, and writes the files asked for. */
async function picture(
  device: Device,
  graph: Graph,
  inputs: readonly TradespaceArray[],
  { trace: traceFile, diagram, export: name }: Options,
): Promise<readonly string[]> {
  if (traceFile === undefined && diagram === undefined) return []
  if (device.trace === undefined) {
    throw new Error(`the device ${device.name} keeps no record of its threads: --device cpu does`)
  }
  const own = await Promise.all(
    inputs.map(async (input) =>
      device.put(await input.data(), input.shape.map(Number), input.dtype),
    ),
  )
  const found = await device.trace(graph, own)
  for (const input of own) input.free()
  const files: [string, string][] = []
  if (traceFile !== undefined) files.push([traceFile, JSON.stringify(traceDocument(found, name))])
  if (diagram !== undefined) files.push([diagram, drawDiagram(found, name)])
  for (const [path, text] of files) await writeWhole(path, text)
  return files.map(([path]) => path)
}

/** Runs to the end. */
async function measure(device: Device, start: () => readonly TradespaceArray[]) {
  const began = performance.now()
  const arrays = start()
  const bytes = device.memory().inUse
  await device.settled()
  return { seconds: (performance.now() - began) / 1000, bytes, arrays }
}

function arraysOf(result: unknown): readonly TradespaceArray[] {
  return flatten(result, (value) => value instanceof TradespaceArray)[0]
}

async function summarize(array: TradespaceArray): Promise<Summary> {
  const data = await array.data()
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  let sum = 0
  for (const element of data) {
    least = Math.min(least, element)
    greatest = Math.max(greatest, element)
    sum += element
  }
  return {
    dtype: array.dtype,
    shape: array.shape.map(Number),
    elements: [...data.subarray(0, shownElements)],
    least,
    greatest,
    mean: sum / data.length,
  }
}

function describe({ dtype, shape, elements, least, greatest, mean }: Summary): string {
  const type = `${dtype}${printShape(shape)}`
  const numbers = elements.map((element) => String(Number(element.toPrecision(7))))
  const size = elementsOf(shape)
  if (size === 1) return `${numbers[0]}  ${styled("dim", type)}`
  if (size === 0) return `nothing  ${styled("dim", type)}`
  const more = Number(size) > elements.length ? ", …" : ""
  const range = [least, greatest, mean].map((number) => Number(number.toPrecision(4)))
  return (
    `[${numbers.join(", ")}${more}]  ${styled("dim", type)}` +
    `\n        from ${range[0]} to ${range[1]}, mean ${range[2]}`
  )
}
