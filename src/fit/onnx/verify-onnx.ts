/** An ONNX file beside the network that it was made of: run by onnxruntime on the same rows. */

import { cellOf, columnOf, daysOf, type Table } from "../../data/index.ts"
import type { FittedTable } from "../tables/fitted-table.ts"
import type { OnnxExport } from "./export-onnx.ts"

export interface Verification {
  readonly rows: number
  /** Of values or probabilities. */
  readonly largestDifference: number
  /** The largest value or probability, to see the difference by. */
  readonly largest: number
}

/**
 * Runs both on all rows of a table.
 * @throws Error when onnxruntime-node is not installed or does not take the file.
 */
export async function verifyOnnx(
  { bytes, inputs, output }: OnnxExport,
  fitted: FittedTable,
  table: Table,
): Promise<Verification> {
  const runtime = await import("onnxruntime-node").catch((error: unknown) => {
    throw new Error("onnxruntime-node is not installed: npm install onnxruntime-node", {
      cause: error,
    })
  })
  const session = await runtime.InferenceSession.create(bytes)
  const feeds = Object.fromEntries(
    inputs.map(({ name, type }) => {
      const column = columnOf(table, name)
      const cells = Array.from({ length: table.rows }, (_, row) => cellOf(column, row))
      const shape = [table.rows, 1]
      if (type === "string") {
        const words = cells.map((cell) => (cell === undefined ? "" : String(cell)))
        return [name, new runtime.Tensor("string", words, shape)]
      }
      const days = (cell: string | number | undefined): number =>
        typeof cell === "number" ? cell : (daysOf(cell ?? "") ?? Number.NaN)
      return type === "double"
        ? [name, new runtime.Tensor("float64", Float64Array.from(cells, days), shape)]
        : [name, new runtime.Tensor("float32", Float32Array.from(cells, days), shape)]
    }),
  )
  const found = (await session.run(feeds))[output].data
  const own = await fitted.readTableRows(table)
  if (!(found instanceof Float32Array) || found.length !== own.length) {
    throw new Error(`onnxruntime gives ${found.length} numbers where ${own.length} are right`)
  }
  let [largestDifference, largest] = [0, 0]
  for (const [i, value] of own.entries()) {
    largestDifference = Math.max(largestDifference, Math.abs(value - found[i]))
    largest = Math.max(largest, Math.abs(value))
  }
  return { rows: table.rows, largestDifference, largest }
}
