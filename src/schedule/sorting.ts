/** How rows are sorted: the numbers that the scheduler, the emitters and the costs share. */

import { type DType, dtypes } from "../size/index.ts"
import type { SortKernel } from "./kernel.ts"

/** Rows up to this length are sorted by comparing elements, longer ones by their digits, unless {@link ranksRows} takes them. */
export const shortRow = 32

/** Longer rows have more comparisons than another way takes. */
const longestRanked = 128

/** Keys, padded to whole vectors, must fit into the memory that the places of a row would take. */
const shortestRanked = 4

/**
 * Whether rows are sorted by ranks: how many elements come before one tells where it goes. So many
 * comparisons take less time than another way as long as all of them are of a vector's lanes at a
 * time, without a branch: in short rows, by one key of 32 bits.
 */
export function ranksRows({ extent, stretch, keys, operands }: SortKernel): boolean {
  const [{ dtype }] = operands
  const isWord = dtype === "float32" || dtype === "int32" || dtype === "uint32"
  const isShort = extent >= shortestRanked && extent <= longestRanked
  return stretch === extent && isShort && keys === 1 && isWord
}

/** Bits of a digit: short rows would spend their time on empty counts of long digits. */
export function digitBits(elements: number): number {
  return elements < 2048 ? 8 : 11
}

/** Passes over a key of a dtype, one for each digit. */
export function digitPasses(dtype: DType, elements: number): number {
  return Math.ceil((dtype === "bool" ? 1 : 8 * dtypes[dtype].bytes) / digitBits(elements))
}

/** Bytes of the counts of one pass. */
export function countBytes(elements: number): number {
  return 4 << digitBits(elements)
}

/** Places of the elements in two orders, then the counts of a pass. */
export function sortScratch(elements: number): number {
  return 8 * elements + countBytes(elements)
}

/** Elements that one piece of a merge writes; stretches are whole numbers of them. */
export const mergePiece = 8192

/** Rows of this length are sorted in stretches where there are few rows, to occupy threads. */
const longRow = 2 ** 15
const enoughRows = 32

/** Longer stretches, with the places of their elements, leave the second cache. */
const longestStretch = 2 ** 17

/**
 * Elements of a stretch that is sorted by itself, before stretches are merged two by two. Their number
 * is four to some power, nearly, so that an even number of merges ends where the sort began. The
 * result is the same however a row is cut: a stable order is the only one.
 */
export function stretchOf(extent: number, rows: number): number {
  let stretches = 1
  if (extent >= longRow && rows < enoughRows) stretches = 4
  while (extent / stretches > longestStretch) stretches *= 4
  if (stretches === 1) return extent
  return mergePiece * Math.ceil(extent / stretches / mergePiece)
}

/** How often stretches must be merged until a row is one: an even number. */
export function mergesOf(extent: number, stretch: number): number {
  const doublings = Math.ceil(Math.log2(Math.ceil(extent / stretch)))
  return doublings + (doublings % 2)
}
