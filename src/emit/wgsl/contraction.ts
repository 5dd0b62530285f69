/**
 * Contractions: a block of rows and columns to a workgroup, a tile of it in the registers of each
 * invocation, and blocks of both operands in the memory that the workgroup shares. While it works on
 * one block of the depth, the next is on its way to registers.
 */

import {
  type ContractionKernel,
  invocationsOf,
  iterations,
  loadsOf,
  vectorOf,
} from "../../schedule/index.ts"
import { components, OperandBlock, type OperandSite } from "./operand-block.ts"
import { bindFlat } from "./pieces.ts"
import { runsOver } from "./runs.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"

export function emitContraction(site: ShaderSite, kernel: ContractionKernel): Shader {
  return new ContractionEmitter(contractionBuilder(site, kernel), kernel).emit()
}

/** A builder whose invocations go along columns: where whole words lie along them, it makes those. */
function contractionBuilder(site: ShaderSite, kernel: ContractionKernel): ShaderBuilder {
  const { stores, columns, tile } = kernel
  const read = loadsOf(kernel)
  const runs = runsOver(
    columns,
    stores.filter(({ buffer }) => !read.has(buffer)),
  )
  const fits = runs !== undefined && vectorOf(tile) % runs.length === 0
  return new ShaderBuilder(
    site,
    stores.map(({ buffer }) => buffer),
    fits ? runs : undefined,
  )
}

/** The blocks of both operands. */
function operandSites({ lhs, rhs, rows, columns, depth, tile }: ContractionKernel) {
  if (rhs.kind === "panels") throw new Error("workgroups pack no panels ahead")
  const { depthBlock } = tile
  const common = {
    depth,
    levels: iterations(depth),
    depthBlock,
    invocations: invocationsOf(tile),
  }
  const left = { operand: lhs, axes: rows, extent: iterations(rows), width: tile.rowBlock }
  const right = {
    operand: rhs,
    axes: columns,
    extent: iterations(columns),
    width: tile.columnBlock,
  }
  return { left: { ...common, ...left }, right: { ...common, ...right } } satisfies {
    readonly [side: string]: OperandSite
  }
}

class ContractionEmitter {
  readonly #builder: ShaderBuilder
  readonly #kernel: ContractionKernel
  readonly #rows: number
  readonly #columns: number
  readonly #depth: number
  /** Neighbours in one vector. */
  readonly #vector: number

  constructor(builder: ShaderBuilder, kernel: ContractionKernel) {
    this.#builder = builder
    this.#kernel = kernel
    this.#rows = iterations(kernel.rows)
    this.#columns = iterations(kernel.columns)
    this.#depth = iterations(kernel.depth)
    this.#vector = vectorOf(kernel.tile)
  }

