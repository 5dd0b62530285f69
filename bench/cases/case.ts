/** What is measured: a piece of work, how much of it there is, and what limits it. */

/** Which array of a convolution is computed from the other two. */
export type ConvolutionPart = "output" | "input gradient" | "kernel gradient"

/** A 3×3 convolution of stride 1 that keeps the image's side; NHWC, the kernel HWIO. */
export interface ConvolutionWork {
  readonly kind: "convolution"
  readonly part: ConvolutionPart
  readonly batch: number
  readonly side: number
  readonly channels: number
  readonly kernel: number
}

/**
 * Products of matrices m×k and k×n, `batch` of them. A transposed operand lies in memory with its
 * other axis innermost: [k, m] or [n, k].
 */
export interface MatmulWork {
  readonly kind: "matmul"
  readonly batch: number
  readonly m: number
  readonly k: number
  readonly n: number
  readonly transposed: "none" | "first" | "second"
}

/** A product of float32 matrices n×n, or of bfloat16 ones, whose elements count as bfloat16. */
export interface RoundedMatmulWork {
  readonly kind: "roundedMatmul"
  readonly n: number
}

/** softmax(q·kᵀ/√width)·v of arrays [batch, tokens, heads, width]. */
export interface AttentionWork {
  readonly kind: "attention"
  /** The output, or the three gradients of the output's product with a cotangent. */
  readonly part: "output" | "gradients"
  /** Whether a token sees those before it and itself alone. */
  readonly causal: boolean
  readonly batch: number
  readonly tokens: number
  readonly heads: number
  readonly width: number
}

/** A step of training the transformer block of `block.ts`. */
export interface BlockWork {
  readonly kind: "block"
  readonly batch: number
  readonly tokens: number
  readonly width: number
  readonly heads: number
  readonly hidden: number
}

/** A piece of work, told so that every contestant can do it in its own way. */
export type Work =
  | MatmulWork
  | RoundedMatmulWork
  | ConvolutionWork
  /** The 8 operations of `chain` (in `memory.ts`) on n elements. */
  | { readonly kind: "chain"; readonly n: number }
  /** The sum of n elements. */
  | { readonly kind: "sum"; readonly n: number }
  /** Softmax along the rows of a matrix. */
  | { readonly kind: "softmax"; readonly rows: number; readonly columns: number }
  /** (x − mean)/√(variance + 1e-5) along the rows of a matrix, times a scale, plus a shift. */
  | { readonly kind: "layerNorm"; readonly rows: number; readonly columns: number }
  | AttentionWork
  | BlockWork
  /** The sums of all that stands before and at each place of a row. */
  | { readonly kind: "cumsum"; readonly rows: number; readonly columns: number }
  /** n numbers in ascending order. */
  | { readonly kind: "sort"; readonly n: number }
  /** `count` rows of a table, by number. */
  | {
      readonly kind: "gather"
      readonly rows: number
      readonly columns: number
      readonly count: number
    }
  /** One step of training the network of `training.ts`. */
  | { readonly kind: "training"; readonly batch: number }
  /** `calls` calls of x ↦ x/2 + 1 on 16 elements, each on the result of the one before. */
  | { readonly kind: "call"; readonly calls: number }

export type WorkKind = Work["kind"]
export type WorkOf<K extends WorkKind> = Extract<Work, { readonly kind: K }>

/**
 * What keeps a case from running any faster. Where both operations and bytes are known, the case has
 * a place under the roofline.
 */
export type Limit =
  /** Floating-point operations per run, a fused multiply-add counting as two. */
  | { readonly by: "arithmetic"; readonly operations: number; readonly bytes?: number }
  /** Bytes per run that must come from memory or go there. */
  | { readonly by: "bandwidth"; readonly bytes: number; readonly operations?: number }
  /** Neither: what is measured is what calls cost. */
  | { readonly by: "overhead" }

export interface Case {
  readonly name: string
  /** Cases that `--only` asks for together. */
  readonly group: string
  readonly work: Work
  readonly limit: Limit
  /** Largest difference between two contestants' results that rounding explains, relative to the
   * largest magnitude in them. */
  readonly tolerance: number
  /** Pieces of work in one run, for a time per piece. */
  readonly pieces: number
  /** Whether `--quick` leaves the case out. */
  readonly long: boolean
}
