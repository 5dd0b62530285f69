/** The kinds of instructions that a kernel's cost is told in. */

import type { ElementwisePrimitive } from "../../graph/index.ts"
import { isFloat } from "../../size/index.ts"
import type { Scalar } from "../expression.ts"

/** What code does besides arithmetic, and arithmetic that is one instruction or nearly so. */
const plainKinds = [
  /** A vector instruction of arithmetic, comparison, selection or logic. */
  "simple",
  /** One of two values chosen. */
  "choice",
  /** A vector read or written where it lies side by side in memory; what one of bytes takes more. */
  "load",
  "store",
  "narrow",
  /** A vector of single bytes put to memory. */
  "narrowStore",
  /** A vector of float16, or of bfloat16, cast to or from another dtype. */
  "half",
  "brain",
  /** A page of memory that is entered by going on in strides. */
  "page",
  /** One element fetched from, or put to, where its neighbours in a vector are not beside it. */
  "spread",
  /** One element that is turned in registers on its way between two orders of memory. */
  "cross",
  /** One element whose place is read from memory. */
  "gather",
  /** A test of whether an element is inside. */
  "guard",
  /** A vector combined into a running sum or product; into a running extreme; into the place of one. */
  "accumulate",
  "extreme",
  "place",
  /** A turn in which running totals wait for the turn before: it takes so long at least. */
  "chain",
  /** The lanes of a running total brought together; what needs the total waiting for it. */
  "total",
  "pass",
  /** For long bodies: instructions of a turn times those that wait on each other in it. */
  "stall",
  /** A turn of an innermost loop; a loop begun and ended. */
  "turn",
  "row",
  /** A piece taken and handed to its kernel. */
  "piece",
  /** A multiplication and addition of a vector in a register tile; a vector read for it. */
  "fused",
  "tileLoad",
  /** A register tile begun, ended and stored. */
  "tile",
  /** An element packed into a panel: runs along depth, side by side across it, or one by one. */
  "packRun",
  "packSlice",
  "packSpread",
  /**
   * One pass of a radix sort over an element; one comparison in a short row; one in a merge of long
   * runs; one element moved.
   */
  "radix",
  "compare",
  "merge",
  "move",
  /** A step of a scan by sums or products, one by one or in vectors, or by extremes; of a scatter. */
  "scan",
  "scanLanes",
  "scanExtreme",
  "scatter",
] as const

/** Elementwise primitives that take many instructions: each has a rate of its own. */
export const dearPrimitives = [
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "sqrt",
  "rsqrt",
  "cbrt",
  "erf",
  "erfc",
  "erfInv",
  "logistic",
  "divide",
  "remainder",
  "power",
  "atan2",
  "threefry",
] as const satisfies readonly ElementwisePrimitive[]

export type DearPrimitive = (typeof dearPrimitives)[number]

/**
 * What is counted for each element, for it goes in lanes of float64 or one element after another: divisions
 * of whole numbers, by known divisors apart; functions of float64, of which two are quicker than others and
 * some slower: those that `cpu` leaves to the engine, and powers.
 */
const singleKinds = [
  "divideIntegers",
  "divideByKnown",
  "double",
  "doubleDear",
  "doubleExp",
  "doubleLog",
] as const

export const costKinds = [...plainKinds, ...dearPrimitives, ...singleKinds] as const
export type CostKind = (typeof costKinds)[number]

const single: ReadonlySet<CostKind> = new Set(singleKinds)
const dear: ReadonlySet<ElementwisePrimitive> = new Set(dearPrimitives)

export function isDear(primitive: ElementwisePrimitive): primitive is DearPrimitive {
  return dear.has(primitive)
}

/** Dear primitives that processors compute of float64 in vectors. */
const vectorsOfDoubles: ReadonlySet<ElementwisePrimitive> = new Set(["sqrt", "rsqrt", "divide"])

const dearOfDoubles: ReadonlySet<ElementwisePrimitive> = new Set([
  "asinh",
  "acosh",
  "atanh",
  "cbrt",
  "erf",
  "erfc",
  "erfInv",
  "remainder",
  "power",
])

/** What one application of a primitive counts as; nothing where it is only another name. */
export function kindOf({
  primitive,
  dtype,
  operands: [operand, divisor],
}: Extract<Scalar, { kind: "apply" }>): CostKind | undefined {
  const from = operand?.dtype ?? dtype
  if (primitive === "stopGradient" || primitive === "bitcast") return undefined
  if ((primitive === "divide" || primitive === "remainder") && !isFloat(from)) {
    return divisor?.kind === "constant" ? "divideByKnown" : "divideIntegers"
  }
  if (primitive === "select") return "choice"
  if (primitive === "cast" && (from === "float16" || dtype === "float16")) return "half"
  if (primitive === "cast" && (from === "bfloat16" || dtype === "bfloat16")) return "brain"
  if (!isDear(primitive)) return "simple"
  if (from !== "float64" || vectorsOfDoubles.has(primitive)) return primitive
  if (primitive === "exp") return "doubleExp"
  if (primitive === "log") return "doubleLog"
  return dearOfDoubles.has(primitive) ? "doubleDear" : "double"
}

/** Whether an instruction of a kind is for one element, where others are for a vector. */
export function isSingle(kind: CostKind): boolean {
  return single.has(kind)
}

/** Counts by kind, to be added to. */
export class Tally {
  readonly counts = new Map<CostKind, number>()

  add(kind: CostKind, count: number): void {
    if (count > 0) this.counts.set(kind, (this.counts.get(kind) ?? 0) + count)
  }
}