  emit(): Shader {
    const { batch, tile } = this.#kernel
    const { text, values } = this.#builder
    const vector = this.#vector
    const sites = operandSites(this.#kernel)
    const left = new OperandBlock(this.#builder, sites.left, vector)
    const right = new OperandBlock(this.#builder, sites.right, vector)
    const type = `vec${vector}<f32>`
    const levels = tile.depthBlock / vector
    const sharedLeft = this.#builder.shared(type, levels * left.pitch)
    const sharedRight = this.#builder.shared(type, levels * right.pitch)
    const tall = Math.ceil(this.#rows / tile.rowBlock)
    const wide = Math.ceil(this.#columns / tile.columnBlock)
    const pieces = iterations(batch) * tall * wide
    const across = tile.columnBlock / tile.columns
    const tileRow = text.keep("i", `i32(lane) / ${across}i`)
    const tileColumn = text.keep("i", `i32(lane) % ${across}i`)
    values.block(`for (var piece = group; piece < ${pieces}u; piece += groups)`, () => {
      const block = text.keep("i", "i32(piece)")
      const columnBlock = text.keep("i", `${block} % ${wide}i * ${tile.columnBlock}i`)
      const rowBlock = text.keep("i", `${block} / ${wide}i % ${tall}i * ${tile.rowBlock}i`)
      bindFlat(this.#builder, batch, `${block} / ${wide * tall}i`)
      for (const sum of this.#sums().flat()) text.line(`var ${sum} = ${type}();`)
      const start = text.name("k")
      const { depthBlock } = tile
      const head = `for (var ${start} = ${-depthBlock}i; ${start} < ${this.#depth}i; ${start} += ${depthBlock}i)`
      values.block(head, () => {
        const next = text.keep("i", `${start} + ${depthBlock}i`)
        values.block(`if (${next} < ${this.#depth}i)`, () => {
          left.fetch(rowBlock, next)
          right.fetch(columnBlock, next)
        })
        values.block(`if (${start} >= 0i)`, () => {
          const leftAt = { shared: sharedLeft, pitch: left.pitch / vector, place: tileRow }
          const rightAt = { shared: sharedRight, pitch: right.pitch / vector, place: tileColumn }
          this.#multiply(leftAt, rightAt)
        })
        text.line("workgroupBarrier();")
        left.putVectors(sharedLeft, "f32")
        right.putVectors(sharedRight, "f32")
        text.line("workgroupBarrier();")
      })
      this.#store(rowBlock, columnBlock, tileRow, tileColumn)
    })
    return this.#builder.finish(invocationsOf(tile), pieces)
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
      const load = ({ shared, pitch, place }: SharedVectors, from: number): string =>
        text.keep("v", `${shared}[${level} * ${pitch}i + ${place} + ${from}i]`)
      const rowVectors = Array.from({ length: rows / vector }, (_, i) => load(left, i * down))
      const columnVectors = Array.from({ length: columns / vector }, (_, j) =>
        load(right, j * across),
      )
      for (const [i, sums] of this.#sums().entries()) {
        const component = components[i % vector]
        const a = `vec${vector}<f32>(${rowVectors[Math.floor(i / vector)]}.${component})`
        for (const [j, sum] of sums.entries()) {
          text.line(`${sum} = fma(${a}, ${columnVectors[j]}, ${sum});`)
        }
      }
    })
  }

  /** What follows is written down once, for a sum of any number: shaders stay short. */
  #store(rowBlock: string, columnBlock: string, tileRow: string, tileColumn: string): void {
    const { text, values, runs } = this.#builder
    const { tile, rows, columns, stores } = this.#kernel
    const vector = this.#vector
    const [down, across] = [tile.rowBlock / tile.rows, tile.columnBlock / tile.columns]
    const all = this.#sums().flat()
    const vectors = tile.columns / vector
    const sums = text.name("sums")
    text.line(`var ${sums} = array<vec${vector}<f32>, ${all.length}>(${all.join(", ")});`)
    const at = text.name("r")
    values.block(`for (var ${at} = 0i; ${at} < ${all.length}i; ${at}++)`, () => {
      const place = (index: string, origin: string, own: string, step: number): string =>
        text.keep(
          "i",
          `${origin} + ${vector}i * (${own} + ${index} / ${vector}i * ${step}i) + ${index} % ${vector}i`,
        )
      const tileAt = text.keep("i", `${at} / ${vectors}i`)
      const row = place(tileAt, rowBlock, tileRow, down)
      const first = place(
        text.keep("i", `${at} % ${vectors}i * ${vector}i`),
        columnBlock,
        tileColumn,
        across,
      )
      for (const word of runs?.words.values() ?? []) text.line(`var ${word} = 0u;`)
      values.block(`if (${row} < ${this.#rows}i)`, () => {
        bindFlat(this.#builder, rows, row)
        const next = text.name("r")
        values.block(`for (var ${next} = 0i; ${next} < ${vector}i; ${next}++)`, () => {
          const column = text.keep("i", `${first} + ${next}`)
          values.block(`if (${column} < ${this.#columns}i)`, () => {
            if (runs !== undefined) text.line(`let number = u32(${column});`)
            bindFlat(this.#builder, columns, column)
            values.setTotal(0, text.keep("t", `${sums}[${at}][${next}]`))
            const kept = stores.map(({ value }) => values.value(value))
            for (const [s, { buffer, index }] of stores.entries()) {
              values.store(buffer, index, kept[s])
            }
          })
          values.forgetStored()
        })
      })
    })
  }
}

/** An invocation's place in a block of vectors. */
interface SharedVectors {
  readonly shared: string
  /** Vectors from one level to the next. */
  readonly pitch: number
  readonly place: string
}
