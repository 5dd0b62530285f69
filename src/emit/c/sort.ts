/**
 * Sort kernels: a stable sort of each row's places, then all operands in that order; or, of short rows
 * by a single key, all operands to the places that their ranks are.
 *
 * Places are sorted by one key after another, from the last to the first: by radix, least digit first,
 * or in short rows by insertion. NaN comes last, and zeros of either sign are equal.
 */

import {
  countBytes,
  digitBits,
  digitPasses,
  ranksRows,
  type SortKernel,
  shortRow,
} from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { dtypes, isFloat } from "../../size/index.ts"
import { KernelCode, type ProgramCode } from "./code.ts"
import { sortByRanks } from "./ranks.ts"
import { isHalf } from "./registers.ts"

/** Writes the body of a sort's function. */
export function writeSort(program: ProgramCode, kernel: SortKernel): KernelCode {
  const { rows, extent, stretch, keys, operands, results } = kernel
  const code = new KernelCode(program, kernel, [])
  /** Sorts `count` elements from element `first` of the operands on. */
  const body = (): void => {
    const from = operands.map((buffer) => `(${code.buffer(buffer)} + first)`)
    const to = results.map((buffer) => `(${code.buffer(buffer)} + first)`)
    if (ranksRows(kernel)) {
      sortByRanks(code, kernel, from, to)
      return
    }
    code.line(`u32 *here = (u32 *)scratch, *there = here + ${stretch};`)
    code.line("for (u32 i = 0; i < count; i++) here[i] = i;")
    for (let key = keys - 1; key >= 0; key--) {
      const { dtype } = operands[key]
      if (stretch <= shortRow) insertion(code, from[key], dtype)
      else radix(code, stretch, from[key], dtype)
    }
    for (const [i] of operands.entries()) {
      code.line(`for (u32 i = 0; i < count; i++) ${to[i]}[i] = ${from[i]}[here[i]];`)
    }
  }
  if (stretch < extent) {
    const parts = Math.ceil(extent / stretch)
    code.line(`const i64 before = piece % ${parts} * ${stretch};`)
    code.line(`const i64 first = piece / ${parts} * ${extent} + before, left = ${extent} - before;`)
    code.line(`const u32 count = left < ${stretch} ? left : ${stretch};`)
    body()
    return code
  }
  code.line(`const u32 count = ${extent};`)
  if (rows.place === "threads") {
    code.line(`const i64 first = piece * ${extent};`)
    body()
  } else {
    const end = rows.extent * extent
    code.open(`for (i64 first = 0; first < ${end}; first += ${extent})`, body)
  }
  return code
}

/** Names a C expression of an element's key: an unsigned number in the same order. */
export function keyOf(dtype: DType, element: string): string {
  if (dtype === "float64") return `order_f64(${element})`
  if (isHalf(dtype)) return `order_f32(f32_${dtype === "float16" ? "f16" : "bf16"}(${element}))`
  if (isFloat(dtype)) return `order_f32(${element})`
  return dtypes[dtype].kind === "signed"
    ? `((u32)(i32)${element} ^ 0x80000000u)`
    : `(u32)${element}`
}

function insertion(code: KernelCode, from: string, dtype: DType): void {
  const word = dtype === "float64" ? "u64" : "u32"
  code.line(`for (u32 i = 1; i < count; i++) {
  u32 place = here[i], at = i;
  ${word} key = ${keyOf(dtype, `${from}[place]`)};
  for (; at > 0 && ${keyOf(dtype, `${from}[here[at - 1]]`)} > key; at--) here[at] = here[at - 1];
  here[at] = place;
}`)
}

function radix(code: KernelCode, stretch: number, from: string, dtype: DType): void {
  const bits = digitBits(stretch)
  // A half is ordered as the float32 that it is.
  const passes = digitPasses(isHalf(dtype) ? "float32" : dtype, stretch)
  const word = wordOf(dtype)
  const buckets = countBytes(stretch) / 4
  const digit = `(key >> shift) & ${buckets - 1}`
  code.line(`for (int shift = 0; shift < ${passes * bits}; shift += ${bits}) {
  u32 *counts = (u32 *)scratch + ${2 * stretch};
  memset(counts, 0, ${4 * buckets});
  for (u32 i = 0; i < count; i++) { ${word} key = ${keyOf(dtype, `${from}[i]`)}; counts[${digit}]++; }
  u32 sum = 0, single = 0;
  for (u32 d = 0; d < ${buckets}u; d++) { u32 each = counts[d]; single |= each == count; counts[d] = sum; sum += each; }
  if (single) continue;
  for (u32 i = 0; i < count; i++) { u32 place = here[i]; ${word} key = ${keyOf(dtype, `${from}[place]`)}; there[counts[${digit}]++] = place; }
  u32 *turned = here; here = there; there = turned;
}`)
}

/** The type of what {@link keyOf} names. */
export function wordOf(dtype: DType): "u32" | "u64" {
  return dtype === "float64" ? "u64" : "u32"
}

/** What sorts need of the prelude. */
export const sortPrelude = `INLINE u32 order_f32(f32 x) {
  u32 b = bits_u32(x == 0 ? 0 : x);
  return x != x ? 0xffffffffu : b & 0x80000000u ? ~b : b | 0x80000000u;
}
INLINE u64 order_f64(f64 x) {
  u64 b; f64 y = x == 0 ? 0 : x;
  memcpy(&b, &y, 8);
  return x != x ? ~(u64)0 : b >> 63 ? ~b : b | (u64)1 << 63;
}`
