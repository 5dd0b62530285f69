/** `tradespace price`: what would it take? */

import { Command, InvalidArgumentError } from "commander"
import { graphOf } from "../array/index.ts"
import { bindGraph, priceGraph, priceToJson, printPrice } from "../price/index.ts"
import { type Bindings, parseSpecs, type Spec } from "../size/index.ts"
import { LoadError, loadFunction } from "./load.ts"

interface PriceOptions {
  readonly export: string
  readonly args: readonly Spec[]
  readonly at?: Bindings
  readonly json?: boolean
}

/** The command; its errors are thrown, bad usage as commander's own. */
export function priceCommand(): Command {
  return new Command("price")
    .description("what a function of arrays takes in time, threads and memory, before it runs")
    .argument("<file>", "a TypeScript or JavaScript module")
    .requiredOption("--export <name>", "the exported function")
    .option("--args <specs>", 'the types of its arguments: "f32[N], i32[2*N, 3]"', readSpecs, [])
    .option("--at <sizes>", 'values for the named sizes: "N=1024, M=3"', readBindings)
    .option("--json", "print one JSON document")
    .action(runPrice)
}

async function runPrice(file: string, options: PriceOptions, command: Command): Promise<void> {
  const f = await loadFunction(file, options.export).catch((error: unknown) => {
    if (!(error instanceof LoadError)) throw error
    return command.error(`tradespace price: ${error.message}`, { exitCode: 2 })
  })
  const graph = graphOf(f)(...options.args)
  const price = priceGraph(options.at === undefined ? graph : bindGraph(graph, options.at))
  const text = options.json ? JSON.stringify(priceToJson(price), undefined, 2) : printPrice(price)
  process.stdout.write(`${text}\n`)
}

function readSpecs(text: string): readonly Spec[] {
  try {
    return parseSpecs(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidArgumentError(error.message)
    throw error
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
