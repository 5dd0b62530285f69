/**
 * Contractions in subgroup matrices: each subgroup has matrices of sums, and the hardware multiplies
 * those of both operands' blocks in shared memory. Blocks that the operands do not fill hold zeros.
 */

import {
  type ContractionKernel,
  type GroupTarget,
  invocationsOf,
  type MatrixShape,
  vectorOf,
} from "../../schedule/index.ts"
import {
  alongDepth,
  contractionBuilder,
  forEachBlock,
  isOf,
  operandBlocks,
  storeSums,
} from "./contraction-blocks.ts"
import type { Shader, ShaderBuilder, ShaderSite } from "./shader.ts"

/** How a workgroup's block is shared out over its subgroups. */
export interface Matrices {
  readonly shape: MatrixShape
  /** Invocations of a subgroup. */
  readonly subgroup: number
  /** Subgroups over the rows of a block, and over its columns. */
  readonly down: number
  readonly across: number
  readonly depthBlock: number
}

/** Elements from one level to the next beyond those of the block, at most: against busy banks. */
const pad = 4

/**
 * The matrices in which a contraction can be made: those of f16 where both operands hold float16
 * numbers alone; those of f32 where they were rounded to bfloat16, whose range f16 has not.
 */
export function matricesFor(
  { lhs, rhs, tile }: ContractionKernel,
  { matrices, sharedBytes, halves }: GroupTarget,
): Matrices | undefined {
  if (matrices === undefined || rhs.kind === "panels" || vectorOf(tile) < 4) return undefined
  const areOf = (dtype: "float16" | "bfloat16"): boolean => isOf(dtype, lhs) && isOf(dtype, rhs)
  const component =
    halves === true && areOf("float16") ? "f16" : areOf("bfloat16") ? "f32" : undefined
  const { subgroup } = matrices
  const subgroups = invocationsOf(tile) / subgroup
  for (const shape of matrices.shapes) {
    if (shape.component !== component) continue
    const depthBlock = shape.k * Math.ceil(16 / shape.k)
    const across = 2 ** Math.floor(Math.log2(Math.max(1, subgroups)) / 2)
    const down = subgroups / across
    const fits =
      Number.isInteger(subgroups) &&
      tile.rowBlock % (down * shape.m) === 0 &&
      tile.columnBlock % (across * shape.n) === 0
    const operands = depthBlock * (tile.rowBlock + tile.columnBlock + 2 * pad)
    const bytes = (component === "f16" ? 2 : 4) * operands + 4 * subgroups * shape.m * shape.n
    if (fits && bytes <= sharedBytes) return { shape, subgroup, down, across, depthBlock }
  }
  return undefined
}

export function contractInMatrices(
  site: ShaderSite,
  kernel: ContractionKernel,
  matrices: Matrices,
): Shader {
  return new MatrixEmitter(
    contractionBuilder(site, kernel, matrices.shape.n),
    kernel,
    matrices,
  ).emit()
}

class MatrixEmitter {
  readonly #builder: ShaderBuilder
  readonly #kernel: ContractionKernel
  readonly #matrices: Matrices

  constructor(builder: ShaderBuilder, kernel: ContractionKernel, matrices: Matrices) {
    this.#builder = builder
    this.#kernel = kernel
    this.#matrices = matrices
    builder.enable("chromium_experimental_subgroup_matrix")
    if (matrices.shape.component === "f16") builder.enable("f16")
    builder.useSubgroupNumbers()
  }

