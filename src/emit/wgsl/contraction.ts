/**
 * Contractions: a block of rows and columns to a workgroup, a tile of it in the registers of each
 * invocation, and blocks of both operands in the memory that the workgroup shares.
 */

import {
  type Axis,
  type ContractionKernel,
  indexUses,
  invocationsOf,
  iterations,
  type Scalar,
  strideOf,
  visitScalars,
} from "../../schedule/index.ts"
import { bindFlat } from "./pieces.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"
import { integer } from "./types.ts"

export function emitContraction(site: ShaderSite, kernel: ContractionKernel): Shader {
  const builder = new ShaderBuilder(
    site,
    kernel.stores.map(({ buffer }) => buffer),
  )
  return new ContractionEmitter(builder, kernel).emit()
}

class ContractionEmitter {
  readonly #builder: ShaderBuilder
  readonly #kernel: ContractionKernel
  readonly #rhs: Scalar
  readonly #rows: number
  readonly #columns: number
  readonly #depth: number
  readonly #invocations: number
  readonly #left: string
  readonly #right: string

  constructor(builder: ShaderBuilder, kernel: ContractionKernel) {
    const { tile, rhs } = kernel
    if (rhs.kind === "panels") throw new Error("workgroups pack no panels ahead")
    this.#builder = builder
    this.#kernel = kernel
    this.#rhs = rhs
    this.#rows = iterations(kernel.rows)
    this.#columns = iterations(kernel.columns)
    this.#depth = iterations(kernel.depth)
    this.#invocations = invocationsOf(tile)
    this.#left = builder.shared("f32", tile.rowBlock * tile.depthBlock)
    this.#right = builder.shared("f32", tile.columnBlock * tile.depthBlock)
  }

  emit(): Shader {
    const { batch, tile } = this.#kernel
    const { text, values } = this.#builder
    const tall = Math.ceil(this.#rows / tile.rowBlock)
    const wide = Math.ceil(this.#columns / tile.columnBlock)
    const pieces = iterations(batch) * tall * wide
    const across = tile.columnBlock / tile.columns
    const tileRow = text.keep("i", `i32(lane) / ${integer(across)}`)
    const tileColumn = text.keep("i", `i32(lane) % ${integer(across)}`)
    values.block(`for (var piece = group; piece < ${pieces}u; piece += groups)`, () => {
      const block = text.keep("i", "i32(piece)")
      const columnBlock = text.keep("i", `${block} % ${wide}i * ${tile.columnBlock}i`)
      const rowBlock = text.keep("i", `${block} / ${wide}i % ${tall}i * ${tile.rowBlock}i`)
      bindFlat(this.#builder, batch, `${block} / ${wide * tall}i`)
      this.#clear()
      const start = text.name("k")
      const head = `for (var ${start} = 0i; ${start} < ${this.#depth}i; ${start} += ${tile.depthBlock}i)`
      values.block(head, () => {
        this.#fill("left", rowBlock, start)
        this.#fill("right", columnBlock, start)
        text.line("workgroupBarrier();")
        this.#multiply(tileRow, tileColumn)
        text.line("workgroupBarrier();")
      })
      this.#store(rowBlock, columnBlock, tileRow, tileColumn)
    })
    return this.#builder.finish(this.#invocations, pieces)
  }

  #sum(row: number, column: number): string {
    return `sum_${row}_${column}`
  }

  #clear(): void {
    const { tile } = this.#kernel
    for (let i = 0; i < tile.rows; i++) {
      for (let j = 0; j < tile.columns; j++) this.#builder.text.line(`var ${this.#sum(i, j)} = 0f;`)
    }
  }

  /** Computes a block of an operand, [depth, rows or columns], with zeros outside of it. */
  #fill(side: "left" | "right", first: string, start: string): void {
    const { text, values } = this.#builder
    const { tile, depth, rows, columns, lhs } = this.#kernel
    const left = side === "left"
    const [operand, axes] = left ? [lhs, rows] : [this.#rhs, columns]
    const [width, extent] = left ? [tile.rowBlock, this.#rows] : [tile.columnBlock, this.#columns]
    const count = width * tile.depthBlock
    const element = text.name("e")
    const step = this.#invocations
    values.block(
      `for (var ${element} = i32(lane); ${element} < ${count}i; ${element} += ${step}i)`,
      () => {
        // Neighbouring invocations read neighbouring elements.
        const alongDepth = runsAlong(operand, depth.at(-1), axes.at(-1))
        const [place, step] = alongDepth
          ? [`${element} / ${tile.depthBlock}i`, `${element} % ${tile.depthBlock}i`]
          : [`${element} % ${width}i`, `${element} / ${width}i`]
        const within = text.keep("i", place)
        const level = text.keep("i", step)
        const at = text.keep("i", `${first} + ${within}`)
        const k = text.keep("i", `${start} + ${level}`)
        const value = text.name("v")
        text.line(`var ${value} = 0f;`)
        values.block(`if (${at} < ${extent}i && ${k} < ${this.#depth}i)`, () => {
          bindFlat(this.#builder, axes, at)
          bindFlat(this.#builder, depth, k)
          text.line(`${value} = ${values.value(operand)};`)
        })
        const shared = left ? this.#left : this.#right
        text.line(`${shared}[${level} * ${width}i + ${within}] = ${value};`)
      },
    )
  }

  #multiply(tileRow: string, tileColumn: string): void {
    const { text, values } = this.#builder
    const { tile } = this.#kernel
    const { rows, columns, rowBlock, columnBlock, depthBlock } = tile
    const [down, across] = [rowBlock / rows, columnBlock / columns]
    const level = text.name("k")
    values.block(`for (var ${level} = 0i; ${level} < ${depthBlock}i; ${level}++)`, () => {
      const left = Array.from({ length: rows }, (_, i) =>
        text.keep("a", `${this.#left}[${level} * ${rowBlock}i + ${tileRow} + ${i * down}i]`),
      )
      const right = Array.from({ length: columns }, (_, j) =>
        text.keep(
          "b",
          `${this.#right}[${level} * ${columnBlock}i + ${tileColumn} + ${j * across}i]`,
        ),
      )
      for (const [i, a] of left.entries()) {
        for (const [j, b] of right.entries()) {
          const sum = this.#sum(i, j)
          text.line(`${sum} = fma(${a}, ${b}, ${sum});`)
        }
      }
    })
  }

  #store(rowBlock: string, columnBlock: string, tileRow: string, tileColumn: string): void {
    const { text, values } = this.#builder
    const { tile, rows, columns, stores } = this.#kernel
    const [down, across] = [tile.rowBlock / tile.rows, tile.columnBlock / tile.columns]
    for (let i = 0; i < tile.rows; i++) {
      const row = text.keep("i", `${rowBlock} + ${tileRow} + ${i * down}i`)
      values.block(`if (${row} < ${this.#rows}i)`, () => {
        bindFlat(this.#builder, rows, row)
        for (let j = 0; j < tile.columns; j++) {
          const column = text.keep("i", `${columnBlock} + ${tileColumn} + ${j * across}i`)
          values.block(`if (${column} < ${this.#columns}i)`, () => {
            bindFlat(this.#builder, columns, column)
            values.setTotal(0, this.#sum(i, j))
            const kept = stores.map(({ value }) => values.value(value))
            for (const [s, { buffer, index }] of stores.entries()) {
              values.store(buffer, index, kept[s])
            }
          })
          values.forgetStored()
        }
      })
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
