/**
 * Packing operands of bfloat16 for a processor's tiles: two that follow each other along the depth are
 * one word. Panels of rows have their words along the depth, panels of columns rows of words; what
 * fills up the last tile of either is zero.
 */

import type { Scalar } from "../../schedule/index.ts"
import type { Side } from "../contraction-side.ts"
import type { KernelCode } from "./code.ts"
import { alongDepth, alongItems, isAlongDepth } from "./packing.ts"
import { rowsOfPanel, stepsOfTile } from "./panels.ts"

/** Words of an item with so many steps, as C. */
export const wordsOfSteps = `(steps + ${stepsOfTile - 1}) / ${stepsOfTile} * ${stepsOfTile / 2}`

/** Packs rows into `lhs`; `pairs` are the words of each. */
export function packRowPairs(
  code: KernelCode,
  side: Side,
  { first, end, stride }: { readonly first: string; readonly end: string; readonly stride: number },
): void {
  code.open(`for (i64 row = ${first}; row < ${end}; row += ${rowsOfPanel})`, () => {
    code.line(`const i64 count = ${end} - row < ${rowsOfPanel} ? ${end} - row : ${rowsOfPanel};`)
    code.line(`f32 *to = lhs + (row - ${first}) * ${stride};`)
    const panel = rowsOfPanel * stride
    if (isAlongDepth(side)) {
      clear(code, "to", String(panel))
      alongDepth(code, side, "row", 2 * stride, (at) => storeHalf(code, side.value, `to`, at))
      return
    }
    inWords(code, side, "row", "values")
    turn(code, { from: "values", apart: rowsOfPanel, over: "pairs" }, { to: "to", stride })
  })
}

/** Packs a group of columns into `rhs`; `pairs` are the words of each. */
export function packColumnPairs(code: KernelCode, side: Side, stride: number): void {
  const next = `column += ${rowsOfPanel}`
  code.open(`for (i64 column = group; column < groupEnd; ${next})`, () => {
    code.line(
      `const i64 count = groupEnd - column < ${rowsOfPanel} ? groupEnd - column : ${rowsOfPanel};`,
    )
    code.line("f32 *to = rhs + (column - group) * pairs;")
    if (!isAlongDepth(side)) {
      inWords(code, side, "column", "to")
      return
    }
    clear(code, "values", String(rowsOfPanel * stride))
    alongDepth(code, side, "column", 2 * stride, (at) => storeHalf(code, side.value, "values", at))
    turn(
      code,
      { from: "values", apart: stride, over: String(rowsOfPanel) },
      { to: "to", stride: rowsOfPanel, count: "pairs" },
    )
  })
}

/**
 * Pairs the steps of a group of panels that were packed ahead, of which `panels` is the first at this
 * block of the depth; each has `depth` steps in all.
 */
export function pairPanels(code: KernelCode, panels: string, depth: number): void {
  const { lanes } = code
  const next = `column += ${rowsOfPanel}, step += ${depth * rowsOfPanel}`
  code.line(`const u16 *step = ${panels};`)
  code.open(`for (i64 column = group; column < groupEnd; ${next})`, () => {
    code.line("f32 *to = rhs + (column - group) * pairs;")
    code.line(
      `memset(to + steps / 2 * ${rowsOfPanel}, 0, (size_t)(pairs - steps / 2) * ${4 * rowsOfPanel});`,
    )
    const each = (k: string, high: boolean): void =>
      code.open(`for (int c = 0; c < ${rowsOfPanel}; c += ${lanes})`, () =>
        storePair(code, "to", k, (row) =>
          row === 0 || high
            ? `load_u16x${lanes}(step + (2 * ${k} + ${row}) * ${rowsOfPanel} + c)`
            : undefined,
        ),
      )
    code.open("for (i64 k = 0; k < steps / 2; k++)", () => each("k", true))
    code.open("if (steps % 2 != 0)", () => each("(steps / 2)", false))
  })
}

/** Zeros where a panel has fewer items than it might, or fewer steps. */
function clear(code: KernelCode, panel: string, words: string): void {
  code.line(
    `if (count < ${rowsOfPanel} || steps % ${stepsOfTile} != 0) memset(${panel}, 0, (size_t)(${words}) * 4);`,
  )
}

/** Fetches each step's elements of all items, and joins every other step with the next. */
function inWords(code: KernelCode, side: Side, first: string, to: string): void {
  clear(code, "values", `2 * pairs * ${rowsOfPanel}`)
  alongItems(code, side, first, (at) => {
    const [vector, suffix, last] = vectorOf(code, side.value)
    code.line(`store${suffix}_u32x${code.lanes}((u32 *)values + ${at}, ${vector}${last});`)
  })
  const { lanes } = code
  const type = `u32x${lanes}`
  code.open("for (i64 k = 0; k < pairs; k++)", () =>
    code.open(`for (int c = 0; c < ${rowsOfPanel}; c += ${lanes})`, () =>
      storePair(
        code,
        to,
        "k",
        (row) => `load_${type}((const u32 *)values + (2 * k + ${row}) * ${rowsOfPanel} + c)`,
      ),
    ),
  )
}

/** Stores the words of pair `k`, from column `c` on, of the elements of its two steps. */
function storePair(
  code: KernelCode,
  to: string,
  k: string,
  step: (row: 0 | 1) => string | undefined,
): void {
  const high = step(1)
  const word = high === undefined ? step(0) : `${step(0)} | ${high} << 16`
  code.line(`store_u32x${code.lanes}((u32 *)${to} + ${k} * ${rowsOfPanel} + c, ${word});`)
}

/** Turns a panel of words: `over` rows, `apart` words from each other, become columns. */
function turn(
  code: KernelCode,
  rows: { readonly from: string; readonly apart: number; readonly over: string },
  panel: { readonly to: string; readonly stride: number; readonly count?: string },
): void {
  const { lanes } = code
  const { from, apart, over } = rows
  const { to, stride, count = String(rowsOfPanel) } = panel
  code.open(`for (i64 r = 0; r < ${over}; r += ${lanes})`, () =>
    code.open(`for (i64 c = 0; c < ${count}; c += ${lanes})`, () =>
      code.line(
        `turn_f32x${lanes}(${from} + r * ${apart} + c, ${apart}, ${to} + c * ${stride} + r, ${stride}, ${lanes});`,
      ),
    ),
  )
}

function storeHalf(code: KernelCode, value: Scalar, panel: string, at: string): void {
  const [vector, suffix, last] = vectorOf(code, value)
  code.line(`store${suffix}_u16x${code.lanes}((u16 *)${panel} + ${at}, ${vector}${last});`)
}

/** A vector of a value's bits, and what a store under a mask adds. */
function vectorOf(code: KernelCode, value: Scalar): readonly [string, string, string] {
  const vector = code.as(value, 0, true)
  const { mask } = code.block
  return mask === undefined ? [vector, "", ""] : [vector, "m", `, ${mask}`]
}