  emit(): Shader {
    const { tile } = this.#kernel
    const { shape, down, across, depthBlock } = this.#matrices
    const { text } = this.#builder
    const { component } = shape
    const [left, right] = operandBlocks(this.#builder, this.#kernel, depthBlock, 4)
    const leftShared = this.#builder.shared(component, depthBlock * left.pitch)
    const rightShared = this.#builder.shared(component, depthBlock * right.pitch)
    const sums = this.#builder.shared("f32", down * across * shape.m * shape.n)
    const ownRow = text.keep("i", `i32(subgroup) / ${across}i * ${tile.rowBlock / down}i`)
    const ownColumn = text.keep("i", `i32(subgroup) % ${across}i * ${tile.columnBlock / across}i`)
    const blocks = forEachBlock(this.#builder, this.#kernel, (row, column) => {
      for (const { name } of this.#sums()) {
        text.line(`var ${name} = subgroup_matrix_result<f32, ${shape.n}, ${shape.m}>();`)
      }
      alongDepth(
        this.#builder,
        this.#kernel,
        depthBlock,
        (start) => {
          left.fetch(row, start)
          right.fetch(column, start)
        },
        () =>
          this.#multiply(
            { shared: leftShared, pitch: left.pitch, first: ownRow },
            { shared: rightShared, pitch: right.pitch, first: ownColumn },
          ),
        () => {
          left.putNumbers(leftShared, component)
          right.putNumbers(rightShared, component)
        },
      )
      this.#store(sums, `${row} + ${ownRow}`, `${column} + ${ownColumn}`)
    })
    return this.#builder.finish(invocationsOf(tile), blocks)
  }

  /** A subgroup's matrices of sums, with their places in its part of the block. */
  #sums(): readonly { readonly name: string; readonly row: number; readonly column: number }[] {
    const { rows, columns } = this.#parts()
    return rows.flatMap((row, i) =>
      columns.map((column, j) => ({ name: `sum_${i}_${j}`, row, column })),
    )
  }

  /** Where matrices begin in the rows and columns of a subgroup. */
  #parts() {
    const { tile } = this.#kernel
    const { shape, down, across } = this.#matrices
    const starts = (extent: number, step: number): readonly number[] =>
      Array.from({ length: extent / step }, (_, i) => i * step)
    return {
      rows: starts(tile.rowBlock / down, shape.m),
      columns: starts(tile.columnBlock / across, shape.n),
    }
  }

  #multiply(left: SharedNumbers, right: SharedNumbers): void {
    const { text, values } = this.#builder
    const { shape, depthBlock } = this.#matrices
    const { m, n, k, component } = shape
    const { rows, columns } = this.#parts()
    const level = text.name("k")
    values.block(`for (var ${level} = 0i; ${level} < ${depthBlock}i; ${level} += ${k}i)`, () => {
      const load = (from: SharedNumbers, start: number, type: string, order: string): string => {
        const place = `${level} * ${from.pitch}i + ${from.first} + ${start}i`
        const pointer = `&${from.shared}`
        const call = `subgroupMatrixLoad<${type}, ${order}>(${pointer}, ${place}, ${from.pitch}i)`
        return text.keep("matrix", call)
      }
      const leftType = `subgroup_matrix_left<${component}, ${k}, ${m}>`
      const rightType = `subgroup_matrix_right<${component}, ${n}, ${k}>`
      const lefts = rows.map((row) => load(left, row, leftType, "col_major"))
      const rights = columns.map((column) => load(right, column, rightType, "row_major"))
      for (const [i, a] of lefts.entries()) {
        for (const [j, b] of rights.entries()) {
          const sum = `sum_${i}_${j}`
          text.line(`${sum} = subgroupMatrixMultiplyAccumulate(${a}, ${b}, ${sum});`)
        }
      }
    })
  }

  /** Each matrix of sums goes through shared memory, from where its subgroup stores it. */
  #store(shared: string, firstRow: string, firstColumn: string): void {
    const { text, values, runs } = this.#builder
    const { shape, subgroup } = this.#matrices
    const { m, n } = shape
    const length = runs?.length ?? 1
    const own = text.keep("i", `i32(subgroup) * ${m * n}i`)
    for (const { name, row, column } of this.#sums()) {
      text.line(`subgroupMatrixStore<row_major>(&${shared}, ${own}, ${name}, ${n}i);`)
      text.line("workgroupBarrier();")
      const at = text.name("r")
      const step = subgroup * length
      const head = `for (var ${at} = i32(place) * ${length}i; ${at} < ${m * n}i; ${at} += ${step}i)`
      values.block(head, () => {
        const rowAt = text.keep("i", `${firstRow} + ${row}i + ${at} / ${n}i`)
        storeSums(this.#builder, this.#kernel, rowAt, {
          from: at,
          to: `${at} + ${length}i`,
          columnOf: (next) => `${firstColumn} + ${column}i + ${next} % ${n}i`,
          sumOf: (next) => `${shared}[${own} + ${next}]`,
        })
      })
      text.line("workgroupBarrier();")
    }
  }
}

/** Where a subgroup finds an operand's numbers in shared memory. */
interface SharedNumbers {
  readonly shared: string
  /** Numbers from one level to the next. */
  readonly pitch: number
  readonly first: string
}
