/** Where a function is asked next: where what has learnt it is least sure. */

import type { Input } from "./domain.ts"
import type { Machine } from "./machine.ts"

/**
 * The candidates on which the members disagree most, no two of them nearer to each other than half
 * of what their number leaves room for.
 */
export function disputed(
  machine: Machine,
  candidates: Float64Array,
  count: number,
  known: readonly Input[],
): Float64Array {
  const { box } = machine
  const width = box.axes.length
  const total = candidates.length / width
  const point = (i: number) => candidates.subarray(i * width, (i + 1) * width)
  const order = Array.from({ length: total }, (_, i) => i)
    .map((i) => ({ i, spread: machine.judge(box.at(point(i))).spread }))
    .sort((a, b) => b.spread - a.spread)
  const room = 0.5 * (known.length + count) ** (-1 / width)
  const chosen: number[] = []
  const left: number[] = []
  for (const { i } of order) {
    if (chosen.length === count) break
    const near = chosen.some((other) => distance(point(i), point(other)) < room)
    if (near) left.push(i)
    else chosen.push(i)
  }
  const all = [...chosen, ...left].slice(0, count)
  return Float64Array.from(all.flatMap((i) => [...point(i)]))
}

/** Greatest difference of a coordinate. */
function distance(a: Float64Array, b: Float64Array): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]))
  return most
}
