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

/** A piece of work, told so that every contestant can do it in its own way. */
export type Work =
  /** C = A·B of n×n matrices. */
  | { readonly kind: "matmul"; readonly n: number }
  | ConvolutionWork
  /** The 8 operations of `chain` (in `memory.ts`) on n elements. */
  | { readonly kind: "chain"; readonly n: number }
  /** The sum of n elements. */
  | { readonly kind: "sum"; readonly n: number }
  /** Softmax along the rows of a matrix. */
  | { readonly kind: "softmax"; readonly rows: number; readonly columns: number }
  /** One step of training the network of `training.ts`. */
  | { readonly kind: "training"; readonly batch: number }
  /** `calls` calls of x ↦ x/2 + 1 on 16 elements, each on the result of the one before. */
  | { readonly kind: "call"; readonly calls: number }

export type WorkKind = Work["kind"]
export type WorkOf<K extends WorkKind> = Extract<Work, { readonly kind: K }>

/** What keeps a case from running any faster. */
export type Limit =
  /** Floating-point operations per run, a fused multiply-add counting as two. */
  | { readonly by: "arithmetic"; readonly operations: number }
  /** Bytes per run that must come from memory or go there. */
  | { readonly by: "bandwidth"; readonly bytes: number }
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
