/** Rows that an ONNX file and the network it was made of are both run on. */

import { cellOf, columnOf, daysOf, readTable, selectRows, type Table } from "../../data/index.ts"
import { DataError } from "../finding.ts"
import type { FittedNetwork } from "../fitted-network.ts"
import { FittedImages } from "../images/fitted-images.ts"
import { isIdxImages, readIdxPixels } from "../images/idx-images.ts"
import { labelledFiles, type Pixels } from "../images/image-files.ts"
import { FittedSeries } from "../series/fitted-series.ts"
import { readSeries } from "../series/series.ts"
import { FittedTable } from "../tables/fitted-table.ts"
import { FittedTextClassifier } from "../text/fitted-classifier.ts"
import { FittedText } from "../text/fitted-text.ts"
import { textsOf } from "../text/labelled-texts.ts"
import { readTexts } from "../text/read-texts.ts"
import { tokenizerOf } from "../text/tokens.ts"
import type { OnnxExport } from "./export-onnx.ts"

/** Logits that a sample holds at most, 256 MB: fewer windows are taken of a large vocabulary. */
const mostLogits = 2 ** 26

/** What an input of the file is given. */
export type Feed = { readonly shape: readonly number[] } & (
  | { readonly type: "float"; readonly data: Float32Array }
  | { readonly type: "double"; readonly data: Float64Array }
  | { readonly type: "int64"; readonly data: BigInt64Array }
  | { readonly type: "string"; readonly data: readonly string[] }
)

export interface Sample {
  readonly rows: number
  readonly feeds: Readonly<Record<string, Feed>>
  /** What the network makes of them. */
  readonly own: ArrayLike<number>
}

/**
 * Rows spread over data of the kind that the network was fitted with.
 * @param source the data it was fitted to, or others like them
 * @example
 * // Not run: it reads files.
 * const network = await loadNetwork("out/houses")
 * const { rows } = await sampleOf(await exportOnnx(network), network, "houses.csv", 100)
 */
export async function sampleOf(
  made: OnnxExport,
  { fitted }: Pick<FittedNetwork, "fitted">,
  source: string,
  most: number,
): Promise<Sample> {
  if (fitted instanceof FittedTable) {
    return tableSample(made, fitted, await spreadRows(fitted, source, most))
  }
  if (fitted instanceof FittedTextClassifier) {
    const texts = textsOf(await spreadRows(fitted, source, most), fitted.task.inputs[0])
    const { data, shape } = await fitted.tokensOf(texts)
    const tokens: Feed = { type: "int64", data: BigInt64Array.from(data, BigInt), shape }
    return { rows: texts.length, feeds: { tokens }, own: await fitted.readTexts(texts) }
  }
  if (fitted instanceof FittedImages) {
    const pixels = await pixelsOf(fitted, source, most)
    const { count, side, channels, values } = pixels
    const shape = [count, side, side, channels]
    const image: Feed = { type: "float", data: Float32Array.from(values), shape }
    return { rows: count, feeds: { image }, own: await fitted.readPixels(pixels) }
  }
  if (fitted instanceof FittedText) return textSample(fitted, await readTexts(source), most)
  if (fitted instanceof FittedSeries) {
    const { columns, time, reading: like } = fitted.preprocessing
    const { context } = fitted.settings
    const series = await readSeries(source, { keep: columns, time: time ?? undefined, like })
    if (series.rows < context) {
      throw new DataError(`${source} has ${series.rows} rows, where ${context} are looked at`)
    }
    const starts = spread(series.rows - context + 1, most).map((i) => context + i)
    const width = columns.length
    const data = Float64Array.from(
      starts.flatMap((start) => [
        ...series.values.subarray((start - context) * width, start * width),
      ]),
    )
    const latest: Feed = { type: "double", data, shape: [starts.length, context, width] }
    return { rows: starts.length, feeds: { latest }, own: await fitted.forecasts(series, starts) }
  }
  throw new RangeError(`a network of the kind ${fitted.task.kind} is not written as ONNX`)
}

/** Windows of a text as long as the network's context, or the whole of a shorter one. */
async function textSample(fitted: FittedText, text: string, most: number): Promise<Sample> {
  const { context, vocabulary } = fitted.settings
  const all = (await tokenizerOf(fitted.preprocessing.tokens)).encode(text)
  const length = Math.min(context, all.length)
  const affordable = Math.max(1, Math.floor(mostLogits / (length * vocabulary)))
  const starts = spread(all.length - length + 1, Math.min(most, affordable))
  const data = Int32Array.from(starts.flatMap((at) => [...all.subarray(at, at + length)]))
  const shape = [starts.length, length]
  const tokens: Feed = { type: "int64", data: BigInt64Array.from(data, BigInt), shape }
  return { rows: starts.length, feeds: { tokens }, own: await fitted.readTokens(data, length) }
}

/** Images of a folder, of a table of paths or of an IDX file. */
async function pixelsOf(fitted: FittedImages, source: string, most: number): Promise<Pixels> {
  if (!(await isIdxImages(source))) {
    const files = await labelledFiles(source)
    return fitted.pixelsOf(spread(files.length, most).map((i) => files[i].path))
  }
  const all = await readIdxPixels(source)
  const size = all.side * all.side * all.channels
  const chosen = spread(all.count, most)
  const values = Uint8Array.from(
    chosen.flatMap((i) => [...all.values.subarray(i * size, (i + 1) * size)]),
  )
  return { ...all, count: chosen.length, values }
}

async function spreadRows(
  { preprocessing: { reading: like } }: FittedTable | FittedTextClassifier,
  source: string,
  most: number,
): Promise<Table> {
  const table = await readTable(source, { like })
  return selectRows(table, spread(table.rows, most))
}

/** Numbers below `count`, spread evenly, at most so many. */
function spread(count: number, most: number): number[] {
  const some = Math.min(count, most)
  return Array.from({ length: some }, (_, i) => Math.floor((i * count) / some))
}

/** All rows of a table, a feed for each column. */
export async function tableSample(
  { inputs }: OnnxExport,
  fitted: FittedTable,
  table: Table,
): Promise<Sample> {
  const shape = [table.rows, 1]
  const feeds = inputs.map(({ name, type }): [string, Feed] => {
    const column = columnOf(table, name)
    const cells = Array.from({ length: table.rows }, (_, row) => cellOf(column, row))
    if (type === "string") {
      return [name, { type, data: cells.map((cell) => String(cell ?? "")), shape }]
    }
    const number = (cell: string | number | undefined): number =>
      typeof cell === "number" ? cell : (daysOf(cell ?? "") ?? Number.NaN)
    const values = cells.map(number)
    return type === "double"
      ? [name, { type, data: Float64Array.from(values), shape }]
      : [name, { type: "float", data: Float32Array.from(values), shape }]
  })
  const own = await fitted.readTableRows(table)
  return { rows: table.rows, feeds: Object.fromEntries(feeds), own }
}
