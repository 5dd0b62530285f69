/**
 * How elements lie in memory: as on the host. A 32-bit word holds four elements of one byte or two of
 * two bytes, the first in its lowest bits.
 */

import { type DType, dtypes, isStorage } from "../../size/index.ts"
import { fromBits, maskOf, toBits } from "./narrow.ts"
import { fromWord, toWord } from "./types.ts"

const wordBytes = 4

/** Elements of a dtype in a word. */
export function elementsOfWord(dtype: DType): number {
  return wordBytes / dtypes[dtype].bytes
}

/** The number of the word that an element lies in, from a buffer's first word on. */
export function wordOf(dtype: DType, element: string): string {
  const elements = elementsOfWord(dtype)
  return elements === 1 ? element : `(${element} >> ${Math.log2(elements)}u)`
}

/** The lowest bit of an element in its word. */
export function shiftOf(dtype: DType, element: string): string {
  const elements = elementsOfWord(dtype)
  return `((u32(${element}) & ${elements - 1}u) * ${32 / elements}u)`
}

/** A value from the word that an element lies in. */
export function unpacked(dtype: DType, word: string, element: string): string {
  if (elementsOfWord(dtype) === 1) return fromWord(dtype, word)
  const bits = `(${word} >> ${shiftOf(dtype, element)})`
  if (dtypes[dtype].kind === "bool") return fromWord(dtype, `(${bits} & ${maskOf(dtype)})`)
  if (dtypes[dtype].kind === "unsigned") return `(${bits} & ${maskOf(dtype)})`
  return fromBits(dtype, bits)
}

/** A value's bits, the lowest of a word. */
export function bitsOf(dtype: DType, value: string): string {
  return isStorage(dtype) ? toBits(dtype, value) : toWord(dtype, value)
}
