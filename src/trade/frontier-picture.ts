/** A frontier as a picture: SVG, and a page that opens anywhere without a network. */

import { printSeconds } from "../price/index.ts"
import { printBytes } from "../size/index.ts"
import type { Frontier, FrontierPoint } from "./frontier.ts"
import { printAgain, printFrontier } from "./frontier-print.ts"

/** One for each number of threads: those of Okabe and Ito (2008), which the colour-blind tell apart. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"]

/**
 * The frontier as an SVG picture: seconds over memory where budgets were tried, otherwise over
 * threads, both logarithmic. Every point tells what it is when it is pointed at. Node only: the
 * drawing library is loaded when this is first called.
 * @example
 * const found = await frontier((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * const picture = await frontierSvg(found)
 * picture.slice(0, 4) // → "<svg"
 * @param seconds what the axis of time is called.
 */
export async function frontierSvg(
  frontier: Frontier,
  title = "frontier",
  seconds = "seconds, as quoted",
): Promise<string> {
  const [Plot, { parseHTML }] = await Promise.all([
    import("@observablehq/plot"),
    import("linkedom"),
  ])
  const { document } = parseHTML("<!doctype html><html><body></body></html>")
  const all = [...frontier.points, ...frontier.beaten]
  const overMemory = all.some(({ extra }) => extra > 0)
  const spots = all.map((point) => ({
    x: overMemory ? point.memory : point.threads,
    seconds: point.seconds,
    low: point.interval[0],
    high: point.interval[1],
    series: `${point.threads} ${point.threads === 1 ? "thread" : "threads"}`,
    beaten: "by" in point,
    about: describe(point),
  }))
  const best = spots.filter(({ beaten }) => !beaten)
  const channels = { x: "x", y: "seconds" } as const
  const picture = Plot.plot({
    document,
    width: 760,
    height: 440,
    marginLeft: 70,
    marginRight: 80,
    inset: 10,
    marginBottom: 45,
    style: { background: "white", color: "#222" },
    x: {
      type: "log",
      label: overMemory ? "memory" : "threads",
      grid: true,
      tickFormat: overMemory ? (bytes: number) => printBytes(bytes) : (n: number) => String(n),
      ticks: overMemory ? 6 : [...new Set(spots.map(({ x }) => x))],
    },
    y: {
      type: "log",
      label: seconds,
      grid: true,
      tickFormat: (seconds: number) => printSeconds(seconds),
    },
    color: { type: "categorical", range: colours },
    marks: [
      Plot.ruleX(spots, { x: "x", y1: "low", y2: "high", stroke: "#ddd" }),
      Plot.line(best, {
        ...channels,
        stroke: "series",
        sort: "x",
        ...(overMemory ? { z: "series" } : { stroke: "#555", z: null }),
      }),
      Plot.dot(best, { ...channels, r: 4, stroke: "series", fill: "series", title: "about" }),
      Plot.dot(
        spots.filter(({ beaten }) => beaten),
        { ...channels, r: 4, stroke: "series", fill: "white", title: "about" },
      ),
      Plot.text(overMemory ? lastOf(best) : [], {
        ...channels,
        text: "series",
        dx: 8,
        textAnchor: "start",
      }),
    ],
  })
  const svg = picture.outerHTML.replace(
    /^<svg /,
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" ',
  )
  // The sheet of styles is for pages: it holds nothing that the picture needs.
  const bare = svg.replace(/<style>.*?<\/style>/s, "")
  return bare.replace(/^(<svg [^>]*>)/, `$1<title>${escape(title)}</title>`)
}

/**
 * The picture with its table, as a page in one file.
 * @example
 * const found = await frontier((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * const page = await frontierHtml(found)
 * page.includes("<svg") // → true
 */
export async function frontierHtml(frontier: Frontier, title = "frontier"): Promise<string> {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<style>body{font-family:system-ui,sans-serif;margin:2rem auto;max-width:960px;padding:0 1rem}pre{overflow-x:auto}</style></head>
<body><h1>${escape(title)}</h1>
${await frontierSvg(frontier, title)}
<pre>${escape(printFrontier(frontier))}</pre>
<p>Filled points no other choice beats. Seconds are quotes for the ${escape(frontier.device)} device; lines through points span the interval that is expected to hold four times out of five.</p>
</body></html>
`
}

function describe(point: FrontierPoint): string {
  const again = point.extra > 0 ? `; computed again ${printAgain(point)}` : ""
  const threads = `${point.threads} ${point.threads === 1 ? "thread" : "threads"}`
  return `${threads}, ${printBytes(point.memory)}: ${printSeconds(point.seconds)}${again}`
}

/** The point of most memory of each series. */
function lastOf<T extends { readonly series: string; readonly x: number }>(
  spots: readonly T[],
): readonly T[] {
  const last = new Map<string, T>()
  for (const spot of spots) {
    if ((last.get(spot.series)?.x ?? 0) < spot.x) last.set(spot.series, spot)
  }
  return [...last.values()]
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
}
