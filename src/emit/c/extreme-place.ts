/** Places of extremes: where the first greatest or least value stands, lane by lane or alone. */

import type { ExtremePlace, Scalar } from "../../schedule/index.ts"
import { isFloat } from "../../size/index.ts"
import { inPairs } from "../pairwise.ts"
import type { KernelCode } from "./code.ts"
import { identityConstant, type Running } from "./reduction.ts"
import { cTypes, registerType } from "./registers.ts"

/** The most extreme value so far and where it stands. */
interface Found {
  readonly best: string
  readonly place: string
}

/**
 * The place of the first extreme value; the first NaN counts as more extreme than all others. `place`
 * is the number of the iteration at hand; of the last vector of a row, the lanes of `tail` count.
 */
export function runningPlace(
  code: KernelCode,
  { combine, value }: ExtremePlace,
  place: Scalar,
  vectors: number,
  lanes: number,
  tail: () => string | undefined,
): Running {
  const { dtype } = value
  const direction = combine === "argmax" ? "max" : "min"
  const type = registerType(cTypes[dtype].register, lanes)
  const places = registerType("i32", lanes)
  const start = identityConstant(direction, dtype)
  const totals = code.variables("place", places, vectors, lanes > 1 ? "{0}" : "0")
  const found = code
    .variables("best", type, vectors, lanes > 1 ? `splat_${type}(${start})` : start)
    .map((best, u): Found => ({ best, place: totals[u] }))

  const masked = (test: string): string => {
    if (lanes === 1) return `-(i32)(${test})`
    return dtype === "float64" ? `thin_x${lanes}(${test})` : `(${places})(${test})`
  }
  /** A mask of where `a` lies beyond `b`. */
  const beyond = (a: string, b: string): string => {
    const more = direction === "max"
    // Not at most as far, which NaN is not, and b no NaN.
    if (isFloat(dtype))
      return `~${masked(`${a} ${more ? "<=" : ">="} ${b}`)} & ${masked(`${b} == ${b}`)}`
    // A mask is −1 where it is set.
    return masked(`${a} ${more === (dtype !== "bool") ? ">" : "<"} ${b}`)
  }
  const choose = (into: Found, other: Found, mask: string): void => {
    code.line(`${into.best} = sel_${type}(${mask}, ${other.best}, ${into.best});`)
    code.line(`${into.place} = sel_${places}(${mask}, ${other.place}, ${into.place});`)
  }
  const held = (held: string, prefix: string, expression: string): string => {
    const name = code.name(prefix)
    code.line(`const ${held} ${name} = ${expression};`)
    return name
  }
  /** Keeps of two places the one of the more extreme value, or the first where they are alike. */
  const merge = (into: Found, other: Found): void => {
    const better = held(places, "better", beyond(other.best, into.best))
    const worse = held(places, "worse", beyond(into.best, other.best))
    const first = `(${places})(${other.place} < ${into.place})`
    choose(into, other, held(places, "wins", `${better} | (${first} & ~${worse})`))
  }
  return {
    totals,
    // Places rise along the way: what is as extreme comes too late.
    take: (into, u) => {
      const best = held(type, "next", code.as(value, u, lanes > 1))
      const better = beyond(best, found[into].best)
      const counted = tail()
      const mask = counted === undefined ? better : `${counted} & ${better}`
      const next = { best, place: code.as(place, u, lanes > 1) }
      choose(found[into], next, held(places, "better", mask))
    },
    together: () => {
      inPairs(vectors, (into, from) => merge(found[into], found[from]))
      for (let distance = lanes / 2; distance >= 1; distance /= 2) {
        const order = Array.from({ length: lanes }, (_, lane) => (lane + distance) % lanes)
        const turned = (vector: string): string =>
          `SHUFFLE(${vector}, ${vector}, ${order.join(", ")})`
        merge(found[0], {
          best: held(type, "best", turned(found[0].best)),
          place: held(places, "place", turned(found[0].place)),
        })
      }
      return `${totals[0]}[0]`
    },
  }
}
