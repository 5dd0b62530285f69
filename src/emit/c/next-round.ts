/**
 * What a round of attention asks for ahead: the operands of the round that its thread takes next. Each
 * token's row of them lies on a page of its own, so that no processor guesses which lines come next.
 */

import {
  type Axis,
  type ContractionKernel,
  indexUses,
  isControlStep,
  isSpread,
  type Kernel,
  type LoopKernel,
  type Program,
  piecesOf,
  type RepeatStep,
  type Scalar,
  strideOf,
} from "../../schedule/index.ts"
import { valuesOf } from "../uses.ts"
import type { KernelCode } from "./code.ts"
import { elementsOfLine } from "./tiles.ts"

type Load = Extract<Scalar, { kind: "load" }>

/** An operand whose elements along one axis lie side by side, a row for each iteration of another. */
export interface Asked {
  readonly load: Load
  readonly counter: Axis
  readonly row: Axis
  readonly along: Axis
}

/** Of a repetition's kernels, the one that asks while it computes, and for what. */
export function askedIn(
  program: Program,
  step: RepeatStep,
): readonly [LoopKernel, readonly Asked[]] | undefined {
  if (!isSpread(step)) return undefined
  const kernels = step.steps.filter((each): each is Kernel => !isControlStep(each))
  for (const kernel of kernels) {
    const row = kernel.kind === "loop" ? rowOf(kernel) : undefined
    if (kernel.kind !== "loop" || row === undefined) continue
    const found = new Map<string, Asked>()
    for (const other of kernels) {
      if (other.kind !== "contraction") continue
      for (const asked of operandsOf(program, other, step.counter)) {
        const { buffer, index } = asked.load
        if (asked.row.extent === row.extent) found.set(`${buffer.name} ${index.constant}`, asked)
      }
    }
    return found.size > 0 ? [kernel, [...found.values()]] : undefined
  }
  return undefined
}

/** The axis of a reduction along rows, which are gone through one after another. */
export function rowOf(kernel: LoopKernel): Axis | undefined {
  const [row, ...others] = kernel.axes.filter(({ extent }) => extent > 1)
  const isAlone = kernel.reduced.length > 0 && others.length === 0 && piecesOf(kernel) === 1
  return isAlone && row?.place === "steps" ? row : undefined
}

function operandsOf(program: Program, kernel: ContractionKernel, counter: Axis): readonly Asked[] {
  const { batch, rows, columns, depth, lhs, rhs } = kernel
  const sides = [
    [lhs, rows],
    [rhs, columns],
  ] as const
  return sides.flatMap(([value, mapped]) => {
    if (value.kind !== "load" || value.dtype !== "float32") return []
    if (!indexUses(value.index, counter)) return []
    // What else its place depends on must be known: no batch, and no element of another array.
    if (batch.some((axis) => indexUses(value.index, axis))) return []
    if (valuesOf(value.index).length > 0) return []
    if (program.storage.get(value.buffer)?.kind === "private") return []
    const axes = [...mapped, ...depth].filter((axis) => indexUses(value.index, axis))
    const along = axes.find((axis) => strideOf(value.index, axis) === 1)
    const [row, ...others] = axes.filter((axis) => axis !== along)
    if (along === undefined || row === undefined || others.length > 0) return []
    return [{ load: value, counter, row, along }]
  })
}

/** Asks for the row of each operand that has the number of the kernel's own. */
export function askForRow(code: KernelCode, kernel: LoopKernel, asked: readonly Asked[]): void {
  const own = rowOf(kernel)
  if (own === undefined) return
  for (const { load, counter, row, along } of asked) {
    const [round, place] = [code.axis(counter), code.axis(own)]
    code.open("", () => {
      code.block.bind(counter, `(${round} + threads)`)
      code.block.bind(row, place)
      code.block.bind(along, "0")
      code.line(`const f32 *next = ${code.buffer(load.buffer)} + ${code.index(load.index)};`)
      for (let at = 0; at < along.extent; at += elementsOfLine("f32")) {
        code.line(`__builtin_prefetch(next + ${at}, 0, 2);`)
      }
    })
  }
}
