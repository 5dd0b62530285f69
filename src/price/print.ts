/** Prices as people and programs read them. */

import { isSymbolic, order, type Size } from "../size/index.ts"
import { alignColumns, printAmount, printSeconds } from "./columns.ts"
import { type Bound, type ModelPrice, type Price, parallelism } from "./price.ts"
import type { Spacetime } from "./spacetime.ts"

const models = [
  { key: "ram", name: "RAM" },
  { key: "gpu", name: "GPU" },
] as const

type Measure = Bound["measure"]

const measures: readonly Measure[] = ["time", "threads", "memory"]

/** Longest expression that stands in the table; longer ones are written out below it. */
const cellWidth = 32

/**
 * A price as an aligned table with a row per model, then work, span, traffic and parallelism, and a
 * line for every number that is only an upper bound, which the table marks with ≤.
 * @example
 * printPrice(price((x: Array) => np.prod(x), f32("N"))).split("\n")[0]
 * // → "model  time      threads  memory (bytes)  order"
 * @param onMachine the third model: a row for each way of charging a machine's space, with the volume
 *   times time and its parts, energy, and the bounds that signals set.
 */
export function printPrice(price: Price, onMachine: readonly Spacetime[] = []): string {
  const symbolic = models.some(({ key }) => measures.some((m) => isSymbolic(price[key][m])))
  const long: string[] = []
  const rows = models.map(({ key, name }) => {
    const cells = measures.map((measure) => {
      const bounded = price.bounds.some((b) => b.model === key && b.measure === measure)
      const size = price[key][measure]
      const fits = String(size).length <= cellWidth
      if (!fits) long.push(`${name} ${measure} ${bounded ? "≤" : "="} ${size}`)
      return `${bounded ? "≤ " : ""}${fits ? size : order(size)}`
    })
    return [name, ...cells, ...(symbolic ? [printOrder(price[key])] : [])]
  })
  const header = [...heads, ...(symbolic ? ["order"] : onMachine.length > 0 ? physicalHeads : [])]
  const table = [header, ...rows, ...onMachine.map(physical)]
  return [
    ...alignColumns(table.map((row) => header.map((_, i) => row[i] ?? ""))),
    "",
    ...long,
    `work ${price.work}, span ${price.span}, parallelism ${printParallelism(price)}`,
    `traffic ${price.traffic} bytes: each input and each result once`,
    ...printBounds(price.bounds),
  ].join("\n")
}

const heads = ["model", "time", "threads", "memory (bytes)"]

const physicalHeads = [
  "m³",
  "m³·s",
  "memory's",
  "threads'",
  "energy at most",
  "light crossing",
  "causal diamond",
]

/** A row of the third model: its time is in seconds. */
function physical(charged: Spacetime): readonly string[] {
  const { space, seconds, threads, bytes, cubicMetres, cubicMetreSeconds, joules } = charged
  const { total, memory, threads: lanes } = cubicMetreSeconds
  const bounds = [charged.lightCrossing, charged.causalDiamond].map((check) =>
    check === undefined ? "none" : printSeconds(check.limit),
  )
  const amounts = [cubicMetres.total, total, memory, lanes].map(printAmount)
  const own = [`spacetime, ${space}`, printSeconds(seconds), String(threads), String(bytes)]
  return [...own, ...amounts, `${printAmount(joules)} J`, ...bounds]
}

/** A line for each reason, with what it makes a bound of. */
function printBounds(bounds: readonly Bound[]): readonly string[] {
  return [...new Set(bounds.map(({ because }) => because))].map((reason) => {
    const bounded = bounds.filter(({ because }) => because === reason)
    const names = bounded.map(({ model, measure }) => `${model.toUpperCase()} ${measure}`)
    return `≤ ${names.join(", ")}: ${reason}`
  })
}

/** `O(N) time, O(1) threads, O(N) memory`. */
function printOrder(model: ModelPrice): string {
  return measures.map((measure) => `${order(model[measure])} ${measure}`).join(", ")
}

function printParallelism(price: Price): string {
  const quotient = parallelism(price)
  return isSymbolic(quotient) ? order(quotient) : String(quotient)
}

/** A size for JSON: a number, or an expression with its order. */
type JsonSize = number | { readonly expression: string; readonly order: string }

export interface JsonModelPrice {
  readonly time: JsonSize
  readonly threads: JsonSize
  readonly memory: JsonSize
}

export interface JsonPrice {
  readonly work: JsonSize
  readonly span: JsonSize
  readonly traffic: JsonSize
  readonly parallelism: JsonSize
  readonly ram: JsonModelPrice
  readonly gpu: JsonModelPrice
  readonly bounds: readonly Bound[]
}

/** A price as plain data: numbers stay numbers, expressions become text with their order. */
export function priceToJson(price: Price): JsonPrice {
  return {
    work: sizeToJson(price.work),
    span: sizeToJson(price.span),
    traffic: sizeToJson(price.traffic),
    parallelism: sizeToJson(parallelism(price)),
    ram: modelToJson(price.ram),
    gpu: modelToJson(price.gpu),
    bounds: price.bounds,
  }
}

function modelToJson({ time, threads, memory }: ModelPrice): JsonModelPrice {
  return { time: sizeToJson(time), threads: sizeToJson(threads), memory: sizeToJson(memory) }
}

function sizeToJson(size: Size): JsonSize {
  return isSymbolic(size) ? { expression: String(size), order: order(size) } : size
}
