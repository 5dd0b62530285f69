/**
 * Lines of cache of what a product's epilogue reads and writes: its tiles ask for them while they go
 * through their depth, for none of them has been used before.
 */

import { type Buffer, indexKey, type Store, strideOf, visitScalars } from "../../schedule/index.ts"
import { type DType, dtypes } from "../../size/index.ts"
import type { Flat } from "../flatten.ts"
import { valuesOf } from "../uses.ts"
import type { KernelCode } from "./code.ts"
import { nearBytes } from "./panels.ts"
import { cTypes } from "./registers.ts"

/** Rows, side by side along columns, of an array that an epilogue reads or writes. */
export interface ResultRows {
  readonly dtype: DType
  /** Elements from one row to the next. */
  readonly stride: number
  readonly isWritten: boolean
}

/** An array's rows, and where they are. */
interface PlacedRows extends ResultRows {
  readonly place: Pick<Store, "buffer" | "index">
}

/** Rows of a tile in C: with the name of the pointer to their first element. */
export interface PointedRows extends ResultRows {
  readonly pointer: string
}

/** Through fewer steps than this a tile goes before its lines come. */
const fewestSteps = 128

/** What a tile of so many steps asks for: all that its stores read and write in the order of its sums. */
export function resultRows(
  stores: readonly Store[],
  [rows, columns]: readonly Flat[],
  steps: number,
): readonly PlacedRows[] {
  const found = new Map<string, PlacedRows>()
  if (steps < fewestSteps || rows.outer.length > 0 || columns.outer.length > 0) return []
  const add = ({ buffer, index }: PlacedRows["place"], isWritten: boolean): void => {
    const stride = strideOf(index, rows.run)
    if (stride === undefined || stride === 0 || strideOf(index, columns.run) !== 1) return
    if (!isFar(buffer) || valuesOf(index).length > 0) return
    const key = `${buffer.name} ${indexKey(index)}`
    if (found.has(key)) return
    found.set(key, { dtype: buffer.dtype, stride, isWritten, place: { buffer, index } })
  }
  for (const store of stores) if (store.summed === undefined) add(store, true)
  visitScalars(
    stores.map(({ value }) => value),
    (scalar) => {
      if (scalar.kind === "load") add(scalar, false)
    },
  )
  return [...found.values()]
}

function isFar({ dtype, elements }: Buffer): boolean {
  return dtypes[dtype].bytes * elements >= nearBytes
}

/** Points to each array's rows of the tile that the axes of rows and columns stand at. */
export function pointToRows(
  code: KernelCode,
  asked: readonly PlacedRows[],
): readonly PointedRows[] {
  return asked.map(({ place: { buffer, index }, ...rows }) => {
    const pointer = code.name("lines")
    const { memory } = cTypes[rows.dtype]
    code.line(`const ${memory} *${pointer} = ${code.buffer(buffer)} + ${code.index(index)};`)
    return { ...rows, pointer }
  })
}

/** What tells a tile that asks for these from others, in its name. */
export function suffixOfRows(asked: readonly ResultRows[]): string {
  return asked
    .map(({ dtype, stride, isWritten }) => {
      const back = stride < 0 ? "m" : ""
      return `_${isWritten ? "to" : "of"}${back}${Math.abs(stride)}${dtype}`
    })
    .join("")
}

/** The parameters of a tile that asks for these, each with a comma before it. */
export function parametersOfRows(asked: readonly ResultRows[]): string {
  return asked.map(({ dtype }, i) => `, const ${cTypes[dtype].memory} *lines${i}`).join("")
}

/**
 * A tile's loop over `steps`, of which `loop` writes a part. Each part but the last ones asks for some
 * rows of so many columns first: asked for all at once, they would hold up the products' own loads.
 */
export function loopInParts(
  asked: readonly ResultRows[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
  loop: (steps: string) => string,
): string {
  if (asked.length === 0) return loop("steps")
  const each = Math.ceil(rows / 6)
  const asks = asked.flatMap(({ dtype, stride, isWritten }, i) => {
    const line = 64 / dtypes[dtype].bytes
    return Array.from({ length: each * Math.ceil(columns / line) }, (_, at) => {
      const place = (at % each) * stride + Math.floor(at / each) * line
      return `__builtin_prefetch(lines${i} + ${place}, ${isWritten ? 1 : 0}, 3);`
    })
  })
  const onward = asked.map(({ stride }, i) => `lines${i} += ${each * stride};`)
  return `{
    const i64 part = (steps + 7) / 8;
    for (i64 rest = steps, row = 0; rest > 0; rest -= part, row += ${each}) {
      if (row < ${rows}) { ${[...asks, ...onward].join(" ")} }
      ${loop("(rest < part ? rest : part)")}
    }
  }`
}
