/** The left operand of a contraction: rows in panels, in a box of private memory, or as they lie. */

import {
  type Axis,
  type Buffer,
  type ContractionKernel,
  iterations,
  rowsInPlace,
  type Scalar,
  type Tile,
  type Window,
} from "../../schedule/index.ts"
import { type DType, dtypes } from "../../size/index.ts"
import { type Side, sideOf } from "../contraction-side.ts"
import { type Flat, flatten } from "../flatten.ts"
import type { KernelCode, ProgramCode } from "./code.ts"
import { isAlongDepth, packRows, storeValue } from "./packing.ts"
import { packRowPairs } from "./pairs.ts"
import { elementOf, nearBytes, pairStride, rowStride } from "./panels.ts"
import type { PointedRows } from "./result-lines.ts"
import { elementsOfLine, type TileShape, type Tiles } from "./tiles.ts"
import { decode, inVectors } from "./walk.ts"

/** The first row of a block, and the one after its last. */
export interface RowsOfBlock {
  readonly row: string
  readonly rowEnd: string
}

export interface Left {
  /** What is computed of each element that is fetched. */
  readonly value: Scalar
  /** Brings what the block `from` of depth needs to `lhs`. */
  fetch(code: KernelCode, block: RowsOfBlock): void
  /**
   * Runs `body` for each tile of rows, of which the first is `row`; `product` writes the call that adds
   * its products to sums, `rowEnd` is the end of the rows that count.
   */
  eachTile(
    code: KernelCode,
    block: RowsOfBlock,
    body: (product: Product, rowEnd: string) => void,
  ): void
}

/** The columns of a tile, and where its sums are. */
export interface ColumnsOfTile
  extends Pick<TileShape, "vectors" | "columnStride" | "sumStride" | "lastAt" | "stored"> {
  /** As C: where the sums go, and whether they begin. */
  readonly sums: string
  readonly begins: string
  /** What tiles ask for, but those of boxes and pairs. */
  readonly results: readonly PointedRows[]
}

/** The call that multiplies a tile's rows by some columns at `panel`. */
export type Product = (columns: ColumnsOfTile) => string

/** How a kernel's left operand comes to its tiles. */
export function leftOf(
  kernel: ContractionKernel,
  tiles: Tiles,
  { lanes, program }: Pick<ProgramCode, "lanes" | "program">,
): Left {
  const { tile, window } = kernel
  const element = elementOf(kernel.lhs)
  const shape = { element, rows: tile.rows, lanes }
  if (window !== undefined) return inBox(window, tiles, shape)
  const side = sideOf(tile.rows, kernel.lhs, kernel.rows, kernel.depth)
  if (kernel.lhs.dtype === "bfloat16") return inPairs(side, kernel, tiles)
  const isNear = (buffer: Buffer): boolean => program.storage.get(buffer)?.kind === "private"
  const there = asItLies(side, kernel, tiles, shape, isNear)
  if (there === undefined && tile.inPlace)
    throw new Error("rows do not lie as the schedule saw them")
  return there ?? inPanels(side, kernel, tiles, shape)
}

/** Rows that tiles read where they lie. */
function asItLies(
  side: Side,
  kernel: ContractionKernel,
  tiles: Tiles,
  size: Size,
  isNear: (buffer: Buffer) => boolean,
): Left | undefined {
  const place = rowsInPlace(kernel, isNear)
  const { way, mapped, depth, value } = side
  if (place === undefined || way.kind === "compute") return undefined
  if (mapped.outer.length > 0 || depth.outer.length > 0) return undefined
  const { tile } = kernel
  const { buffer, index } = way.load
  const { row: stride, step } = place
  const strides = { rowStride: stride, stepStride: step }
  const next = nextOf(kernel, stride, step)
  const product =
    (count: number, asked?: string): Product =>
    (columns) => {
      const asks = asked !== undefined
      const name = tiles.nameOf({ ...size, ...strides, ...columns, rows: count, asks })
      return callOf(name, columns, asked)
    }
  return {
    value,
    fetch: () => {},
    eachTile: (code, { row, rowEnd }, body) => {
      code.open("", () => {
        code.block.bind(mapped.start, row)
        code.block.bind(mapped.run, "0")
        code.block.bind(depth.start, "from")
        code.block.bind(depth.run, "0")
        const start = `${code.buffer(buffer)} + ${code.index(index)}`
        inTiles(code, kernel, { row, rowEnd, start, panel: `${tile.rows * stride}` }, (count) =>
          body(product(count, count === tile.rows ? next(row) : undefined), rowEnd),
        )
      })
    },
  }
}

/** Rows in memory, and the elements from those of one tile to those of the next, as C. */
interface RowsInMemory extends RowsOfBlock {
  readonly start: string
  readonly panel: string
}

