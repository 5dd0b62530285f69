// Writes docs/price.svg: the product of eight numbers on one thread, on two and on four, as blocks
// of space (threads, across) and time (steps, down). Its figures are those of the price.

import { writeFileSync } from "node:fs"
import { type Array, f32, graphOf, np, parallelTime } from "../src/index.ts"

const side = 34
const gap = 4
const colours = ["#0072b2", "#e69f00", "#009e73"]

/** How many operations each step does on so many threads, and of which level of the tree. */
function stepsOn(threads: number): readonly { readonly count: number; readonly level: number }[] {
  const steps: { readonly count: number; readonly level: number }[] = []
  for (let [numbers, level] = [8, 0]; numbers > 1; numbers = Math.ceil(numbers / 2), level++) {
    for (let left = Math.floor(numbers / 2); left > 0; left -= threads) {
      steps.push({ count: Math.min(left, threads), level })
    }
  }
  return steps
}

/** One panel, and its width. */
function panel(threads: number, left: number): readonly [svg: string, width: number] {
  const steps = stepsOn(threads)
  const blocks = steps.flatMap(({ count, level }, step) =>
    [...globalThis.Array(threads).keys()].map((thread) => {
      const [x, y] = [left + thread * (side + gap), 70 + step * (side + gap)]
      const fill = thread < count ? colours[level] : "none"
      return `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${fill}" stroke="#999"/>`
    }),
  )
  const title = `${threads} ${threads === 1 ? "thread" : "threads"}: ${steps.length} steps`
  const used = `space × time ${threads * steps.length}`
  return [
    `<text x="${left}" y="36" font-weight="bold">${title}</text>` +
      `<text x="${left}" y="56">${used}</text>${blocks.join("")}`,
    Math.max(185, threads * (side + gap) + 40),
  ]
}

/**
 * The picture.
 * @throws Error when the price counts other steps than are drawn.
 */
export function pricePicture(): string {
  const time = parallelTime(graphOf((x: Array) => np.prod(x))(f32(8)))
  let left = 20
  const panels = [1, 2, 4].map((threads) => {
    const { greedy } = time.on(threads)
    if (greedy !== stepsOn(threads).length) {
      throw new Error(`the price of ${threads} threads is ${greedy} steps: the picture is wrong`)
    }
    const [svg, width] = panel(threads, left)
    left += width
    return svg
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left} 370" width="${left}" ` +
    `font-family="system-ui, sans-serif" font-size="14" fill="#222"><title>Eight numbers multiplied by one, two and four threads</title>` +
    `<rect width="${left}" height="370" fill="#fff"/>${panels.join("")}` +
    `<text x="20" y="360">threads across, steps down; a colour for each level of the tree; white: idle</text></svg>\n`
  )
}

if (import.meta.main) writeFileSync("docs/price.svg", pricePicture())
