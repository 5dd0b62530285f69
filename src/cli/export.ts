/** `tradespace export`: a fitted network in another format. */

import { rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Command } from "commander"
import {
  counted,
  exportOnnx,
  isSavedFunction,
  loadNetwork,
  sampleOf,
  verifySample,
} from "../fit/index.ts"
import { UsageError } from "./failure.ts"
import { examples, jsonOption } from "./options.ts"
import { say, sayJson } from "./terminal.ts"

/** Rows that the file is verified on. */
const verifiedRows = 100

interface Options {
  readonly onnx?: string | boolean
  readonly rows?: string
  readonly json?: boolean
}

export function exportCommand(): Command {
  return new Command("export")
    .description("write a fitted network as ONNX, with its preprocessing inside")
    .argument("<folder>", "where tradespace fit saved the network")
    .option("--onnx [file]", "the file to write (FOLDER/network.onnx)")
    .option("--rows <file>", "rows to verify it on with onnxruntime (the data it was fitted to)")
    .addOption(jsonOption())
    .addHelpText("after", examples("export out/houses", "export out/houses --onnx houses.onnx"))
    .action(run)
}

async function run(folder: string, { onnx, rows, json }: Options): Promise<void> {
  if (await isSavedFunction(folder)) {
    throw new UsageError(
      `a learnt function is not written as ONNX: ${join(folder, "function.js")} is a module that needs nothing`,
    )
  }
  const network = await loadNetwork(folder)
  const made = await exportOnnx(network)
  const file = typeof onnx === "string" ? onnx : join(folder, "network.onnx")
  const beside = `${file}.new-${process.pid}`
  await writeFile(beside, made.bytes)
  await rename(beside, file)
  const source = rows ?? network.record.source
  const verification = await verifySample(made, await sampleOf(made, network, source, verifiedRows))
  if (json) return sayJson({ file, bytes: made.bytes.length, inputs: made.inputs, verification })
  say(
    `${file}: ${counted(made.inputs.length, "input")}, ${made.bytes.length.toLocaleString("en-US")} bytes`,
  )
  say(
    `onnxruntime and Tradespace differ by ${verification.largestDifference.toExponential(1)} at most ` +
      `on ${counted(verification.rows, "row")} of ${source} (largest result ${Number(verification.largest.toPrecision(3))})`,
  )
}
