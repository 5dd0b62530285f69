/** An ONNX file beside the network that it was made of: run by onnxruntime on the same rows. */

import type { Table } from "../../data/index.ts"
import type { FittedTable } from "../tables/fitted-table.ts"
import type { OnnxExport } from "./export-onnx.ts"
import { type Feed, type Sample, tableSample } from "./sample.ts"

export interface Verification {
  readonly rows: number
  /** Of values or probabilities. */
  readonly largestDifference: number
  /** The largest value or probability, to see the difference by. */
  readonly largest: number
}

/**
 * Runs both on all rows of a table.
 * @example
 * // Not run: it reads files.
 * const { fitted } = await loadNetwork("out/houses")
 * const [made, table] = [await exportOnnx({ fitted }), await readTable("houses.csv")]
 * if (fitted instanceof FittedTable) await verifyOnnx(made, fitted, table)
 */
export async function verifyOnnx(
  made: OnnxExport,
  fitted: FittedTable,
  table: Table,
): Promise<Verification> {
  return verifySample(made, await tableSample(made, fitted, table))
}

/**
 * Runs a file on a sample, and holds what it gives against what the network gave.
 * @throws Error when onnxruntime-node is not installed or does not take the file.
 * @example
 * // Not run: it reads files.
 * const network = await loadNetwork("out/houses")
 * const made = await exportOnnx(network)
 * const { largestDifference } = await verifySample(made, await sampleOf(made, network, "houses.csv", 100))
 */
export async function verifySample(
  { bytes, output }: OnnxExport,
  { rows, feeds, own }: Sample,
): Promise<Verification> {
  const runtime = await import("onnxruntime-node").catch((error: unknown) => {
    throw new Error("onnxruntime-node is not installed: npm install onnxruntime-node", {
      cause: error,
    })
  })
  const session = await runtime.InferenceSession.create(bytes)
  const tensors = Object.entries(feeds).map(([name, feed]) => [name, tensorOf(runtime, feed)])
  const found = (await session.run(Object.fromEntries(tensors)))[output].data
  const isNumbers = found instanceof Float32Array || found instanceof Float64Array
  if (!isNumbers || found.length !== own.length) {
    throw new Error(`onnxruntime gives ${found.length} numbers where ${own.length} are right`)
  }
  let [largestDifference, largest] = [0, 0]
  for (let i = 0; i < own.length; i++) {
    largestDifference = Math.max(largestDifference, Math.abs(own[i] - found[i]))
    largest = Math.max(largest, Math.abs(own[i]))
  }
  return { rows, largestDifference, largest }
}

type Runtime = typeof import("onnxruntime-node")

function tensorOf({ Tensor }: Runtime, feed: Feed): InstanceType<Runtime["Tensor"]> {
  switch (feed.type) {
    case "string":
      return new Tensor("string", [...feed.data], feed.shape)
    case "double":
      return new Tensor("float64", feed.data, feed.shape)
    case "int64":
      return new Tensor("int64", feed.data, feed.shape)
    case "float":
      return new Tensor("float32", feed.data, feed.shape)
  }
  return feed satisfies never
}
