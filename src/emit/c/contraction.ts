/**
 * Contractions: blocks of both operands are packed into panels, register tiles multiply them, and
 * the epilogue stores the sums.
 *
 *     for each block of depth:
 *       pack the rows' panels, unless tiles read the rows where they lie
 *       pack the columns' panels, unless they were packed ahead
 *       for each panel of rows, for each panel of columns:
 *         add the product of the two to a tile of sums
 *         after the last block of depth: store the tile
 *
 * A panel of rows stays in the first cache while the columns' panels come from the second, one after
 * another. Where rows overlap in a box, or operands are pairs of bfloat16, columns are gone through
 * outermost instead, a group of panels at a time.
 *
 * Source: Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008.
 */

import {
  type Axis,
  type ContractionKernel,
  columnsInPlace,
  iterations,
  panelsOfGroup,
  type Store,
  strideOf,
} from "../../schedule/index.ts"
import { type Side, sideOf } from "../contraction-side.ts"
import { type Flattened, flatten } from "../flatten.ts"
import { KernelCode, type ProgramCode } from "./code.ts"
import { type ColumnsOfTile, type Left, leftOf, type Product } from "./left.ts"
import { packColumns, pointToColumns } from "./packing.ts"
import { packColumnPairs, pairPanels, wordsOfSteps } from "./pairs.ts"
import { type Element, elementOf, memoryOf, nearBytes, pairStride, rowStride } from "./panels.ts"
import { lanesOf } from "./registers.ts"
import { pointToRows, resultRows } from "./result-lines.ts"
import { storeTile } from "./tile-store.ts"
import type { Tiles } from "./tiles.ts"
import { decode } from "./walk.ts"
import { apart } from "./words.ts"

/** Writes the body of a contraction's function, which does one block of rows and columns. */
export function writeContraction(
  program: ProgramCode,
  kernel: ContractionKernel,
  tiles: Tiles,
): KernelCode {
  const { batch, rows, columns, depth, rhs, tile } = kernel
  const right = rhs.kind === "panels" ? undefined : sideOf(tile.columns, rhs, columns, depth)
  const lanes = lanesOf(kernel, program.lanes)
  const columnStride = right && isPlain(right) ? columnsInPlace(kernel, lanes) : undefined
  const left = leftOf(kernel, tiles, { ...program, lanes })
  const results = flatten([rows, columns], [], kernel.stores)
  const rewritten: ContractionKernel = {
    ...kernel,
    lhs: left.value,
    rhs: right === undefined ? rhs : right.value,
    stores: results.stores,
  }
  const mapped = results.flats.flatMap(({ outer, start, run }) => [...outer, start, run])
  const code = new KernelCode(program, rewritten, [...batch, ...mapped])
  write(code, rewritten, left, { side: right, columnStride }, results)
  return code
}

/** The columns, unless they were packed ahead, and the elements between their steps where they lie. */
interface Right {
  readonly side: Side | undefined
  readonly columnStride: number | undefined
}

