/** What the invocations of a workgroup found, combined as a tree in the memory that they share. */

import type { Combine } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { combined, precedes } from "./reduction.ts"
import type { ShaderBuilder } from "./shader.ts"
import { typeOf } from "./types.ts"

/** Runs `body` on each level of a tree over the lanes, with the distance of those that meet. */
function levels(builder: ShaderBuilder, lanes: number, body: (distance: string) => void): void {
  const { text, values } = builder
  const distance = text.name("d")
  const head = `for (var ${distance} = ${lanes / 2}u; ${distance} > 0u; ${distance} = ${distance} / 2u)`
  values.block(head, () => {
    values.block(`if (lane < ${distance})`, () => body(distance))
    text.line("workgroupBarrier();")
  })
}

/** Every invocation's `total` becomes the combination of all. */
export function combineLanes(
  builder: ShaderBuilder,
  lanes: number,
  combine: Combine,
  dtype: DType,
  total: string,
): void {
  const { text } = builder
  const shared = builder.shared(typeOf(dtype), lanes)
  text.line(`${shared}[lane] = ${total};`)
  text.line("workgroupBarrier();")
  levels(builder, lanes, (distance) => {
    const [mine, other] = [`${shared}[lane]`, `${shared}[lane + ${distance}]`]
    text.line(`${mine} = ${combined(combine, dtype, mine, other)};`)
  })
  text.line(`${total} = ${shared}[0];`)
  text.line("workgroupBarrier();")
}

/** Every invocation's place becomes that of the extreme value of all; the first of equal ones. */
export function combinePlaces(
  builder: ShaderBuilder,
  lanes: number,
  combine: "argmax" | "argmin",
  dtype: DType,
  best: string,
  place: string,
): void {
  const { text, values } = builder
  const extremes = builder.shared(typeOf(dtype), lanes)
  const places = builder.shared("i32", lanes)
  text.line(`${extremes}[lane] = ${best};`)
  text.line(`${places}[lane] = ${place};`)
  text.line("workgroupBarrier();")
  levels(builder, lanes, (distance) => {
    const value = text.keep("v", `${extremes}[lane + ${distance}]`)
    const at = text.keep("i", `${places}[lane + ${distance}]`)
    const mine = text.keep("v", `${extremes}[lane]`)
    const here = text.keep("i", `${places}[lane]`)
    const before = precedes(combine, dtype, value, mine)
    const after = precedes(combine, dtype, mine, value)
    const first = `(!${after} && ${at} < ${here})`
    values.block(`if (${at} >= 0i && (${here} < 0i || ${before} || ${first}))`, () => {
      text.line(`${extremes}[lane] = ${value};`)
      text.line(`${places}[lane] = ${at};`)
    })
  })
  text.line(`${place} = ${places}[0];`)
  text.line("workgroupBarrier();")
}
