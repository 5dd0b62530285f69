/**
 * Contractions: blocks of both operands are packed into panels, register tiles multiply them, and
 * the epilogue stores the sums.
 *
 *     for each block of depth:
 *       pack the rows' panels
 *       for each group of column panels:
 *         pack them, unless they were packed ahead
 *         for each panel of columns, for each panel of rows:
 *           add the product of the two to a tile of sums
 *           after the last block of depth: store the tile
 *
 * A panel of columns stays in the first cache while all panels of rows pass it, and those stay in
 * the second. Source: Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008.
 */

import {
  type Axis,
  type ContractionKernel,
  contractionScratch,
  iterations,
  panelGap,
  panelsOfGroup,
} from "../../schedule/index.ts"
import { type Side, sideOf } from "../contraction-side.ts"
import { type Flattened, flatten } from "../flatten.ts"
import type { Local, Operand } from "./assembler.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import type { Block, Packing } from "./contraction-block.ts"
import { Counts } from "./contraction-counts.ts"
import { pack } from "./contraction-pack.ts"
import { StoreCode } from "./contraction-store.ts"
import { addTile } from "./contraction-tile.ts"

/** Writes the function of a contraction kernel, which does one block of rows and columns. */
export function emitContraction(program: ProgramContext, kernel: ContractionKernel): KernelContext {
  const { batch, rows, columns, depth, lhs, rhs, tile } = kernel
  const left = sideOf(tile.rows, lhs, rows, depth)
  const right = rhs.kind === "panels" ? undefined : sideOf(tile.columns, rhs, columns, depth)
  const results = flatten([rows, columns], [], kernel.stores)
  const rewritten: ContractionKernel = {
    ...kernel,
    lhs: left.value,
    rhs: right === undefined ? rhs : right.value,
    stores: results.stores,
  }
  const mapped = results.flats.flatMap(({ outer, start, run }) => [...outer, start, run])
  const context = new KernelContext(program, rewritten, [...batch, ...mapped])
  new ContractionEmitter(context, rewritten, left, right, results).emit()
  return context
}

/** The parts of a thread's scratch memory (see {@link contractionScratch}). */
const parts = ["zeros", "values", "lhs", "rhs", "sums"] as const

type Memory = { readonly [P in (typeof parts)[number]]: Local }

class ContractionEmitter {
  readonly #context: KernelContext
  readonly #kernel: ContractionKernel
  readonly #left: Side
  /** None where the columns were packed ahead. */
  readonly #right: Side | undefined
  readonly #results: Flattened

  constructor(
    context: KernelContext,
    kernel: ContractionKernel,
    left: Side,
    right: Side | undefined,
    results: Flattened,
  ) {
    this.#context = context
    this.#kernel = kernel
    this.#left = left
    this.#right = right
    this.#results = results
  }