function write(
  code: KernelCode,
  kernel: ContractionKernel,
  left: Left,
  { side: right, columnStride }: Right,
  { stores, flats }: Flattened,
): void {
  const { tile, depth } = kernel
  const [rows, columns] = flats
  const total = iterations(depth)
  const memory = memoryOf(kernel)
  const halves = kernel.lhs.dtype === "bfloat16"
  const element = elementOf(kernel.lhs)
  const several = total > tile.depthBlock
  const place = bindPiece(code, kernel)
  const end = endOfDepth(code, depth)
  for (const part of ["lhs", "rhs", "values", "sums"] as const) {
    code.line(`${element} *${part} = (${element} *)(scratch + ${memory[part]});`)
    code.line(apart(part))
  }
  if (halves) code.line("TILES_CONFIGURE();")
  const result = several || halves ? undefined : plainResult(stores, element, [rows, columns])
  // Sums of several blocks stay in private memory; tiles of boxes and of pairs ask for nothing.
  const isDense = !several && !halves && kernel.window === undefined
  const asked = isDense ? resultRows(stores, flats, total) : []
  const wide = iterations(kernel.columns)
  const rest = wide % tile.columns
  /** Multiplies a tile and stores it, or its sums until the depth is done. */
  const multiply = (product: Product, rowEnd: string): void => {
    const { lanes } = code
    const multiplied = (): void => {
      const whole: ColumnsOfTile = {
        vectors: tile.columns / lanes,
        columnStride: columnStride ?? tile.columns,
        sumStride: result?.stride ?? tile.columns,
        sums: result === undefined ? "tile" : "into",
        begins: "from == 0",
        results: pointToRows(code, asked),
      }
      if (halves || rest === 0) {
        code.line(product(whole))
        return
      }
      const hasWhole = wide > tile.columns
      if (hasWhole) {
        code.line(`if (${place.columnEnd} - column >= ${tile.columns}) ${product(whole)}`)
      }
      const partial = rest % lanes > 0
      const last: ColumnsOfTile = {
        ...whole,
        vectors: Math.ceil(rest / lanes),
        ...(partial && columnStride !== undefined && { lastAt: rest - lanes }),
        ...(partial && columnStride === undefined && result && { stored: rest % lanes }),
      }
      code.line(`${hasWhole ? "else " : ""}${product(last)}`)
    }
    if (result === undefined && asked.length === 0) multiplied()
    else {
      code.open("", () => {
        decode(code, "row", rows)
        code.block.bind(rows.run, "0")
        decode(code, "column", columns)
        code.block.bind(columns.run, "0")
        if (result !== undefined) {
          const { buffer, index } = result.store
          code.line(`${element} *into = ${code.buffer(buffer)} + ${code.index(index)};`)
        }
        multiplied()
      })
    }
    if (result !== undefined) return
    const epilogue = { stores, element, rows, columns, tile, rowEnd, columnEnd: place.columnEnd }
    const write = (): void => storeTile(code, { ...epilogue, lanes })
    if (!several) {
      write()
      return
    }
    code.open(`if (${end} - from <= ${tile.depthBlock})`, write)
    code.line(`tile += ${tile.rows * tile.columns};`)
  }
  const ahead = right === undefined
  const step = halves ? "pairs" : ahead ? total : "steps"
  const next = columnStride === undefined ? `${step} * ${tile.columns}` : tile.columns
  const columnsOf = (first: string, last: string, body: () => void): void =>
    code.open(
      `for (i64 column = ${first}; column < ${last}; column += ${tile.columns}, panel += ${next})`,
      body,
    )
  code.open(`for (i64 from = 0; from < ${end}; from += ${tile.depthBlock})`, () => {
    code.line(
      `const i64 steps = ${end} - from < ${tile.depthBlock} ? ${end} - from : ${tile.depthBlock};`,
    )
    if (halves) code.line(`const i64 pairs = ${wordsOfSteps};`)
    left.fetch(code, place)
    code.line(`${element} *tile = sums;`)
    const group = (): void => {
      if (right !== undefined && columnStride !== undefined) pointToColumns(code, right)
      else if (ahead && !halves)
        code.line(`const ${element} *panels = ${panelsAhead(code, kernel)};`)
      else {
        if (ahead) pairPanels(code, panelsAhead(code, kernel), total)
        else if (halves) packColumnPairs(code, right, pairStride(tile))
        else packColumns(code, right, rowStride(tile.depthBlock))
        code.line(`const ${element} *panels = rhs;`)
      }
    }
    if (inGroups(kernel)) {
      const width = tile.columns * panelsOfGroup
      code.open(
        `for (i64 group = ${place.column}; group < ${place.columnEnd}; group += ${width})`,
        () => {
          code.line(
            `const i64 groupEnd = ${place.columnEnd} - group < ${width} ? ${place.columnEnd} : group + ${width};`,
          )
          group()
          code.line(`const ${element} *panel = panels;`)
          columnsOf("group", "groupEnd", () => left.eachTile(code, place, multiply))
        },
      )
      return
    }
    code.line(`const i64 group = ${place.column}, groupEnd = ${place.columnEnd};`)
    group()
    left.eachTile(code, place, (product, rowEnd) => {
      code.line(`const ${element} *panel = panels;`)
      columnsOf("group", "groupEnd", () => multiply(product, rowEnd))
    })
  })
  if (halves) code.line("TILES_RELEASE();")
}

