/**
 * Winograd's way to convolve with 3×3 kernels, F(2×2, 3×3): four neighbouring outputs of a channel
 * take 16 products in place of 36.
 *
 *     Y = Aᵀ [ Σ over channels of (G g Gᵀ) ⊙ (Bᵀ d B) ] A
 *
 * d is the 4×4 tile of the input that the 2×2 outputs Y meet, g the kernel. For each of the 16 places
 * of a tile, the sum over channels is a product of matrices [tiles, channels] · [channels, features].
 * The kernel's gradient takes 16 products too:
 *
 *     dg = Gᵀ [ Σ over tiles of (Bᵀ d B) ⊙ (A dY Aᵀ) ] G
 *
 * Source: Lavin and Gray, Fast algorithms for convolutional neural networks, 2015.
 */

import type { Scalar } from "./expression.ts"
import { apply } from "./scalars.ts"

/** Taps of a kernel along an axis, outputs of a tile, and the inputs that they meet. */
export const [kernelTaps, tileOutputs, tileInputs] = [3, 2, 4]

/** Products for each channel and feature: the places of a tile. */
export const tilePlaces = tileInputs * tileInputs

/** A matrix times a vector. */
type Transform = (vector: readonly Scalar[]) => readonly Scalar[]

const add = (a: Scalar, b: Scalar): Scalar => apply("add", "float32", [a, b])
const subtract = (a: Scalar, b: Scalar): Scalar => apply("subtract", "float32", [a, b])
const times = (a: Scalar, value: number): Scalar =>
  apply("multiply", "float32", [a, { kind: "constant", dtype: "float32", value }])

/** Bᵀ d */
const ofInput: Transform = ([d0, d1, d2, d3]) => [
  subtract(d0, d2),
  add(d1, d2),
  subtract(d2, d1),
  subtract(d1, d3),
]

/** G g */
const ofKernel: Transform = ([g0, g1, g2]) => {
  const outer = add(g0, g2)
  return [g0, times(add(outer, g1), 0.5), times(subtract(outer, g1), 0.5), g2]
}

/** Aᵀ m */
const ofProducts: Transform = ([m0, m1, m2, m3]) => [
  add(add(m0, m1), m2),
  subtract(subtract(m1, m2), m3),
]

/** A y */
const ofCotangents: Transform = ([y0, y1]) => [y0, add(y0, y1), subtract(y0, y1), times(y1, -1)]

/** Gᵀ m */
const ofGradients: Transform = ([m0, m1, m2, m3]) => {
  const middle = times(add(m1, m2), 0.5)
  return [add(m0, middle), times(subtract(m1, m2), 0.5), add(middle, m3)]
}

/** Rows of values. */
export type Grid = readonly (readonly Scalar[])[]

/** M X Mᵀ: a transform of the columns, then of the rows. */
const alongBoth = (transform: Transform) => {
  return (grid: Grid): Grid => turned(turned(grid).map(transform)).map(transform)
}

function turned(grid: Grid): Grid {
  return grid[0].map((_, j) => grid.map((row) => row[j]))
}

/** What becomes of each square of values. */
export const winograd = {
  /** Bᵀ d B, of a 4×4 tile of the input. */
  input: alongBoth(ofInput),
  /** G g Gᵀ, of a 3×3 kernel. */
  kernel: alongBoth(ofKernel),
  /** Aᵀ m A: the 2×2 outputs. */
  outputs: alongBoth(ofProducts),
  /** A dY Aᵀ, of the cotangents of 2×2 outputs. */
  cotangents: alongBoth(ofCotangents),
  /** Gᵀ m G: the 3×3 gradients. */
  gradients: alongBoth(ofGradients),
}

/** A square of values by their rows and columns. */
export function gridOf(side: number, value: (row: number, column: number) => Scalar): Grid {
  const numbers = Array.from({ length: side }, (_, i) => i)
  return numbers.map((row) => numbers.map((column) => value(row, column)))
}