/** Runs `body` for each tile of so many rows, the first of which is `row` and stands at `left`. */
function inTiles(
  code: KernelCode,
  { lhs, rows, tile }: ContractionKernel,
  { row, rowEnd, start, panel }: RowsInMemory,
  body: (count: number) => void,
): void {
  const total = iterations(rows)
  code.line(`const ${elementOf(lhs)} *left = ${start};`)
  code.line(`i64 row = ${row};`)
  if (total >= tile.rows) {
    const then = `row += ${tile.rows}, left += ${panel}`
    code.open(`for (; row + ${tile.rows} <= ${rowEnd}; ${then})`, () => body(tile.rows))
  }
  for (const rest of restsOf(total, tile)) {
    code.open(`if (${rowEnd} - row == ${rest})`, () => body(rest))
  }
}

/** Calls a tile's function for rows at `left`, with the place that it asks for, if any. */
function callOf(name: string, { sums, begins, results }: ColumnsOfTile, next?: string): string {
  const asked = [...results.map(({ pointer }) => pointer), ...(next === undefined ? [] : [next])]
  return `${[`${name}(1, steps, left, 0, panel, ${sums}, ${begins}`, ...asked].join(", ")});`
}

/** Rows that are left where blocks end: of all but the last block, and of the last. */
function restsOf(total: number, { rows, rowBlock }: Tile): ReadonlySet<number> {
  const whole = total > rowBlock ? rowBlock % rows : 0
  const last = (total % rowBlock) % rows
  return new Set(
    [whole, total % rowBlock === 0 ? rowBlock % rows : last].filter((rest) => rest > 0),
  )
}

type Size = Pick<TileShape, "element" | "rows" | "lanes">

/**
 * Whether tiles ask for the next panel of columns while they use one: panels that were packed ahead
 * come from afar, and lie too far apart for a processor to guess which is next. Without this the
 * first tile of each took 3.3 times as long as the others (2048×2048, 19 tiles of rows).
 */
function asksAhead({ rhs, columns, depth }: ContractionKernel): boolean {
  return rhs.kind === "panels" && isFar(rhs.buffer.dtype, columns, depth)
}

function isFar(dtype: DType, items: readonly Axis[], depth: readonly Axis[]): boolean {
  return dtypes[dtype].bytes * iterations(items) * iterations(depth) >= nearBytes
}

/** Where the part of the next panel starts that a tile asks for; the first tiles ask for all of it. */
function nextPanel(
  { lhs, tile, depth }: ContractionKernel,
  first: string,
  otherwise = "panel",
): string {
  const line = elementsOfLine(elementOf(lhs))
  const parts = Math.ceil(tile.columns / line)
  const panel = iterations(depth) * tile.columns
  const part = `panel + ${panel} + (row - ${first}) / ${tile.rows} * ${line} * steps`
  return `row - ${first} < ${parts * tile.rows} ? ${part} : ${otherwise}`
}

/**
 * What tiles that read rows where they lie ask for: the first tile of each panel of rows asks for the
 * rows of the next one, where they follow at once and come from afar. Without this the first tiles took
 * half as long again (all tiles of 2048×256 by 256×1024: 3.6 ms, with it 3.2).
 */
function nextOf(
  kernel: ContractionKernel,
  stride: number,
  step: number,
): (first: string) => string | undefined {
  const { lhs, tile, rows, depth } = kernel
  const steps = iterations(depth)
  const follows = step === 1 && stride === steps && steps <= tile.depthBlock
  const asksRows = follows && isFar(lhs.dtype, rows, depth)
  const asksColumns = asksAhead(kernel)
  const nextRows = `column == group ? left + ${tile.rows * stride} : panel`
  return (first) => {
    if (asksColumns) return nextPanel(kernel, first, asksRows ? nextRows : "panel")
    return asksRows ? nextRows : undefined
  }
}

function inPanels(side: Side, kernel: ContractionKernel, tiles: Tiles, size: Size): Left {
  const { tile } = kernel
  const stride = isAlongDepth(side) ? rowStride(tile.depthBlock) : undefined
  const strides =
    stride === undefined
      ? { rowStride: 1, stepStride: tile.rows }
      : { rowStride: stride, stepStride: 1 }
  const panel = stride === undefined ? `steps * ${tile.rows}` : `${tile.rows * stride}`
  return {
    value: side.value,
    fetch: (code, { row, rowEnd }) => packRows(code, side, { first: row, end: rowEnd, stride }),
    eachTile: (code, { row, rowEnd }, body) => {
      const asks = asksAhead(kernel)
      const next = asks ? nextPanel(kernel, row) : undefined
      const product =
        (count: number): Product =>
        (columns) =>
          callOf(
            tiles.nameOf({ ...size, ...strides, ...columns, rows: count, asks }),
            columns,
            next,
          )
      code.open("", () => {
        inTiles(code, kernel, { row, rowEnd, start: "lhs", panel }, (count) =>
          body(product(count), rowEnd),
        )
      })
    },
  }
}

/** Panels of bfloat16, for the processor's own tiles. */
function inPairs(side: Side, { tile }: ContractionKernel, tiles: Tiles): Left {
  const stride = pairStride(tile)
  return {
    value: side.value,
    fetch: (code, { row, rowEnd }) => packRowPairs(code, side, { first: row, end: rowEnd, stride }),
    eachTile: (code, { row, rowEnd }, body) => {
      const product = tiles.nameOfPairs()
      code.line("const f32 *left = lhs;")
      code.open(
        `for (i64 row = ${row}; row < ${rowEnd}; row += ${tile.rows}, left += ${tile.rows * stride})`,
        () =>
          body(
            ({ sums, begins }) => `${product}(pairs, left, ${stride}, panel, ${sums}, ${begins});`,
            rowEnd,
          ),
      )
    },
  }
}

function inBox(window: Window, tiles: Tiles, size: Size): Left {
  const { flats, scalars } = flatten([window.axes], [window.value], [])
  const [value] = scalars
  const lines = window.rows.slice(0, -1)
  const [line] = window.rows.slice(-1)
  const [steps] = window.depth.slice(-1)
  const [runs = { extent: 1, stride: 0 }] = window.depth.slice(0, -1)
  const { channels } = window
  const jump = window.depth.length > 1 ? runs.stride - steps.extent * steps.stride : 0
  const next = channels === undefined ? jump : runs.stride
  /** Calls a tile of so many rows, whose first stands so far into the box. */
  const call =
    (rows: number, place: string): Product =>
    ({ sums, begins, results: _, ...columns }) => {
      const { lanes } = size
      const name =
        channels === undefined
          ? tiles.nameOf({
              ...size,
              ...columns,
              rowStride: line.stride,
              stepStride: steps.stride,
              rows,
            })
          : tiles.nameOfSlide({
              rows,
              lanes,
              taps: steps.extent,
              channels,
              rowStride: line.stride,
              tapStride: steps.stride,
              sumStride: columns.sumStride,
            })
      return `${name}(${runs.extent}, ${steps.extent}, lhs + ${place}, ${next}, panel, ${sums}, ${begins});`
    }
  return {
    value,
    fetch: (code, { row }) => fillBox(code, window, flats[0], value, row),
    eachTile: (code, { row, rowEnd }, body) => {
      const whole = Math.floor(line.extent / size.rows) * size.rows
      const rest = line.extent - whole
      const inLine = (start: string, place: string): void => {
        const end = `${start} + ${line.extent} < ${rowEnd} ? ${start} + ${line.extent} : ${rowEnd}`
        code.line(`const i64 lineEnd = ${end};`)
        if (whole > 0) {
          code.open(
            `for (i64 row = ${start}; row < ${start} + ${whole}; row += ${size.rows})`,
            () => body(call(size.rows, `${place} + (row - ${start}) * ${line.stride}`), "lineEnd"),
          )
        }
        if (rest === 0) return
        code.open("", () => {
          code.line(`const i64 row = ${start} + ${whole};`)
          body(call(rest, `${place} + ${whole * line.stride}`), "lineEnd")
        })
      }
      const nest = (level: number, first: string, place: string): void => {
        const outer = lines[level]
        if (outer === undefined) {
          inLine(first, place)
          return
        }
        const rows = lines.slice(level + 1).reduce((n, { extent }) => n * extent, line.extent)
        const [i, start, at] = [code.name("i"), code.name("line"), code.name("at")]
        code.open(`for (i64 ${i} = 0; ${i} < ${outer.extent}; ${i}++)`, () => {
          code.line(`const i64 ${start} = ${first} + ${i} * ${rows};`)
          code.line(`const i64 ${at} = ${place} + ${i} * ${outer.stride};`)
          nest(level + 1, start, at)
        })
      }
      nest(0, row, "0")
    },
  }
}

/** Copies, or computes, each element of a block's box once. */
function fillBox(code: KernelCode, window: Window, flat: Flat, value: Scalar, row: string): void {
  const { at, over, each } = window
  const [start] = at.slice(-1)
  code.open("", () => {
    decode(code, `(${over === "rows" ? row : "from"} / ${each})`, {
      ...flat,
      outer: at.slice(0, -1),
      start,
    })
    code.line("f32 *to = lhs;")
    const nest = (axes: Flat["outer"]): void => {
      const [axis, ...inner] = axes
      if (axis === undefined) {
        code.block.bind(flat.start, "0")
        inVectors(code, flat, "0", String(flat.extent), (place) =>
          storeValue(code, value, `to + ${place}`),
        )
        code.line(`to += ${flat.extent};`)
        return
      }
      const i = code.name("i")
      code.open(`for (i64 ${i} = 0; ${i} < ${axis.extent}; ${i}++)`, () => {
        code.block.bind(axis, i)
        nest(inner)
      })
    }
    nest(flat.outer)
  })
}
