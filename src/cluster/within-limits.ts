import type { FrontierPoint } from "./frontier.ts"
import type { Limits } from "./rules.ts"
import type { RunCost } from "./run.ts"
import { duration, money, short } from "./units.ts"

/** The best point of a frontier within limits, or undefined where none keeps them all. */
export function withinLimits(
  points: readonly FrontierPoint[],
  limits: Limits,
  score: (cost: RunCost) => number,
): FrontierPoint | undefined {
  const kept = points.filter(({ found }) => {
    if (found === undefined) return false
    const { wallSeconds, dollars, watts } = found.cost
    return (
      wallSeconds <= (limits.deadlineSeconds ?? Number.POSITIVE_INFINITY) &&
      !(dollars > (limits.dollars ?? Number.POSITIVE_INFINITY)) &&
      watts <= (limits.watts ?? Number.POSITIVE_INFINITY)
    )
  })
  if (kept.length === 0) return undefined
  return kept.reduce((a, b) => (score(b.found!.cost) < score(a.found!.cost) ? b : a))
}

const limitWords: Readonly<Record<keyof Limits, (value: number) => string>> = {
  deadlineSeconds: (value) => `a deadline of ${duration(value)}`,
  dollars: (value) => `a budget of ${money(value)}`,
  watts: (value) => `a site of ${short(value / 1e6)} MW`,
}

/**
 * Why no number of devices keeps all limits, in one sentence: which limit none keeps, or that each
 * can be kept alone and not together. Undefined where some number keeps them all.
 */
export function limitsConflict(
  points: readonly FrontierPoint[],
  limits: Limits,
): string | undefined {
  const score = (cost: RunCost) => cost.wallSeconds
  if (withinLimits(points, limits, score) !== undefined) return undefined
  const given = (Object.keys(limitWords) as (keyof Limits)[]).flatMap((name) => {
    const value = limits[name]
    return value === undefined ? [] : [{ name, value, words: limitWords[name](value) }]
  })
  if (!points.some((point) => point.found !== undefined))
    return "no number of devices holds the run"
  const alone = given.find(
    ({ name, value }) => withinLimits(points, { [name]: value }, score) === undefined,
  )
  if (alone !== undefined) return `no number of devices keeps ${alone.words}`
  return `no number of devices keeps ${given.map(({ words }) => words).join(" and ")} together, though each can be kept alone`
}
