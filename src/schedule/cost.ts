/** What a kernel takes of a device, read off the kernel: the ground of quotes. */

import { bytesOf } from "./arena.ts"
import { iterations } from "./axis.ts"
import { costOf } from "./fusion.ts"
import { axesOf, type Kernel, piecesOf, storesOf } from "./kernel.ts"
import type { Program } from "./program.ts"
import { loadsOf, scalarsOf, visitScalars } from "./rewrite.ts"

export interface KernelCost {
  /** Multiplications and additions done in register tiles. */
  readonly tiled: number
  /** Other scalar instructions, transcendental ones counted as the several that they take. */
  readonly scalar: number
  /** Of `scalar`, those that run one after another rather than in lanes. */
  readonly unlaned: number
  /** Bytes of all buffers read and written, each once. */
  readonly bytes: number
  /** Independent pieces: no more threads than this can help. */
  readonly pieces: number
}

/** What each kernel of a program takes. */
export function costsOf(program: Program): readonly KernelCost[] {
  return program.kernels.map(costOfKernel)
}

function costOfKernel(kernel: Kernel): KernelCost {
  const buffers = new Set([...loadsOf(kernel), ...storesOf(kernel)])
  const bytes = [...buffers].reduce((sum, buffer) => sum + bytesOf(buffer), 0)
  const count = iterations(axesOf(kernel))
  const pieces = piecesOf(kernel)
  if (kernel.kind === "contraction") {
    // Packing reads each operand's element once for every block that shares it.
    const { batch, rows, columns, depth } = kernel
    const packed = iterations(batch) * iterations(depth) * (iterations(rows) + iterations(columns))
    const stored = iterations(batch) * iterations(rows) * iterations(columns)
    return { tiled: 2 * count, scalar: packed + stored, unlaned: 0, bytes, pieces }
  }
  if (kernel.kind === "sort") {
    const comparisons = kernel.rows.extent * kernel.extent * Math.log2(Math.max(2, kernel.extent))
    return { tiled: 0, scalar: 8 * comparisons, unlaned: 8 * comparisons, bytes, pieces }
  }
  const scalar = count * instructionsOf(kernel)
  const laned = axesOf(kernel).some((axis) => axis.place === "lanes")
  return { tiled: 0, scalar, unlaned: laned ? 0 : scalar, bytes, pieces }
}

/** Scalar instructions for one iteration: maths, loads and stores. */
function instructionsOf(kernel: Kernel): number {
  let instructions = storesOf(kernel).length
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.kind === "apply") instructions += costOf(scalar.primitive)
    else if (scalar.kind === "load") instructions += 1
    else if (scalar.kind === "guard") instructions += 2
  })
  return instructions
}
