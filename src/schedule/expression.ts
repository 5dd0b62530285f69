/** What kernels compute: values of elements, and the whole numbers that say where elements stand. */

import type { ElementwisePrimitive, ParamsOf } from "../graph/index.ts"
import type { DType } from "../size/index.ts"
import type { Axis } from "./axis.ts"

export type IndexAtom =
  | { readonly kind: "axis"; readonly axis: Axis }
  | { readonly kind: "quotient"; readonly of: Index; readonly by: number }
  | { readonly kind: "remainder"; readonly of: Index; readonly by: number }
  /** An int32 known only at run time, from 0 to below `bound`. */
  | { readonly kind: "value"; readonly value: Scalar; readonly bound: number }

export interface IndexTerm {
  readonly factor: number
  readonly atom: IndexAtom
}

/** A whole number that depends on the axes of a kernel: constant + Σ factor·atom. */
export interface Index {
  readonly constant: number
  readonly terms: readonly IndexTerm[]
}

/** A stretch of memory. Identity matters. */
export class Buffer {
  readonly dtype: DType
  /** Number of elements. */
  readonly elements: number
  /** For people who read the program. */
  readonly name: string

  constructor(dtype: DType, elements: number, name: string) {
    this.dtype = dtype
    this.elements = elements
    this.name = name
  }
}

/** low ≤ index < high. */
export interface Condition {
  readonly index: Index
  readonly low: number
  readonly high: number
}

/** One application of an elementwise primitive. */
export interface Apply<P extends ElementwisePrimitive = ElementwisePrimitive> {
  readonly kind: "apply"
  readonly dtype: DType
  readonly primitive: P
  readonly params: ParamsOf[P]
  readonly operands: readonly Scalar[]
}

/**
 * The value of one element as an expression. A graph: one object used twice is computed once.
 */
export type Scalar =
  | { readonly kind: "constant"; readonly dtype: DType; readonly value: number }
  /** An index function's value, as int32. */
  | { readonly kind: "index"; readonly dtype: "int32"; readonly index: Index }
  | {
      readonly kind: "load"
      readonly dtype: DType
      readonly buffer: Buffer
      readonly index: Index
    }
  | Apply
  /** `value` where all conditions hold (and only there is it evaluated), else `otherwise`. */
  | {
      readonly kind: "guard"
      readonly dtype: DType
      readonly conditions: readonly Condition[]
      readonly value: Scalar
      readonly otherwise: Scalar
    }
  /** What the kernel's reduction number `number` came to; only in stores. */
  | { readonly kind: "accumulator"; readonly dtype: DType; readonly number: number }
