/**
 * Gates: what decides at run time where a program goes on, without the host. A gate reads a while
 * loop's predicate or a branch's number and writes the workgroups of every dispatch that depends on
 * it: as many as it has, or none. Where loops are inside of others, gates hand on a state: the
 * stretch of steps that is let through next.
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
 * The shader of a branch's gate for the dispatches from number `first` on.
 * @param own the number of this gate among the dispatches of the gate around it, if there is one:
 * the outer gate's choice is read there, for a dispatch may not write what its workgroups are read from
 * @param choices how many branches there are
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
  const known = builder.text.keep("i", `u32(${choiceOf(builder, decides, choices)})`)
  const outer =
    own === undefined ? "true" : `${builder.gateWord(`${wordsOfDispatch * own}u`)} != 0u`
  const choice = builder.text.keep("i", `select(${never - 1}u, ${known}, ${outer})`)
  return letThrough(builder, choice, first, dispatches)
}

/** Where a program goes on after a stretch of steps. */
export interface Transition {
  /** The number, among dispatches, of the place that holds the state. */
  readonly state: number
  /** The stretch that is left: in other states nothing changes. Undefined where the state begins. */
  readonly from: number | undefined
  /** What chooses among the next states; undefined where there is one. */
  readonly decides: Buffer | undefined
  readonly next: readonly number[]
}

/** The shader of the gate behind a stretch, for the dispatches of all of them from `first` on. */
export function emitTransition(
  site: ShaderSite,
  { state, from, decides, next }: Transition,
  first: number,
  dispatches: readonly GatedDispatch[],
): Shader {
  const builder = new ShaderBuilder(site, [])
  const { text, values } = builder
  const word = builder.gateWord(`${wordsOfDispatch * state}u`)
  const choice = decides === undefined ? "0i" : choiceOf(builder, decides, next.length)
  text.line(`var states = array<u32, ${next.length}>(${table(next)});`)
  const after = text.keep("i", `states[${choice}]`)
  const isHere = from === undefined ? "true" : `${word} == ${from}u`
  const now = text.keep("i", `select(${word}, ${after}, ${isHere})`)
  text.line("storageBarrier();")
  values.block("if (lane == 0u)", () => text.line(`${word} = ${now};`))
  return letThrough(builder, now, first, dispatches)
}

function table(numbers: readonly number[]): string {
  return numbers.map((n) => `${n}u`).join(", ")
}

/** What a bool or an int32 chooses among so many. */
function choiceOf(builder: ShaderBuilder, decides: Buffer, choices: number): string {
  const value = builder.text.keep("i", `i32(${builder.load(decides, "0i")})`)
  return builder.text.keep("i", `clamp(${value}, 0i, ${choices - 1}i)`)
}

/** Writes the workgroups of dispatches: of those with a choice as many as they have, else none. */
function letThrough(
  builder: ShaderBuilder,
  choice: string,
  first: number,
  dispatches: readonly GatedDispatch[],
): Shader {
  const { text, values } = builder
  const count = dispatches.length
  if (count === 0) return builder.finish(invocations, 1)
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
