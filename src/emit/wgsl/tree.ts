/**
 * What the invocations of a workgroup found, combined as a tree: in the memory that they share, and
 * where there are subgroups, its last levels by handing values over. Both are the same tree, so that
 * subgroups, whatever their size, change no bit.
 */

import type { Combine } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { combined, precedes } from "./reduction.ts"
import type { ShaderBuilder } from "./shader.ts"
import { typeOf } from "./types.ts"

/** Runs `body` on levels of a tree over the lanes, with the distance of those that meet. */
function levels(
  builder: ShaderBuilder,
  lanes: number,
  least: string,
  body: (distance: string) => void,
): void {
  const { text, values } = builder
  const distance = text.name("d")
  const head = `for (var ${distance} = ${lanes / 2}u; ${distance} ${least}; ${distance} = ${distance} / 2u)`
  values.block(head, () => {
    values.block(`if (lane < ${distance})`, () => body(distance))
    text.line("workgroupBarrier();")
  })
}

/** Runs `body` on the levels that are left within subgroups, each of which does them all. */
function lastLevels(builder: ShaderBuilder, lanes: number, body: (distance: string) => void): void {
  const { text, values } = builder
  const distance = text.name("d")
  const first = `min(size, ${lanes}u) / 2u`
  const head = `for (var ${distance} = ${first}; ${distance} > 0u; ${distance} = ${distance} / 2u)`
  values.block(head, () => body(distance))
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
  const type = typeOf(dtype)
  const shared = builder.shared(type, lanes)
  // Bools cannot be handed over.
  const inSubgroups = builder.target.subgroups === true && type !== "bool"
  text.line(`${shared}[lane] = ${total};`)
  text.line("workgroupBarrier();")
  levels(builder, lanes, inSubgroups ? ">= size" : "> 0u", (distance) => {
    const [mine, other] = [`${shared}[lane]`, `${shared}[lane + ${distance}]`]
    text.line(`${mine} = ${combined(combine, dtype, mine, other)};`)
  })
  if (inSubgroups) {
    builder.useSubgroups()
    text.line(`${total} = ${shared}[min(place, ${lanes - 1}u)];`)
    lastLevels(builder, lanes, (distance) => {
      const other = text.keep("v", `subgroupShuffleDown(${total}, ${distance})`)
      text.line(`${total} = ${combined(combine, dtype, total, other)};`)
    })
    text.line(`${total} = subgroupBroadcastFirst(${total});`)
  } else text.line(`${total} = ${shared}[0];`)
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
  const type = typeOf(dtype)
  const extremes = builder.shared(type, lanes)
  const places = builder.shared("i32", lanes)
  const inSubgroups = builder.target.subgroups === true && type !== "bool"
  text.line(`${extremes}[lane] = ${best};`)
  text.line(`${places}[lane] = ${place};`)
  text.line("workgroupBarrier();")
  /** Whether a value at a place goes before another one at its own. */
  const isBefore = (value: string, at: string, mine: string, here: string): string => {
    const before = precedes(combine, dtype, value, mine)
    const after = precedes(combine, dtype, mine, value)
    return `${at} >= 0i && (${here} < 0i || ${before} || (!${after} && ${at} < ${here}))`
  }
  levels(builder, lanes, inSubgroups ? ">= size" : "> 0u", (distance) => {
    const value = text.keep("v", `${extremes}[lane + ${distance}]`)
    const at = text.keep("i", `${places}[lane + ${distance}]`)
    const mine = text.keep("v", `${extremes}[lane]`)
    const here = text.keep("i", `${places}[lane]`)
    values.block(`if (${isBefore(value, at, mine, here)})`, () => {
      text.line(`${extremes}[lane] = ${value};`)
      text.line(`${places}[lane] = ${at};`)
    })
  })
  if (inSubgroups) {
    builder.useSubgroups()
    text.line(`${best} = ${extremes}[min(place, ${lanes - 1}u)];`)
    text.line(`${place} = ${places}[min(place, ${lanes - 1}u)];`)
    lastLevels(builder, lanes, (distance) => {
      const value = text.keep("v", `subgroupShuffleDown(${best}, ${distance})`)
      const at = text.keep("i", `subgroupShuffleDown(${place}, ${distance})`)
      values.block(`if (${isBefore(value, at, best, place)})`, () => {
        text.line(`${best} = ${value};`)
        text.line(`${place} = ${at};`)
      })
    })
    text.line(`${place} = subgroupBroadcastFirst(${place});`)
  } else text.line(`${place} = ${places}[0];`)
  text.line("workgroupBarrier();")
}