/**
 * The store of a result that is nothing but its sums, with the elements from one of its rows to the next,
 * where its columns lie side by side: tiles store it themselves.
 */
function plainResult(
  stores: readonly Store[],
  element: Element,
  [rows, columns]: Flattened["flats"],
): { readonly store: Store; readonly stride: number } | undefined {
  const [store, ...others] = stores
  if (store === undefined || others.length > 0 || store.value.kind !== "accumulator")
    return undefined
  if (store.buffer.dtype !== (element === "f32" ? "float32" : "float64")) return undefined
  if (store.summed !== undefined) return undefined
  if (rows.outer.length > 0 || columns.outer.length > 0) return undefined
  if (columns.extent > 1 && strideOf(store.index, columns.run) !== 1) return undefined
  const stride = strideOf(store.index, rows.run)
  return stride === undefined ? undefined : { store, stride }
}

/** Whether an operand is read along one axis of each kind. */
function isPlain({ way, mapped, depth }: Side): boolean {
  return way.kind !== "compute" && mapped.outer.length === 0 && depth.outer.length === 0
}

/** Whether columns are gone through outermost, in groups of panels. */
function inGroups({ window, lhs }: ContractionKernel): boolean {
  return window !== undefined || lhs.dtype === "bfloat16"
}

/** Where the panels of a group of columns stand that were packed by a kernel of their own. */
function panelsAhead(code: KernelCode, kernel: ContractionKernel): string {
  const { rhs, tile, columns, depth, batch } = kernel
  if (rhs.kind !== "panels") throw new Error("columns are packed here or ahead")
  const panel = iterations(depth) * tile.columns
  const panels = Math.ceil(iterations(columns) / tile.columns)
  const flat = batch.reduce<string>(
    (sum, axis) => `(${sum} * ${axis.extent} + ${code.axis(axis)})`,
    "0",
  )
  return `${code.buffer(rhs.buffer)} + ${flat} * ${panels * panel} + group / ${tile.columns} * ${panel} + from * ${tile.columns}`
}

/** The steps of depth of this piece: fewer in a last part that is shorter than the others. */
function endOfDepth(code: KernelCode, [outer, ...inner]: readonly Axis[]): string {
  if (outer === undefined) return "1"
  const end = code.endOf(outer)
  const each = iterations(inner)
  if (typeof end === "number") return String(end * each)
  const name = code.name("depth")
  code.line(`const i64 ${name} = ${end} * ${each};`)
  return name
}

/**
 * Whether pieces of all batches of some rows follow each other, before those of the next rows: groups of
 * channels lie side by side, so that lines of memory are read and written one after another.
 */
function isTogether({ window, rhs }: ContractionKernel): boolean {
  return window?.over === "rows" && rhs.kind === "panels" && 4 * rhs.buffer.elements <= nearBytes
}

/** The block of rows and columns that a piece stands for. */
interface Place {
  readonly row: string
  readonly rowEnd: string
  readonly column: string
  readonly columnEnd: string
}

/** Binds the batch and finds the block that the piece stands for. */
function bindPiece(code: KernelCode, kernel: ContractionKernel): Place {
  const { tile, batch, rows, columns } = kernel
  code.line("i64 rest = piece;")
  const bindBatch = (): void => {
    for (const axis of batch.toReversed()) code.block.bind(axis, take(axis.extent))
  }
  const take = (count: number): string => {
    const name = code.name("n")
    code.line(`const i64 ${name} = rest % ${count}; rest /= ${count};`)
    return name
  }
  const block = (axes: readonly Axis[], size: number): readonly [string, string] => {
    const total = iterations(axes)
    const number = take(Math.ceil(total / size))
    const [first, end] = [code.name("first"), code.name("end")]
    code.line(`const i64 ${first} = ${number} * ${size};`)
    code.line(`const i64 ${end} = ${first} + ${size} < ${total} ? ${first} + ${size} : ${total};`)
    return [first, end]
  }
  if (isTogether(kernel)) bindBatch()
  const [column, columnEnd] = block(columns, tile.columnBlock)
  const [row, rowEnd] = block(rows, tile.rowBlock)
  if (!isTogether(kernel)) bindBatch()
  return { row, rowEnd, column, columnEnd }
}
