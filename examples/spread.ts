/**
 * Threads for time: a plain function on many inputs, of which some take far longer than others.
 *
 *     node examples/spread.ts
 */

import { spread } from "../src/index.ts"

/** The length of the Collatz walk from n to 1, longest among all starts below n. */
export function longestWalk(n: number): number {
  let longest = 0
  for (let start = 1; start < n; start++) {
    let steps = 0
    for (let value = start; value !== 1; steps++) {
      value = value % 2 === 0 ? value / 2 : 3 * value + 1
    }
    if (steps > longest) longest = steps
  }
  return longest
}

if (import.meta.main) {
  const inputs = Array.from({ length: 300 }, (_, i) => (i % 10 === 0 ? 40_000 : 400))
  await spread(longestWalk, inputs)
  const start = performance.now()
  const one = inputs.map(longestWalk)
  const middle = performance.now()
  const all = await spread(longestWalk, inputs)
  const end = performance.now()
  const same = all.every((walk, i) => walk === one[i])
  console.log(`one thread:  ${(middle - start).toFixed(0)} ms`)
  console.log(
    `all threads: ${(end - middle).toFixed(0)} ms, ${same ? "the same" : "other"} results`,
  )
}
