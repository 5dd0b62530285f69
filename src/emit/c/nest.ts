/** Axes as loops around the code of a kernel. */

import type { Axis } from "../../schedule/index.ts"
import type { KernelCode } from "./code.ts"

/**
 * Runs `body` for all iterations of axes; those over threads stand already. The lane axis comes in
 * vectors, `unroll` of them together, and last in one whose lanes do not all count.
 */
export function nest(
  code: KernelCode,
  axes: readonly Axis[],
  lane: Axis | undefined,
  unroll: number,
  body: () => void,
): void {
  const [axis, ...inner] = axes
  if (axis === undefined) {
    body()
    return
  }
  const rest = (): void => nest(code, inner, lane, unroll, body)
  if (axis.place === "threads") rest()
  else if (axis === lane) inLanes(code, axis, unroll, rest)
  else {
    const end = code.endOf(axis)
    const name = code.name("at")
    code.open(`for (i64 ${name} = 0; ${name} < ${end}; ${name}++)`, () => {
      code.block.bind(axis, name)
      rest()
    })
  }
}

/** The lane axis of {@link nest} by itself. */
export function inLanes(code: KernelCode, axis: Axis, unroll: number, body: () => void): void {
  const end = code.endOf(axis)
  const name = code.name("at")
  code.line(`i64 ${name} = 0;`)
  let done = 0
  for (const vectors of unroll > 1 ? [unroll, 1] : [1]) {
    const each = vectors * code.lanes
    if (typeof end === "number" && end - done < each) continue
    if (typeof end === "number") done += each * Math.floor((end - done) / each)
    code.open(
      `for (; ${name} <= ${typeof end === "number" ? end - each : `${end} - ${each}`}; ${name} += ${each})`,
      () => {
        code.block.bind(axis, name)
        body()
      },
      { lanes: { axis, vectors } },
    )
  }
  if (done === end || (typeof end === "string" && isWhole(axis, code.lanes))) return
  const mask = code.name("tail")
  const type = `i32x${code.lanes}`
  const head = typeof end === "number" ? "" : `if (${name} < ${end})`
  const left = typeof end === "number" ? String(end - done) : `(i32)(${end} - ${name})`
  code.line(`const ${type} ${mask} = (${type})(iota_x${code.lanes}() < ${left});`)
  code.open(
    head,
    () => {
      code.block.bind(axis, name)
      body()
    },
    { lanes: { axis, vectors: 1, tail: mask } },
  )
}

/** Whether vectors always fill an axis, also where it ends early. */
function isWhole({ extent, within }: Axis, lanes: number): boolean {
  return extent % lanes === 0 && (within === undefined || within.total % lanes === 0)
}