  emit(): void {
    const { f, module, relaxed, scopes } = this.#context
    const { tile } = this.#kernel
    const { add, subtract, least, isLess } = new Counts(f)
    const memory = this.#scratch()
    const place = this.#bindPiece()
    const end = this.#endOfDepth()
    const several = iterations(this.#kernel.depth) > tile.depthBlock
    const product = addTile(module, tile.rows, tile.columns, relaxed)
    const stores = this.#storeCode()
    const [from, left, steps, group, groupEnd] = this.#locals(
      ...["from", "left", "steps", "group", "groupEnd"],
    )
    const [column, row, columnPanel, rowPanel, sums] = this.#locals(
      ...["column", "row", "columnPanel", "rowPanel", "sums"],
    )
    const multiply = (): void => {
      for (const operand of [rowPanel, columnPanel, steps, sums, from]) f.localGet(operand)
      f.call(product)
      const store = (): void => scopes.within(() => stores.emit({ ...place, row, column, sums }))
      if (!several) store()
      else {
        // The last block of depth completes the sums.
        f.if_(isLess(left, tile.depthBlock + 1), store)
        f.increment(sums, 4 * tile.rows * tile.columns)
      }
      f.increment(rowPanel, this.#panelStride(tile.rows, steps))
    }
    f.forRange(from, 0, end, tile.depthBlock, () => {
      f.set(left, subtract(end, from))
      f.set(steps, least(left, tile.depthBlock))
      const rows = { first: place.row, end: place.rowEnd, from, steps, to: memory.lhs }
      pack(this.#packing(this.#left, memory), rows)
      f.set(sums, memory.sums)
      const width = tile.columns * panelsOfGroup
      f.forRange(group, place.column, place.columnEnd, width, () => {
        f.set(groupEnd, least(add(group, width), place.columnEnd))
        const columns = { first: group, end: groupEnd, from, steps, to: memory.rhs }
        f.set(columnPanel, this.#packRight(columns, memory))
        f.forRange(column, group, groupEnd, tile.columns, () => {
          f.set(rowPanel, memory.lhs)
          f.forRange(row, place.row, place.rowEnd, tile.rows, multiply)
          const packedHere = this.#right !== undefined
          f.increment(columnPanel, this.#panelStride(tile.columns, packedHere ? steps : undefined))
        })
      })
    })
  }

  /** Packs a group of columns, unless that was done ahead; returns code for its first panel. */
  #packRight(block: Block, memory: Memory): Operand {
    const { base, f } = this.#context
    const { rhs, tile, columns, depth } = this.#kernel
    if (this.#right !== undefined) {
      pack(this.#packing(this.#right, memory), block)
      return block.to
    }
    if (rhs.kind !== "panels") throw new Error("columns are packed here or ahead")
    const { add, multiply, quotient } = new Counts(f)
    const { local, offset } = base(rhs.buffer)
    const panel = 4 * iterations(depth) * tile.columns
    const panels = Math.ceil(iterations(columns) / tile.columns)
    const ofBatch = multiply(() => this.#pushBatch(), panels * panel)
    const ofGroup = multiply(quotient(block.first, tile.columns), panel)
    const ofDepth = multiply(block.from, 4 * tile.columns)
    return add(add(local, offset), add(ofBatch, add(ofGroup, ofDepth)))
  }

  #packing(side: Side, { zeros, values }: Memory): Packing {
    const { depthBlock } = this.#kernel.tile
    return { context: this.#context, side, zeros, values, depthBlock }
  }

  /** How far apart panels lie: those packed here, for so many steps, or ahead, for all of them. */
  #panelStride(width: number, steps: Local | undefined): Operand {
    if (steps === undefined) return 4 * width * iterations(this.#kernel.depth)
    const { add, multiply } = new Counts(this.#context.f)
    return add(multiply(steps, 4 * width), panelGap)
  }

  /** The steps of depth of this piece: fewer in a last part that is shorter than the others. */
  #endOfDepth(): Local {
    const { f } = this.#context
    const [outer, ...inner] = this.#kernel.depth
    const [depth] = this.#locals("depth")
    const end = outer === undefined ? 1 : this.#context.endOf(outer)
    const count = typeof end === "number" ? end : end.local
    f.set(depth, new Counts(f).multiply(count, iterations(inner)))
    return depth
  }

  #storeCode(): StoreCode {
    const { stores, flats } = this.#results
    const [rows, columns] = flats
    return new StoreCode(this.#context, stores, rows, columns, this.#kernel.tile)
  }

  /** Pushes the flat number of the batch. */
  #pushBatch(): void {
    const { f, values } = this.#context
    const { add, multiply } = new Counts(f)
    let flat: Operand = 0
    for (const axis of this.#kernel.batch) {
      flat = add(multiply(flat, axis.extent), () => values.indices.pushAxis(axis))
    }
    f.push(flat, "i32")
  }

  /** Binds the batch and finds the block of rows and columns that the piece stands for. */
  #bindPiece(): { row: Local; rowEnd: Local; column: Local; columnEnd: Local } {
    const { f, scopes, piece } = this.#context
    const { tile, batch, rows, columns } = this.#kernel
    const { add, multiply, quotient, remainder, least } = new Counts(f)
    const [rest, row, rowEnd, column, columnEnd] = this.#locals(
      ...["rest", "row", "rowEnd", "column", "columnEnd"],
    )
    f.set(rest, piece)
    const take = (number: Local, count: number): void => {
      if (count === 1) {
        f.set(number, 0)
        return
      }
      f.set(number, remainder(rest, count))
      f.set(rest, quotient(rest, count))
    }
    const block = (first: Local, end: Local, axes: readonly Axis[], size: number): void => {
      const total = iterations(axes)
      take(first, Math.ceil(total / size))
      f.set(first, multiply(first, size))
      f.set(end, least(add(first, size), total))
    }
    block(column, columnEnd, columns, tile.columnBlock)
    block(row, rowEnd, rows, tile.rowBlock)
    for (const axis of batch.toReversed()) {
      const [number] = this.#locals(axis.name)
      take(number, axis.extent)
      scopes.bind(axis, number)
    }
    return { row, rowEnd, column, columnEnd }
  }

  /** Addresses in this thread's scratch; the zeros are written. */
  #scratch(): Memory {
    const { f, scratch } = this.#context
    const { tile, depth } = this.#kernel
    const { add } = new Counts(f)
    const offsets = contractionScratch(tile, iterations(depth))
    const [zeros, values, lhs, rhs, sums] = this.#locals("zeros", "values", "lhs", "rhs", "sums")
    const memory: Memory = { zeros, values, lhs, rhs, sums }
    for (const part of parts) f.set(memory[part], add(scratch, offsets[part]))
    f.localGet(zeros)
    f.i32.const(0)
    f.i32.const(offsets.values - offsets.zeros)
    f.memory.fill()
    return memory
  }

  #locals(...names: readonly string[]): Local[] {
    return names.map((name) => this.#context.f.local("i32", name))
  }
}
