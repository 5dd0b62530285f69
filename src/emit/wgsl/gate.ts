/**
 * Gates: what decides at run time where a program goes on, without the host. A gate reads a while
 * loop's predicate or a branch's number and writes the workgroups of every dispatch that depends on
 * it: as many as it has, or none.
 */

import type { Buffer } from "../../schedule/index.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"

/** A dispatch that depends on a gate. */
export interface GatedDispatch {
  /** Workgroups when it is let through. */
  readonly groups: number
  /**
   * The choice that lets it through; undefined where a gate further in decides, which this one
   * leaves closed.
   */
  readonly choice: number | undefined
}

/** Words of a dispatch's workgroups: x, y, z and one that nobody reads. */
export const wordsOfDispatch = 4

const invocations = 64
const never = 0xffffffff

/**
 * The shader of a gate for the dispatches from number `first` on.
 * @param own the number of this gate among the dispatches of the gate around it, if there is one:
 * the outer gate's choice is read there, for a dispatch may not write what its workgroups are read from
 * @param choices how many branches there are; of a while loop, two: 0 to leave and 1 to go on
 */
export function emitGate(
  site: ShaderSite,
  decides: Buffer,
  choices: number,
  first: number,
  dispatches: readonly GatedDispatch[],
  own?: number,
): Shader {
  const builder = new ShaderBuilder(site, [])
  const { text, values } = builder
  const count = dispatches.length
  const table = (numbers: readonly number[]): string => numbers.map((n) => `${n}u`).join(", ")
  const value = text.keep("i", `i32(${builder.load(decides, "0i")})`)
  const known = text.keep("i", `u32(clamp(${value}, 0i, ${choices - 1}i))`)
  const outer =
    own === undefined ? "true" : `${builder.gateWord(`${wordsOfDispatch * own}u`)} != 0u`
  const choice = text.keep("i", `select(${never - 1}u, ${known}, ${outer})`)
  text.line(`var sizes = array<u32, ${count}>(${table(dispatches.map(({ groups }) => groups))});`)
  const chosen = dispatches.map(({ choice }) => choice ?? never)
  text.line(`var chosen = array<u32, ${count}>(${table(chosen)});`)
  values.block(`for (var at = lane; at < ${count}u; at += ${invocations}u)`, () => {
    const place = text.keep("i", `${wordsOfDispatch}u * (${first}u + at)`)
    text.line(`${builder.gateWord(place)} = select(0u, sizes[at], chosen[at] == ${choice});`)
    text.line(`${builder.gateWord(`${place} + 1u`)} = 1u;`)
    text.line(`${builder.gateWord(`${place} + 2u`)} = 1u;`)
  })
  return builder.finish(invocations, 1)
}
