/**
 * Runs: an invocation, or a workgroup, that makes neighbouring results of a kernel one after another,
 * so that of results narrower than a word it makes whole words, and stores them as such.
 */

import { type Axis, type Buffer, iterations, type Store, strideOf } from "../../schedule/index.ts"
import { elementsOfWord } from "./packing.ts"

export interface Runs {
  /** Results of a run, the last of which may be shorter. */
  readonly length: number
  /** The variables in which words of buffers are made. */
  readonly words: ReadonlyMap<Buffer, string>
  /** Whether the kernel is at its last result of all. */
  readonly isLast: string
}

/** Axes in the order in which the first narrow result lies in memory. */
export function inOrderOfMemory(axes: readonly Axis[], stores: readonly Store[]): readonly Axis[] {
  const narrow = stores.find(({ buffer }) => elementsOfWord(buffer.dtype) > 1)
  if (narrow === undefined) return axes
  const stride = (axis: Axis): number => strideOf(narrow.index, axis) ?? 0
  return axes.toSorted((a, b) => stride(b) - stride(a))
}

/**
 * The runs over axes, flattened row-major, in which stores make whole words; undefined if there are
 * none.
 */
export function runsOver(axes: readonly Axis[], stores: readonly Store[]): Runs | undefined {
  const narrow = stores.filter(({ buffer }) => elementsOfWord(buffer.dtype) > 1)
  const isOnly = ({ buffer }: Store): boolean =>
    stores.filter((store) => store.buffer === buffer).length === 1
  const longest = Math.max(1, ...narrow.map(({ buffer }) => elementsOfWord(buffer.dtype)))
  const whole = narrow.filter((store) => isOnly(store) && makesWords(axes, store, longest))
  if (whole.length === 0) return undefined
  const words = new Map(whole.map(({ buffer }, i) => [buffer, `word${i}`]))
  return { length: longest, words, isLast: `number + 1u == ${iterations(axes)}u` }
}

/** Whether runs of so many results, one after another over the axes, are whole words of a buffer. */
function makesWords(axes: readonly Axis[], { buffer, index }: Store, length: number): boolean {
  const inWord = elementsOfWord(buffer.dtype)
  const isWhole = (elements: number): boolean => elements % inWord === 0
  const strides = axes.map((axis) => strideOf(index, axis) ?? Number.NaN)
  const others = index.terms.filter(({ atom }) => atom.kind !== "axis" || !axes.includes(atom.axis))
  if (!isWhole(index.constant) || !others.every(({ factor }) => isWhole(factor))) return false
  let results = 1
  let isDense = true
  for (const [i, { extent }] of [...axes.entries()].toReversed()) {
    isDense &&= strides[i] === results
    results *= extent
  }
  const end = index.constant + results
  const isRest = others.length === 0 && end === buffer.elements
  if (isDense && (isWhole(end) || isRest)) return true
  const inner = axes.at(-1)
  if (inner === undefined || inner.extent % length !== 0 || strides.at(-1) !== 1) return false
  return strides.slice(0, -1).every(isWhole)
}
