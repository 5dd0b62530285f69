/**
 * Blocks of a contraction's operands, [depth, rows or columns]: fetched from memory into registers by
 * the invocations of a workgroup, and put from there where all of them read it, so that the next block
 * can be on its way while they work on this one.
 */

import { type Axis, indexUses, type Scalar, strideOf, visitScalars } from "../../schedule/index.ts"
import { bindFlat } from "./pieces.ts"
import type { ShaderBuilder } from "./shader.ts"

/** An operand of a contraction, and how much of it a workgroup takes at a time. */
export interface OperandSite {
  readonly operand: Scalar
  /** The operand's rows or columns, and its depth. */
  readonly axes: readonly Axis[]
  readonly depth: readonly Axis[]
  /** Iterations of both. */
  readonly extent: number
  readonly levels: number
  /** Rows or columns of a block, and its depth. */
  readonly width: number
  readonly depthBlock: number
  readonly invocations: number
}

export const components = ["x", "y", "z", "w"] as const

/** The part of a block that one step of an invocation fetches: neighbours along its width. */
interface Part {
  /** The first element's row or column, in the block and in vectors. */
  readonly vector: string
  readonly level: string
  /** The variable of what was fetched. */
  readonly fetched: string
}

export class OperandBlock {
  /** Elements from one level of the depth to the next in shared memory. */
  readonly pitch: number
  readonly #builder: ShaderBuilder
  readonly #site: OperandSite
  readonly #vector: number
  readonly #parts: readonly Part[]

  /** @param vector neighbours along the width that are fetched together, at most 4 */
  constructor(builder: ShaderBuilder, site: OperandSite, vector: number) {
    const { operand, axes, depth, width, depthBlock, invocations } = site
    const { text } = builder
    this.#builder = builder
    this.#site = site
    this.#vector = vector
    const across = width / vector
    const parts = depthBlock * across
    const alongDepth = runsAlong(operand, depth.at(-1), axes.at(-1))
    // Neighbouring invocations then put levels of one place: in other banks of the memory.
    this.pitch = width + (alongDepth ? vector : 0)
    if (parts % invocations !== 0)
      throw new Error(`${invocations} invocations share ${parts} parts`)
    this.#parts = Array.from({ length: parts / invocations }, (_, i) => {
      const part = text.keep("i", i === 0 ? "i32(lane)" : `i32(lane) + ${i * invocations}i`)
      // Neighbouring invocations read neighbouring elements.
      const [at, level] = alongDepth
        ? [`${part} / ${depthBlock}i`, `${part} % ${depthBlock}i`]
        : [`${part} % ${across}i`, `${part} / ${across}i`]
      const fetched = text.name("fetched")
      text.line(`var ${fetched} = vec${vector}<f32>();`)
      return { vector: text.keep("i", at), level: text.keep("i", level), fetched }
    })
  }

  /** Fetches the block that begins at a row or column and a level: zeros outside of the operand. */
  fetch(first: string, start: string): void {
    const { text, values } = this.#builder
    const { operand, axes, depth, extent, levels, width, depthBlock } = this.#site
    const wholeWidth = extent % width === 0
    const wholeDepth = levels % depthBlock === 0
    for (const { vector, level, fetched } of this.#parts) {
      const k = text.keep("i", `${start} + ${level}`)
      const from = text.keep("i", `${first} + ${this.#vector}i * ${vector}`)
      if (!wholeWidth || !wholeDepth) text.line(`${fetched} = vec${this.#vector}<f32>();`)
      values.block(wholeDepth ? "" : `if (${k} < ${levels}i)`, () => {
        bindFlat(this.#builder, depth, k)
        for (const [i, component] of components.slice(0, this.#vector).entries()) {
          const at = text.keep("i", i === 0 ? from : `${from} + ${i}i`)
          values.block(wholeWidth ? "" : `if (${at} < ${extent}i)`, () => {
            bindFlat(this.#builder, axes, at)
            text.line(`${fetched}.${component} = ${values.value(operand)};`)
          })
        }
      })
    }
  }

  /** Puts what was fetched to an array of vectors. */
  putVectors(shared: string, type: string): void {
    for (const { vector, level, fetched } of this.#parts) {
      const place = `${shared}[${level} * ${this.pitch / this.#vector}i + ${vector}]`
      this.#builder.text.line(`${place} = vec${this.#vector}<${type}>(${fetched});`)
    }
  }

  /** Puts what was fetched to an array of numbers. */
  putNumbers(shared: string, type: string): void {
    const { text } = this.#builder
    for (const { vector, level, fetched } of this.#parts) {
      const at = text.keep("i", `${level} * ${this.pitch}i + ${this.#vector}i * ${vector}`)
      for (const [i, component] of components.slice(0, this.#vector).entries()) {
        text.line(`${shared}[${at} + ${i}i] = ${type}(${fetched}.${component});`)
      }
    }
  }
}

/** Whether an operand's elements lie side by side along one axis rather than along another. */
function runsAlong(operand: Scalar, axis: Axis | undefined, other: Axis | undefined): boolean {
  if (axis === undefined) return false
  let votes = 0
  visitScalars([operand], (scalar) => {
    if (scalar.kind !== "load") return
    if (indexUses(scalar.index, axis) && strideOf(scalar.index, axis) === 1) votes++
    if (other !== undefined && strideOf(scalar.index, other) === 1) votes--
  })
  return votes > 0
}
