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
import type { Local } from "./assembler.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import { PackCode } from "./contraction-pack.ts"
import { type Side, sideOf } from "./contraction-side.ts"
import { StoreCode } from "./contraction-store.ts"
import { addTile } from "./contraction-tile.ts"
import { type Flattened, flatten, pushLeast } from "./contraction-walk.ts"

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
    const { f, module, relaxed } = this.#context
    const { tile } = this.#kernel
    const depth = iterations(this.#kernel.depth)
    const several = depth > tile.depthBlock
    const ahead = this.#right === undefined
    const place = this.#bindPiece()
    const depthEnd = this.#endOfDepth()
    const offsets = contractionScratch(tile, depth)
    const zeros = this.#scratch("zeros", offsets.zeros)
    const values = this.#scratch("values", offsets.values)
    const lhs = this.#scratch("lhs", offsets.lhs)
    const rhs = this.#scratch("rhs", offsets.rhs)
    const allSums = this.#scratch("sums", offsets.sums)
    f.localGet(zeros)
    f.i32.const(0)
    f.i32.const(offsets.values - offsets.zeros)
    f.memory.fill()

    const [from, steps, left, group, groupEnd, column, row, panel, sums, rowPanel] = [
      ...["from", "steps", "left", "group", "groupEnd"],
      ...["column", "row", "panel", "sums", "rowPanel"],
    ].map((name) => f.local("i32", name))
    const stores = this.#storeCode()
    const packLeft = new PackCode(this.#context, this.#left, zeros, values, tile.depthBlock)
    const product = addTile(module, tile.rows, tile.columns, relaxed)
    f.forRange(from, 0, depthEnd, tile.depthBlock, () => {
      f.set(steps, tile.depthBlock)
      f.set(left, () => {
        f.localGet(depthEnd)
        f.localGet(from)
        f.i32.sub()
      })
      f.set(steps, () => pushLeast(this.#context, steps, left))
      packLeft.emit({ first: place.row, end: place.rowEnd, from, steps, to: lhs })
      f.set(sums, allSums)
      const eachGroup = tile.columns * panelsOfGroup
      f.forRange(group, place.column, place.columnEnd, eachGroup, () => {
        f.set(groupEnd, () => {
          f.localGet(group)
          f.i32.const(eachGroup)
          f.i32.add()
        })
        f.set(groupEnd, () => pushLeast(this.#context, groupEnd, place.columnEnd))
        this.#packRight(
          { first: group, end: groupEnd, from, steps, to: rhs },
          { zeros, values, panel },
        )
        f.forRange(column, group, groupEnd, tile.columns, () => {
          f.set(rowPanel, lhs)
          f.forRange(row, place.row, place.rowEnd, tile.rows, () => {
            f.localGet(rowPanel)
            f.localGet(panel)
            f.localGet(steps)
            f.localGet(sums)
            f.localGet(from)
            f.call(product)
            f.increment(rowPanel, () => this.#pushPanelBytes(tile.rows, steps))
            const store = (): void => stores.emit({ ...place, row, column, sums })
            if (!several) store()
            else {
              // The last block of depth completes the sums.
              f.localGet(left)
              f.i32.const(tile.depthBlock)
              f.i32.le_s()
              f.if()
              this.#context.scopes.within(store)
              f.end()
              f.increment(sums, 4 * tile.rows * tile.columns)
            }
          })
          f.increment(panel, () => this.#pushPanelBytes(tile.columns, ahead ? undefined : steps))
        })
      })
    })
  }

  /** The steps of depth of this piece: less in the last part where parts are not all alike. */
  #endOfDepth(): Local {
    const { f } = this.#context
    const [outer, ...inner] = this.#kernel.depth
    const depth = f.local("i32", "depth")
    const end = outer === undefined ? 1 : this.#context.endOf(outer)
    f.set(depth, () => {
      f.push(typeof end === "number" ? end : end.local, "i32")
      f.i32.const(iterations(inner))
      f.i32.mul()
    })
    return depth
  }

  #storeCode(): StoreCode {
    const { stores, flats } = this.#results
    const [rows, columns] = flats
    return new StoreCode(this.#context, stores, rows, columns, this.#kernel.tile)
  }

  /** Sets `panel` to the address of the group's first panel, after packing it where it must be. */
  #packRight(
    block: { first: Local; end: Local; from: Local; steps: Local; to: Local },
    { zeros, values, panel }: { zeros: Local; values: Local; panel: Local },
  ): void {
    const { f, base } = this.#context
    const { rhs, tile, columns, depth } = this.#kernel
    if (this.#right !== undefined) {
      new PackCode(this.#context, this.#right, zeros, values, tile.depthBlock).emit(block)
      f.set(panel, block.to)
    } else if (rhs.kind === "panels") {
      const each = 4 * iterations(depth) * tile.columns
      const { local, offset } = base(rhs.buffer)
      f.set(panel, () => {
        f.localGet(local)
        f.i32.const(offset)
        f.i32.add()
        this.#pushBatch()
        f.i32.const(each * Math.ceil(iterations(columns) / tile.columns))
        f.i32.mul()
        f.i32.add()
        f.localGet(block.first)
        f.i32.const(tile.columns)
        f.i32.div_u()
        f.i32.const(each)
        f.i32.mul()
        f.i32.add()
        f.localGet(block.from)
        f.i32.const(4 * tile.columns)
        f.i32.mul()
        f.i32.add()
      })
    }
  }

  /** Pushes how far apart panels of a width lie: packed here, or ahead for all of the depth. */
  #pushPanelBytes(width: number, steps: Local | undefined): void {
    const { f } = this.#context
    if (steps === undefined) {
      f.i32.const(4 * width * iterations(this.#kernel.depth))
      return
    }
    f.localGet(steps)
    f.i32.const(4 * width)
    f.i32.mul()
    f.i32.const(panelGap)
    f.i32.add()
  }

  /** Pushes the flat number of the batch. */
  #pushBatch(): void {
    const { f, values } = this.#context
    f.i32.const(0)
    for (const axis of this.#kernel.batch) {
      f.i32.const(axis.extent)
      f.i32.mul()
      values.indices.pushAxis(axis)
      f.i32.add()
    }
  }

  /** Binds the batch and finds the block of rows and columns that the piece stands for. */
  #bindPiece(): { row: Local; rowEnd: Local; column: Local; columnEnd: Local } {
    const { f, scopes, piece } = this.#context
    const { tile, batch, rows, columns } = this.#kernel
    const rest = f.local("i32")
    f.set(rest, piece)
    const take = (count: number, name: string): Local => {
      const number = f.local("i32", name)
      if (count === 1) return number
      f.set(number, () => {
        f.localGet(rest)
        f.i32.const(count)
        f.i32.rem_u()
      })
      f.set(rest, () => {
        f.localGet(rest)
        f.i32.const(count)
        f.i32.div_u()
      })
      return number
    }
    const block = (axes: readonly Axis[], size: number, name: string): [Local, Local] => {
      const total = iterations(axes)
      const first = take(Math.ceil(total / size), name)
      const end = f.local("i32", `${name}End`)
      const most = f.local("i32")
      f.set(first, () => {
        f.localGet(first)
        f.i32.const(size)
        f.i32.mul()
      })
      f.set(end, () => {
        f.localGet(first)
        f.i32.const(size)
        f.i32.add()
      })
      f.set(most, total)
      f.set(end, () => pushLeast(this.#context, end, most))
      return [first, end]
    }
    const [column, columnEnd] = block(columns, tile.columnBlock, "column")
    const [row, rowEnd] = block(rows, tile.rowBlock, "row")
    for (const axis of batch.toReversed()) scopes.bind(axis, take(axis.extent, axis.name))
    return { row, rowEnd, column, columnEnd }
  }

  #scratch(name: string, offset: number): Local {
    const { f, scratch } = this.#context
    const local = f.local("i32", name)
    f.set(local, () => {
      f.localGet(scratch)
      f.i32.const(offset)
      f.i32.add()
    })
    return local
  }
}
