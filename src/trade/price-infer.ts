/**
 * Prices of functions whose loops run while they are traced: a `while` in TypeScript that halves an
 * array needs to know how long it is. They are priced at a ladder of sizes, and the closed forms
 * are inferred.
 */

import { graphOf } from "../array/index.ts"
import {
  alignColumns,
  type Bound,
  type ClosedForm,
  closedFormOf,
  closedForms,
  type Holds,
  leastSamples,
  type Price,
  priceGraph,
} from "../price/index.ts"
import { order, type Size } from "../size/index.ts"
import type { Specs } from "./price.ts"

/** The numbers of a price, each with its place in it. */
const parts = {
  work: (price) => price.work,
  span: (price) => price.span,
  traffic: (price) => price.traffic,
  "RAM memory": (price) => price.ram.memory,
  "GPU threads": (price) => price.gpu.threads,
  "GPU memory": (price) => price.gpu.memory,
} as const satisfies Readonly<Record<string, (price: Price) => Size>>

export type InferredPart = keyof typeof parts

const partNames: readonly InferredPart[] = [
  "work",
  "span",
  "traffic",
  "RAM memory",
  "GPU threads",
  "GPU memory",
]

/** What is known of a price from the sizes at which it was taken. */
export interface InferredPrice {
  /** The name of the size in the forms. */
  readonly name: string
  /** The sizes at which the function was traced, and its price at each. */
  readonly samples: readonly { readonly size: number; readonly price: Price }[]
  /** The sizes at which the function failed, and what it said. */
  readonly failed: readonly { readonly size: number; readonly because: string }[]
  /** The closed form of each number; undefined where it has none of the kind that is looked for. */
  readonly forms: Readonly<Record<InferredPart, ClosedForm | undefined>>
  /**
   * All forms as one price, where every number has one. Inferred, not derived, and at most for the
   * sizes that `holds` and `from` name.
   */
  readonly price?: Price
  /** The sizes for which all forms hold that were found. */
  readonly holds: Holds
  readonly from: number
}

export interface InferOptions {
  /** The name of the size in the forms; N by default. */
  readonly name?: string
  /** The sizes to trace at, rising; by default some from 2 to 4096 while they are quickly traced. */
  readonly sizes?: readonly number[]
}

/** Powers of two, and others between them that show what floors and ceilings do. */
const ladder = [
  2, 3, 4, 5, 6, 7, 8, 11, 12, 16, 23, 24, 32, 45, 64, 91, 128, 256, 512, 1024, 2048, 4096,
]

/** Equations of all graphs together after which the usual ladder ends, if it is long enough. */
const mostEquations = 5000

/**
 * The price of a function at a ladder of sizes, and its closed forms in the size, as in
 * `inferPrice(multiplyByHalving, (n) => [f32(n)])`. A form is fitted exactly to two thirds of the
 * sizes and verified on the others; it holds for those, and is a conjecture for all others.
 * @example
 * const specsAt = (n: number): [AbstractArray] => [f32(n)]
 * const fitted = inferPrice((x: Array) => np.sum(x), specsAt)
 * String(fitted.forms.work?.form) // → "N − 1"
 * @throws Error when the function can be traced at too few of the sizes, with what it said;
 *   RangeError when the sizes are not whole numbers of at least 1 that rise.
 */
export function inferPrice<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  specsAt: (size: number) => Specs<A> extends readonly unknown[] ? Specs<A> : never,
  options: InferOptions = {},
): InferredPrice {
  const { name = "N", sizes } = options
  if (sizes !== undefined) checkSizes(sizes)
  const trace = graphOf(f)
  const samples: { size: number; price: Price }[] = []
  const failed: { size: number; because: string }[] = []
  let equations = 0
  for (const size of sizes ?? ladder) {
    if (sizes === undefined && equations > mostEquations && samples.length >= leastSamples) break
    try {
      const graph = trace(...specsAt(size))
      equations += graph.equations.length
      samples.push({ size, price: priceGraph(graph) })
    } catch (error) {
      failed.push({ size, because: error instanceof Error ? error.message : String(error) })
    }
  }
  if (samples.length < leastSamples) throw tooFew(samples.length, failed, name)
  const forms = formsOf(samples, name)
  const price = priceFrom(forms, samples)
  const found = Object.values(forms).filter((form) => form !== undefined)
  const holds = found.every((form) => form.holds === "all sizes") ? "all sizes" : "powers of two"
  const from = found.reduce((most, form) => Math.max(most, form.from), samples[0].size)
  return { name, samples, failed, forms, holds, from, ...(price !== undefined && { price }) }
}

