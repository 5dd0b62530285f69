/**
 * Sort kernels: a stable sort of each row's places, then all operands in that order.
 *
 * Places are sorted by radix, least digit first, a key after the other from the last to the first;
 * short rows by insertion. NaN comes last, and zeros of either sign are equal.
 */

import type { SortKernel } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { dtypes, isFloat } from "../../size/index.ts"
import { KernelCode, type ProgramCode } from "./code.ts"
import { isHalf } from "./registers.ts"

/** Rows up to this length are sorted by insertion. */
const shortRow = 32

const digitBits = 11

/** Writes the body of a sort's function. */
export function writeSort(program: ProgramCode, kernel: SortKernel): KernelCode {
  const { rows, extent, keys, operands, results } = kernel
  const code = new KernelCode(program, kernel, [])
  const row = code.name("row")
  const body = (): void => {
    const from = operands.map((buffer) => `(${code.buffer(buffer)} + ${row} * ${extent})`)
    const to = results.map((buffer) => `(${code.buffer(buffer)} + ${row} * ${extent})`)
    code.line(`u32 *here = (u32 *)scratch, *there = here + ${extent};`)
    code.line(`for (u32 i = 0; i < ${extent}u; i++) here[i] = i;`)
    for (let key = keys - 1; key >= 0; key--) {
      const { dtype } = operands[key]
      if (extent <= shortRow) insertion(code, extent, from[key], dtype)
      else radix(code, extent, from[key], dtype)
    }
    for (const [i] of operands.entries()) {
      code.line(`for (u32 i = 0; i < ${extent}u; i++) ${to[i]}[i] = ${from[i]}[here[i]];`)
    }
  }
  if (rows.place === "threads") {
    code.line(`const i64 ${row} = piece;`)
    body()
  } else {
    code.open(`for (i64 ${row} = 0; ${row} < ${rows.extent}; ${row}++)`, body)
  }
  return code
}

/** Names a C expression of an element's key: an unsigned number in the same order. */
function keyOf(dtype: DType, element: string): string {
  if (dtype === "float64") return `order_f64(${element})`
  if (isHalf(dtype)) return `order_f32(f32_${dtype === "float16" ? "f16" : "bf16"}(${element}))`
  if (isFloat(dtype)) return `order_f32(${element})`
  return dtypes[dtype].kind === "signed"
    ? `((u32)(i32)${element} ^ 0x80000000u)`
    : `(u32)${element}`
}

function insertion(code: KernelCode, extent: number, from: string, dtype: DType): void {
  const word = dtype === "float64" ? "u64" : "u32"
  code.line(`for (u32 i = 1; i < ${extent}u; i++) {
  u32 place = here[i], at = i;
  ${word} key = ${keyOf(dtype, `${from}[place]`)};
  for (; at > 0 && ${keyOf(dtype, `${from}[here[at - 1]]`)} > key; at--) here[at] = here[at - 1];
  here[at] = place;
}`)
}

function radix(code: KernelCode, extent: number, from: string, dtype: DType): void {
  const bits =
    dtype === "bool" ? 1 : dtype === "float64" ? 64 : isHalf(dtype) ? 32 : 8 * dtypes[dtype].bytes
  const word = dtype === "float64" ? "u64" : "u32"
  // A signed key's high bits are set or not as its sign is: they must be counted too.
  const whole = dtypes[dtype].kind === "signed" ? 32 : bits
  const buckets = 1 << digitBits
  code.line(`for (int shift = 0; shift < ${whole}; shift += ${digitBits}) {
  u32 counts[${buckets}];
  memset(counts, 0, sizeof counts);
  for (u32 i = 0; i < ${extent}u; i++) { ${word} key = ${keyOf(dtype, `${from}[i]`)}; counts[(key >> shift) & ${buckets - 1}]++; }
  u32 sum = 0, single = 0;
  for (u32 d = 0; d < ${buckets}u; d++) { u32 count = counts[d]; single |= count == ${extent}u; counts[d] = sum; sum += count; }
  if (single) continue;
  for (u32 i = 0; i < ${extent}u; i++) { u32 place = here[i]; ${word} key = ${keyOf(dtype, `${from}[place]`)}; there[counts[(key >> shift) & ${buckets - 1}]++] = place; }
  u32 *turned = here; here = there; there = turned;
}`)
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
