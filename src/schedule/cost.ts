/** What a kernel takes of a device, read off the kernel: the ground of quotes. */

import { bytesOf } from "./arena.ts"
import { iterations } from "./axis.ts"
import { costOf } from "./fusion.ts"
import { axesOf, type Kernel, piecesOf, storesOf } from "./kernel.ts"
import type { Program } from "./program.ts"
import { loadsOf, scalarsOf, visitScalars } from "./rewrite.ts"
import { isSpread, type RepeatStep, type Step } from "./step.ts"

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
  /** How often it runs: in loops as many times as they take steps. */
  readonly times: number
  /** How often threads must meet before it. */
  readonly meetings: number
}

/**
 * What each kernel of a program takes. Of branches the dearest is taken, and a while loop for one
 * that takes one step.
 */
export function costsOf(program: Program): readonly KernelCost[] {
  return costsOfSteps(program, program.steps, 1, false)
}

function costsOfSteps(
  program: Program,
  steps: readonly Step[],
  times: number,
  isInside: boolean,
): readonly KernelCost[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case "repeat":
        return isSpread(step)
          ? costsOfRounds(program, step, times)
          : costsOfSteps(program, step.steps, times * step.counter.extent, true)
      case "while":
        return costsOfSteps(program, [...step.condition, ...step.steps], times, true)
      case "branch":
        return step.branches
          .map((branch) => costsOfSteps(program, branch, times, isInside))
          .reduce((a, b) => (instructions(b) > instructions(a) ? b : a))
      default: {
        // Inside of loops, kernels of one piece follow each other on one thread.
        const cost = costOfKernel(program, step)
        return [{ ...cost, times, meetings: isInside && cost.pieces <= 1 ? 0 : times }]
      }
    }
  })
}

/**
 * Rounds that threads take: each kernel as often as there are rounds, in so many pieces. What all
 * rounds read or write of a buffer is the buffer; what lives in a round alone stays in caches.
 */
function costsOfRounds(
  program: Program,
  { counter, steps }: RepeatStep,
  times: number,
): readonly KernelCost[] {
  return costsOfSteps(program, steps, 1, true).map((cost, i) => {
    const rounds = counter.extent * cost.times
    return {
      tiled: rounds * cost.tiled,
      scalar: rounds * cost.scalar,
      unlaned: rounds * cost.unlaned,
      bytes: cost.bytes,
      pieces: counter.extent,
      times,
      meetings: i === 0 ? times : 0,
    }
  })
}

function instructions(costs: readonly KernelCost[]): number {
  return costs.reduce((sum, { tiled, scalar, times }) => sum + times * (tiled + scalar), 0)
}

function costOfKernel(
  { storage }: Program,
  kernel: Kernel,
): Omit<KernelCost, "times" | "meetings"> {
  const buffers = new Set([...loadsOf(kernel), ...storesOf(kernel)])
  const bytes = [...buffers]
    .filter((buffer) => storage.get(buffer)?.kind !== "private")
    .reduce((sum, buffer) => sum + bytesOf(buffer), 0)
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