function checkSizes(sizes: readonly number[]): void {
  for (const [i, size] of sizes.entries()) {
    if (Number.isSafeInteger(size) && size >= 1 && size > (sizes[i - 1] ?? 0)) continue
    throw new RangeError(`sizes has ${size} at ${i}: sizes are whole numbers from 1 up that rise`)
  }
}

function tooFew(found: number, failed: InferredPrice["failed"], name: string): Error {
  const why =
    failed.length === 0 ? "" : `; at ${name} = ${failed[0].size} it says: ${failed[0].because}`
  return new Error(
    `a price cannot be inferred from ${found} sizes, it takes at least ${leastSamples}${why}`,
  )
}

function formsOf(samples: InferredPrice["samples"], name: string): InferredPrice["forms"] {
  const form = (part: InferredPart): ClosedForm | undefined =>
    closedFormOf(
      samples.map(({ size, price }) => ({ size, value: Number(parts[part](price)) })),
      name,
    )
  return {
    work: form("work"),
    span: form("span"),
    traffic: form("traffic"),
    "RAM memory": form("RAM memory"),
    "GPU threads": form("GPU threads"),
    "GPU memory": form("GPU memory"),
  }
}

function priceFrom(
  forms: InferredPrice["forms"],
  samples: InferredPrice["samples"],
): Price | undefined {
  const { work, span, traffic } = forms
  const [sequential, threads, memory] = [
    forms["RAM memory"],
    forms["GPU threads"],
    forms["GPU memory"],
  ]
  if (!work || !span || !traffic || !sequential || !threads || !memory) return undefined
  return {
    work: work.form,
    span: span.form,
    traffic: traffic.form,
    ram: { time: work.form, threads: 1, memory: sequential.form },
    gpu: { time: span.form, threads: threads.form, memory: memory.form },
    bounds: boundsOf(samples),
  }
}

/** What is only an upper bound at some size. */
function boundsOf(samples: InferredPrice["samples"]): readonly Bound[] {
  const all = samples.flatMap(({ price }) => price.bounds)
  const keys = all.map(({ model, measure, because }) => `${model} ${measure} ${because}`)
  return all.filter((_, i) => keys.indexOf(keys[i]) === i)
}

/**
 * What was inferred, as a table: each number with its form, its order and where it holds.
 * @example
 * const specsAt = (n: number): [AbstractArray] => [f32(n)]
 * const fitted = inferPrice((x: Array) => np.sum(x), specsAt)
 * printInferred(fitted).split("\n").length // → 9
 */
export function printInferred({ name, samples, forms, failed }: InferredPrice): string {
  const rows = partNames.map((part) => {
    const found = forms[part]
    if (found !== undefined) {
      const { form, holds, from, fitted, verified } = found
      return [
        part,
        String(form),
        order(form),
        `${holds === "all sizes" ? "" : "powers of two "}from ${from}`,
        fitted.join(", "),
        verified.join(", "),
      ]
    }
    const last = samples.slice(-3)
    const numbers = last.map(({ size, price }) => `${parts[part](price)} at ${size}`)
    return [part, "no closed form", "", numbers.join(", "), "", ""]
  })
  const head = ["inferred", "form", "order", `${name}`, "fitted at", "verified at"]
  const lost = partNames.filter((part) => forms[part] === undefined)
  return [
    ...alignColumns([head, ...rows]),
    "",
    `inferred from ${samples.length} sizes, not derived: beyond them the forms are a conjecture`,
    ...(lost.length === 0 ? [] : [`no closed form: ${lost.join(", ")} are no ${closedForms}`]),
    ...(failed.length === 0
      ? []
      : [
          `not traced at ${name} = ${failed.map(({ size }) => size).join(", ")}: ` +
            `${failed[0].because}`,
        ]),
  ].join("\n")
}
