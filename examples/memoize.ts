/**
 * Memory for time: a slow function remembers its results, and then says what more memory would buy.
 *
 *     node examples/memoize.ts
 */

import { memoize, printMemoryFrontier } from "../src/index.ts"

/** The escape times of one tile of the Mandelbrot set, 64 × 64 points. */
export function tile({ x, y, zoom }: { x: number; y: number; zoom: number }): Uint8Array {
  const side = 64
  const times = new Uint8Array(side * side)
  for (let point = 0; point < times.length; point++) {
    const re = (x + (point % side) / side) / zoom
    const im = (y + Math.floor(point / side) / side) / zoom
    let a = 0
    let b = 0
    let steps = 0
    for (; steps < 255 && a * a + b * b < 4; steps++) {
      const next = a * a - b * b + re
      b = 2 * a * b + im
      a = next
    }
    times[point] = steps
  }
  return times
}

if (import.meta.main) {
  const cached = memoize(tile, { memory: "400 kB" })
  // Somebody wanders over the map: near places come again soon, far ones seldom.
  let x = 0
  let y = 0
  for (let step = 0; step < 4000; step++) {
    x += Math.round(2 * Math.random() - 1)
    y += Math.round(2 * Math.random() - 1)
    cached({ x, y, zoom: 16 })
  }
  const { hits, misses, bytes, budget, secondsSaved } = cached.report()
  console.log(`${hits} hits and ${misses} misses within ${bytes} of ${budget} bytes`)
  console.log(`saved ${secondsSaved.toFixed(2)} s so far; what other budgets would have given:\n`)
  console.log(printMemoryFrontier(cached.frontier(12)))
}
