/**
 * Contractions: a block of rows and columns to a workgroup, a tile of it in the registers of each
 * invocation, and blocks of both operands in the memory that the workgroup shares.
 */

import { type ContractionKernel, invocationsOf, vectorOf } from "../../schedule/index.ts"
import {
  alongDepth,
  contractionBuilder,
  forEachBlock,
  isOf,
  operandBlocks,
  storeSums,
} from "./contraction-blocks.ts"
import { contractInMatrices, matricesFor } from "./contraction-matrices.ts"
import { components } from "./operand-block.ts"
import type { Shader, ShaderBuilder, ShaderSite } from "./shader.ts"

export function emitContraction(site: ShaderSite, kernel: ContractionKernel): Shader {
  const matrices = matricesFor(kernel, site.target)
  if (matrices !== undefined) return contractInMatrices(site, kernel, matrices)
  return new TileEmitter(contractionBuilder(site, kernel, vectorOf(kernel.tile)), kernel).emit()
}

/** An invocation's place in a block of vectors in shared memory. */
interface SharedVectors {
  readonly shared: string
  /** Vectors from one level to the next. */
  readonly pitch: number
  readonly place: string
}

class TileEmitter {
  readonly #builder: ShaderBuilder
  readonly #kernel: ContractionKernel
  /** Neighbours in one vector. */
  readonly #vector: number
  /** The type of numbers in shared memory: half of the traffic where float16 holds them all. */
  readonly #type: "f16" | "f32"

  constructor(builder: ShaderBuilder, kernel: ContractionKernel) {
    const { lhs, rhs, tile } = kernel
    const isHalf = rhs.kind !== "panels" && [lhs, rhs].every((value) => isOf("float16", value))
    this.#builder = builder
    this.#kernel = kernel
    this.#vector = vectorOf(tile)
    this.#type = isHalf && builder.target.halves === true ? "f16" : "f32"
    if (this.#type === "f16") builder.enable("f16")
  }

  emit(): Shader {
    const { tile } = this.#kernel
    const { text } = this.#builder
    const [vector, type] = [this.#vector, this.#type]
    const { depthBlock } = tile
    const [left, right] = operandBlocks(this.#builder, this.#kernel, depthBlock, vector)
    const across = tile.columnBlock / tile.columns
    const places = [`i32(lane) / ${across}i`, `i32(lane) % ${across}i`]
    const [tileRow, tileColumn] = places.map((place) => text.keep("i", place))
    const vectors = ({ pitch }: { readonly pitch: number }, place: string): SharedVectors => {
      const length = (depthBlock * pitch) / vector
      const shared = this.#builder.shared(`vec${vector}<${type}>`, length)
      return { shared, pitch: pitch / vector, place }
    }
    const [leftAt, rightAt] = [vectors(left, tileRow), vectors(right, tileColumn)]
    const blocks = forEachBlock(this.#builder, this.#kernel, (row, column) => {
      for (const sum of this.#sums().flat()) text.line(`var ${sum} = vec${vector}<f32>();`)
      alongDepth(
        this.#builder,
        this.#kernel,
        depthBlock,
        (start) => {
          left.fetch(row, start)
          right.fetch(column, start)
        },
        () => this.#multiply(leftAt, rightAt),
        () => {
          left.putVectors(leftAt.shared, type)
          right.putVectors(rightAt.shared, type)
        },
      )
      this.#store(row, column, tileRow, tileColumn)
    })
    return this.#builder.finish(invocationsOf(tile), blocks)
  }

  /** The variables of an invocation's sums: of each of its rows, vectors of columns. */
  #sums(): readonly (readonly string[])[] {
    const { rows, columns } = this.#kernel.tile
    return Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns / this.#vector }, (_, j) => `sum_${i}_${j}`),
    )
  }

  #multiply(left: SharedVectors, right: SharedVectors): void {
    const { text, values } = this.#builder
    const { rows, columns, rowBlock, columnBlock, depthBlock } = this.#kernel.tile
    const vector = this.#vector
    const [down, across] = [rowBlock / rows, columnBlock / columns]
    const level = text.name("k")
    values.block(`for (var ${level} = 0i; ${level} < ${depthBlock}i; ${level}++)`, () => {
      const load = ({ shared, pitch, place }: SharedVectors, from: number): string => {
        const loaded = `${shared}[${level} * ${pitch}i + ${place} + ${from}i]`
        return text.keep("v", this.#type === "f16" ? `vec${vector}<f32>(${loaded})` : loaded)
      }
      const rowVectors = Array.from({ length: rows / vector }, (_, i) => load(left, i * down))
      const columnVectors = Array.from({ length: columns / vector }, (_, j) =>
        load(right, j * across),
      )
      for (const [i, sums] of this.#sums().entries()) {
        const a = `${rowVectors[Math.floor(i / vector)]}.${components[i % vector]}`
        for (const [j, sum] of sums.entries()) {
          text.line(`${sum} = fma(vec${vector}<f32>(${a}), ${columnVectors[j]}, ${sum});`)
        }
      }
    })
  }

  /** What follows is written down once, for a sum of any number: shaders stay short. */
  #store(rowBlock: string, columnBlock: string, tileRow: string, tileColumn: string): void {
    const { text, values } = this.#builder
    const { tile } = this.#kernel
    const vector = this.#vector
    const [down, across] = [tile.rowBlock / tile.rows, tile.columnBlock / tile.columns]
    const all = this.#sums().flat()
    const vectors = tile.columns / vector
    const sums = text.name("sums")
    text.line(`var ${sums} = array<vec${vector}<f32>, ${all.length}>(${all.join(", ")});`)
    const at = text.name("r")
    values.block(`for (var ${at} = 0i; ${at} < ${all.length}i; ${at}++)`, () => {
      const tileAt = text.keep("i", `${at} / ${vectors}i`)
      const rowVector = `${tileRow} + ${tileAt} / ${vector}i * ${down}i`
      const row = text.keep(
        "i",
        `${rowBlock} + ${vector}i * (${rowVector}) + ${tileAt} % ${vector}i`,
      )
      const columnVector = `${tileColumn} + ${at} % ${vectors}i * ${across}i`
      const first = text.keep("i", `${columnBlock} + ${vector}i * (${columnVector})`)
      storeSums(this.#builder, this.#kernel, row, {
        from: "0i",
        to: `${vector}i`,
        columnOf: (next) => `${first} + ${next}`,
        sumOf: (next) => `${sums}[${at}][${next}]`,
      })
    })
  }
}
