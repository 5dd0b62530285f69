/**
 * What all ways to contract have in common: a workgroup takes a block of rows and columns, goes along
 * the depth in blocks of both operands, and does with each sum what follows.
 */

import {
  type ContractionKernel,
  invocationsOf,
  iterations,
  loadsOf,
  type Scalar,
} from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { OperandBlock, type OperandSite } from "./operand-block.ts"
import { bindFlat } from "./pieces.ts"
import { runsOver } from "./runs.ts"
import { ShaderBuilder, type ShaderSite } from "./shader.ts"

/**
 * A builder whose invocations go along columns, `most` at a time: where narrow results lie along them
 * in whole words, it makes those.
 */
export function contractionBuilder(
  site: ShaderSite,
  kernel: ContractionKernel,
  most: number,
): ShaderBuilder {
  const read = loadsOf(kernel)
  const own = kernel.stores.filter(({ buffer }) => !read.has(buffer))
  const runs = runsOver(kernel.columns, own)
  const written = kernel.stores.map(({ buffer }) => buffer)
  const fits = runs !== undefined && most % runs.length === 0
  return new ShaderBuilder(site, written, fits ? runs : undefined)
}

/** The blocks of both operands, of a depth, in vectors. */
export function operandBlocks(
  builder: ShaderBuilder,
  kernel: ContractionKernel,
  depthBlock: number,
  vector: number,
): readonly [OperandBlock, OperandBlock] {
  const { lhs, rhs, rows, columns, depth, tile } = kernel
  if (rhs.kind === "panels") throw new Error("workgroups pack no panels ahead")
  const levels = iterations(depth)
  const common = { depth, levels, depthBlock, invocations: invocationsOf(tile) }
  const left: OperandSite = {
    ...common,
    operand: lhs,
    axes: rows,
    extent: iterations(rows),
    width: tile.rowBlock,
  }
  const right: OperandSite = {
    ...common,
    operand: rhs,
    axes: columns,
    extent: iterations(columns),
    width: tile.columnBlock,
  }
  return [new OperandBlock(builder, left, vector), new OperandBlock(builder, right, vector)]
}

/**
 * Runs `body` for every block, told its first row and its first column.
 * @returns the number of blocks
 */
export function forEachBlock(
  builder: ShaderBuilder,
  { batch, rows, columns, tile }: ContractionKernel,
  body: (row: string, column: string) => void,
): number {
  const { text, values } = builder
  const tall = Math.ceil(iterations(rows) / tile.rowBlock)
  const wide = Math.ceil(iterations(columns) / tile.columnBlock)
  const blocks = iterations(batch) * tall * wide
  values.block(`for (var piece = group; piece < ${blocks}u; piece += groups)`, () => {
    const block = text.keep("i", "i32(piece)")
    const column = text.keep("i", `${block} % ${wide}i * ${tile.columnBlock}i`)
    const row = text.keep("i", `${block} / ${wide}i % ${tall}i * ${tile.rowBlock}i`)
    bindFlat(builder, batch, `${block} / ${wide * tall}i`)
    body(row, column)
  })
  return blocks
}

/**
 * Goes along the depth: while `multiply` works on one block, the next is fetched, and then `put` where
 * all invocations read it.
 */
export function alongDepth(
  builder: ShaderBuilder,
  { depth }: ContractionKernel,
  depthBlock: number,
  fetch: (start: string) => void,
  multiply: () => void,
  put: () => void,
): void {
  const { text, values } = builder
  const start = text.name("k")
  const levels = iterations(depth)
  const head = `for (var ${start} = ${-depthBlock}i; ${start} < ${levels}i; ${start} += ${depthBlock}i)`
  values.block(head, () => {
    const next = text.keep("i", `${start} + ${depthBlock}i`)
    values.block(`if (${next} < ${levels}i)`, () => fetch(next))
    values.block(`if (${start} >= 0i)`, multiply)
    text.line("workgroupBarrier();")
    put()
    text.line("workgroupBarrier();")
  })
}

/** Sums of a row side by side, by the names of a loop's counter. */
export interface SumsOfRow {
  /** Where the counter begins, and where it ends. */
  readonly from: string
  readonly to: string
  readonly columnOf: (counter: string) => string
  readonly sumOf: (counter: string) => string
}

/** Does with some sums of a row, if the result has it, what follows; whole words of runs are begun here. */
export function storeSums(
  builder: ShaderBuilder,
  kernel: ContractionKernel,
  row: string,
  { from, to, columnOf, sumOf }: SumsOfRow,
): void {
  const { text, values, runs } = builder
  const { rows } = kernel
  for (const word of runs?.words.values() ?? []) text.line(`var ${word} = 0u;`)
  values.block(`if (${row} < ${iterations(rows)}i)`, () => {
    bindFlat(builder, rows, row)
    const next = text.name("r")
    values.block(`for (var ${next} = ${from}; ${next} < ${to}; ${next}++)`, () => {
      storeSum(builder, kernel, text.keep("i", columnOf(next)), sumOf(next))
    })
  })
}

/** Does with the sum of a row, whose axes are bound, and a column what follows. */
function storeSum(
  builder: ShaderBuilder,
  { columns, stores }: ContractionKernel,
  column: string,
  sum: string,
): void {
  const { text, values, runs } = builder
  values.block(`if (${column} < ${iterations(columns)}i)`, () => {
    if (runs !== undefined) text.line(`let number = u32(${column});`)
    bindFlat(builder, columns, column)
    values.setTotal(0, text.keep("t", sum))
    const kept = stores.map(({ value }) => values.value(value))
    for (const [i, { buffer, index }] of stores.entries()) values.store(buffer, index, kept[i])
  })
  values.forgetStored()
}

/** Whether a float32 value is always one that a narrower dtype holds. */
export function isOf(dtype: DType, value: Scalar): boolean {
  switch (value.kind) {
    case "apply":
      return value.primitive === "cast" && value.operands[0].dtype === dtype
    case "guard":
      return isOf(dtype, value.value) && isOf(dtype, value.otherwise)
    case "constant":
      return value.value === 0
    default:
      return false
  }
}
