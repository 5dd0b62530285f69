/**
 * Merge kernels: pairs of sorted runs become one run each. A piece finds by bisection how many of the
 * elements before its first come from either run, and then merges on from there.
 */

import { type MergeKernel, mergePiece } from "../../schedule/index.ts"
import { KernelCode, type ProgramCode } from "./code.ts"
import { keyOf, wordOf } from "./sort.ts"

/** Writes the body of a merge's function. */
export function writeMerge(program: ProgramCode, kernel: MergeKernel): KernelCode {
  const { extent, run, operands, results } = kernel
  const code = new KernelCode(program, kernel, [])
  const from = operands.map((buffer) => `(${code.buffer(buffer)} + first)`)
  const to = results.map((buffer) => `(${code.buffer(buffer)} + first)`)
  const parts = Math.ceil(extent / mergePiece)
  const least = (a: string, b: string): string => `(${a} < ${b} ? ${a} : ${b})`
  code.line(`const i64 first = piece / ${parts} * ${extent};
i64 out = piece % ${parts} * ${mergePiece};
const i64 low = out / ${2 * run} * ${2 * run};
const i64 middle = ${least(`low + ${run}`, String(extent))}, high = ${least(`low + ${2 * run}`, String(extent))};
const i64 end = ${least(`out + ${mergePiece}`, "high")}, rank = out - low;
i64 least = rank > high - middle ? rank - (high - middle) : 0, most = ${least("rank", "middle - low")};
while (least < most) {
i64 guess = (least + most) >> 1, other = middle + rank - guess - 1, left = low + guess;
if (${precedes(kernel, from, "other", "left")}) most = guess; else least = guess + 1;
}
i64 left = low + least, right = middle + rank - least;
while (out < end && left < middle && right < high) {
i64 most = end - out;
if (most > middle - left) most = middle - left;
if (most > high - right) most = high - right;
for (const i64 stop = out + most; out < stop; out++) {
const i64 takesRight = ${precedes(kernel, from, "right", "left")}, source = takesRight ? right : left;`)
  for (const [i] of operands.entries()) code.line(`${to[i]}[out] = ${from[i]}[source];`)
  code.line(`right += takesRight; left += 1 - takesRight;
}
}
const i64 source = left < middle ? left : right;`)
  for (const [i] of operands.entries()) {
    const size = `(end - out) * sizeof *${code.buffer(operands[i])}`
    code.line(`memcpy(${to[i]} + out, ${from[i]} + source, ${size});`)
  }
  return code
}

/** A C expression: whether element `a` comes before element `b`. */
function precedes(
  { keys, operands }: MergeKernel,
  from: readonly string[],
  a: string,
  b: string,
): string {
  const tests = operands.slice(0, keys).map(({ dtype }, i) => {
    const [x, y] = [a, b].map((at) => `(${wordOf(dtype)})${keyOf(dtype, `${from[i]}[${at}]`)}`)
    return { before: `${x} < ${y}`, equal: `${x} == ${y}` }
  })
  return tests.reduceRight(
    (rest, { before, equal }) =>
      rest === "" ? `(${before})` : `(${before} || (${equal} && ${rest}))`,
    "",
  )
}
