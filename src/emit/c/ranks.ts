/** Sorting short rows by their ranks, a vector of elements at a time, as `emit/wasm/ranks.ts` does it. */

import type { SortKernel } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import type { KernelCode } from "./code.ts"
import { cTypes } from "./registers.ts"

/** Sorts the row of operands that starts at `from`, the first its key, to the results at `to`. */
export function sortByRanks(
  code: KernelCode,
  { extent, operands }: SortKernel,
  from: readonly string[],
  to: readonly string[],
): void {
  const lanes = extent <= code.lanes / 2 ? code.lanes / 2 : code.lanes
  const [{ dtype }] = operands
  const vector = `i32x${lanes}`
  const whole = extent - (extent % lanes)
  const memory = `${cTypes[dtype].memory}x${lanes}`
  code.line("i32 *const keys = (i32 *)scratch;")
  code.open(`for (u32 at = 0; at < ${whole}u; at += ${lanes})`, () => {
    code.line(`const ${memory} x = load_${memory}(${from[0]} + at);`)
    code.line(`store_${vector}(keys + at, ${orderly(dtype, lanes)});`)
  })
  if (whole < extent) {
    code.open("", () => {
      const left = `(${vector})(iota_x${lanes}() < ${extent - whole})`
      code.line(`const ${vector} m = ${left};`)
      code.line(`const ${memory} x = loadm_${memory}(${from[0]} + ${whole}, m);`)
      // Greatest ones behind the last key, up to a whole vector.
      const keys = `sel_${vector}(m, ${orderly(dtype, lanes)}, splat_${vector}(2147483647))`
      code.line(`store_${vector}(keys + ${whole}, ${keys});`)
    })
  }
  const moved = operands.map((_, i) => `${to[i]}[ranks[l]] = ${from[i]}[block + l];`).join(" ")
  // Of equals the first one comes first. A mask is −1 where it is set.
  code.line(`for (u32 block = 0; block < ${extent}u; block += ${lanes}) {
const ${vector} own = load_${vector}(keys + block);
${vector} rank = {0};
for (u32 j = 0; j < block; j++) rank -= (${vector})(splat_${vector}(keys[j]) <= own);
for (i32 j = 0; j < ${lanes}; j++) {
const ${vector} other = splat_${vector}(keys[block + j]);
rank -= (${vector})(other < own) | ((${vector})(other == own) & (${vector})(iota_x${lanes}() > j));
}
for (u32 j = block + ${lanes}; j < ${extent}u; j++) rank -= (${vector})(splat_${vector}(keys[j]) < own);
i32 ranks[${lanes}];
store_${vector}(ranks, rank);
const u32 count = ${extent}u - block < ${lanes} ? ${extent}u - block : ${lanes};
for (u32 l = 0; l < count; l++) { ${moved} }
}`)
}

/** int32 keys in the order of the elements `x`: NaNs are the greatest, −0 is +0. */
function orderly(dtype: DType, lanes: number): string {
  const [m, u] = [`i32x${lanes}`, `u32x${lanes}`]
  if (dtype === "int32") return "x"
  if (dtype === "uint32") return `(${m})(x ^ 0x80000000u)`
  const bits = `(${m})(x + 0.0f)`
  const turned = `${bits} ^ (${m})((${u})(${bits} >> 31) >> 1)`
  return `sel_${m}((${m})(x == x), ${turned}, splat_${m}(2147483647))`
}
