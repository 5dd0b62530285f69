import type { Frontier, FrontierPoint, Regime } from "./frontier.ts"
import { count, duration, money, short } from "./units.ts"

/** A frontier as text for a terminal, and as one self-contained page. */

type Spot = { readonly x: number; readonly y: number; readonly point: FrontierPoint }

function spotsOf(frontier: Frontier): readonly Spot[] {
  return frontier.points.flatMap((point) => {
    if (point.found === undefined || point.dominated) return []
    return [{ x: Math.log10(point.devices), y: Math.log10(point.found.cost.wallSeconds), point }]
  })
}

function rangeOf(values: readonly number[]): { low: number; high: number } {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return high > low ? { low, high } : { low: low - 0.5, high: high + 0.5 }
}

const marks: Readonly<Record<Regime, string>> = {
  "does not fit": " ",
  "memory-bound minimum": "▮",
  "near-perfect trade": "●",
  communication: "◆",
  "critical batch": "▲",
  "latency wall": "■",
  failures: "×",
}

/** Rows of a log–log plot, devices across and wall time up; a dot shows the perfect trade. */
export function plotText(frontier: Frontier, width = 64, height = 18): string {
  const spots = spotsOf(frontier)
  if (spots.length === 0)
    return `${frontier.network.name} fits no number of ${frontier.machine.name} tried`
  const across = rangeOf(spots.map((spot) => spot.x))
  const up = rangeOf(spots.map((spot) => spot.y))
  const grid = Array.from({ length: height }, () => Array.from({ length: width }, () => " "))
  const place = (x: number, y: number, mark: string) => {
    const column = Math.round(((x - across.low) / (across.high - across.low)) * (width - 1))
    const row = Math.round(((up.high - y) / (up.high - up.low)) * (height - 1))
    if (row >= 0 && row < height && column >= 0 && column < width) grid[row]![column] = mark
  }
  const first = spots[0]!
  for (let column = 0; column < width; column++) {
    const x = across.low + (column / (width - 1)) * (across.high - across.low)
    place(x, first.y - (x - first.x), "·")
  }
  for (const { x, y, point } of spots) place(x, y, marks[point.regime])
  const label = (row: number) => {
    if (row === 0) return duration(10 ** up.high)
    if (row === height - 1) return duration(10 ** up.low)
    return ""
  }
  const lines = grid.map((row, i) => `${label(i).padStart(12)} │${row.join("")}`)
  const left = count(10 ** across.low)
  const right = count(10 ** across.high)
  const used = [...new Set(spots.map((spot) => spot.point.regime))]
  return [
    `${frontier.network.name} on ${frontier.machine.name}: wall time by devices (· a perfect trade)`,
    ...lines,
    `${" ".repeat(13)}└${"─".repeat(width)}`,
    `${" ".repeat(14)}${left}${right.padStart(width - left.length)} devices`,
    used.map((regime) => `${marks[regime]} ${regime}`).join("   "),
    exponentLine(frontier),
  ].join("\n")
}

function exponentLine(frontier: Frontier): string {
  const fitted = frontier.exponent
  if (fitted === undefined) return "too few points at par for an exponent"
  return `devices·time^${fitted.exponent.toFixed(2)} is constant while trading at par (1 is a perfect trade)`
}

/** The frontier's points as a table of text; numbers of devices of which the same is said share a row. */
export function frontierTable(frontier: Frontier): string {
  const rows = joined(rowsOf(frontier))
  const heading = ["devices", "wall time", "money", "energy", "spacetime", "exponent", "regime"]
  const widths = heading.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => row[i]!.length)),
  )
  return [heading, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** Rows that differ in their first cell alone as one, from the first to the last of them. */
function joined(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const runs: (readonly string[])[][] = []
  for (const row of rows) {
    const run = runs.at(-1) ?? []
    if (run[0]?.slice(1).join() === row.slice(1).join()) run.push(row)
    else runs.push([row])
  }
  return runs.map((run) => {
    const [first, ...rest] = run[0]!
    return [run.length === 1 ? first! : `${first} to ${run.at(-1)![0]}`, ...rest]
  })
}

function rowsOf(frontier: Frontier): readonly (readonly string[])[] {
  return frontier.points.map(({ devices, found, regime, exponent, dominated }) => {
    if (found === undefined) return [count(devices), "-", "-", "-", "-", "-", regime]
    const { wallSeconds, dollars, joules, spacetime } = found.cost
    if (dominated) return [count(devices), "no quicker", "-", "-", "-", "-", regime]
    return [
      count(devices),
      duration(wallSeconds),
      Number.isNaN(dollars) ? "unknown" : money(dollars),
      `${short(joules / 3.6e9)} MWh`,
      `${short(spacetime)} m³·s`,
      exponent === undefined ? "-" : exponent > 20 ? "> 20" : exponent.toFixed(2),
      regime,
    ]
  })
}

function escape(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
}

const colours: Readonly<Record<Regime, string>> = {
  "does not fit": "#999999",
  "memory-bound minimum": "#5b4b8a",
  "near-perfect trade": "#2a7f62",
  communication: "#d08c1d",
  "critical batch": "#c4572e",
  "latency wall": "#a11d33",
  failures: "#4a4a4a",
}

/** Wall times that people know, in seconds, for the lines across the picture. */
const knownTimes: readonly (readonly [seconds: number, words: string])[] = [
  [1, "1 second"],
  [60, "1 minute"],
  [3600, "1 hour"],
  [86400, "1 day"],
  [10 * 86400, "10 days"],
  [100 * 86400, "100 days"],
  [365.25 * 86400, "1 year"],
  [3652.5 * 86400, "10 years"],
  [36525 * 86400, "100 years"],
  [365250 * 86400, "1000 years"],
]

/** Width of a character at the picture's font size, generously. */
const CHARACTER_WIDTH = 8.2

const size = { width: 860, height: 500, left: 90, right: 30, top: 50, bottom: 90 }

/** The frontier as an SVG picture that needs nothing else. */
export function plotSvg(frontier: Frontier): string {
  const spots = spotsOf(frontier)
  const title = `${frontier.network.name} on ${frontier.machine.name}: wall time by devices`
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" font-family="system-ui, sans-serif" font-size="13"><title>${escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>`
  if (spots.length === 0)
    return `${open}<text x="40" y="60">${escape(`${frontier.network.name} fits no number of ${frontier.machine.name} tried`)}</text></svg>`
  const across = rangeOf(spots.map((spot) => spot.x))
  const up = rangeOf(spots.map((spot) => spot.y))
  const right = size.width - size.right
  const bottom = size.height - size.bottom
  const px = (x: number) =>
    size.left + ((x - across.low) / (across.high - across.low)) * (right - size.left)
  const py = (y: number) => size.top + ((up.high - y) / (up.high - up.low)) * (bottom - size.top)
  const parts = [open, `<text x="${size.left}" y="26" font-size="17">${escape(title)}</text>`]
  for (let x = Math.ceil(across.low); x <= across.high; x++)
    parts.push(
      `<line x1="${px(x)}" x2="${px(x)}" y1="${size.top}" y2="${bottom}" stroke="#e4e4e4"/><text x="${px(x)}" y="${bottom + 20}" text-anchor="middle">${count(10 ** x)}</text>`,
    )
  for (const [seconds, words] of knownTimes) {
    const y = Math.log10(seconds)
    if (y < up.low || y > up.high) continue
    parts.push(
      `<line x1="${size.left}" x2="${right}" y1="${py(y)}" y2="${py(y)}" stroke="#e4e4e4"/><text x="${size.left - 8}" y="${py(y) + 4}" text-anchor="end">${words}</text>`,
    )
  }
  const first = spots[0]!
  const reach = Math.min(across.high, first.x + (first.y - up.low))
  parts.push(
    `<line x1="${px(first.x)}" y1="${py(first.y)}" x2="${px(reach)}" y2="${py(first.y - (reach - first.x))}" stroke="#888888" stroke-dasharray="5 5"/>`,
    `<polyline fill="none" stroke="#333333" stroke-width="1.5" points="${spots.map(({ x, y }) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(" ")}"/>`,
  )
  for (const { x, y, point } of spots) {
    const { wallSeconds, dollars } = point.found!.cost
    const price = Number.isNaN(dollars) ? "" : `, ${money(dollars)}`
    const about = `${count(point.devices)} devices: ${duration(wallSeconds)}${price}; ${point.regime}`
    parts.push(
      `<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="5" fill="${colours[point.regime]}"><title>${escape(about)}</title></circle>`,
    )
  }
  const used = [...new Set(spots.map((spot) => spot.point.regime))]
  let legend = size.height - 30
  let x = size.left
  for (const regime of used) {
    const wide = regime.length * CHARACTER_WIDTH + 34
    if (x + wide > right) {
      x = size.left
      legend += 20
    }
    parts.push(
      `<circle cx="${x}" cy="${legend - 4}" r="5" fill="${colours[regime]}"/><text x="${x + 10}" y="${legend}">${escape(regime)}</text>`,
    )
    x += wide
  }
  parts.push(
    `<text x="${size.left}" y="${bottom + 40}">devices; dashed: a perfect trade</text>`,
    `<text x="${right}" y="${bottom + 40}" text-anchor="end">${escape(exponentLine(frontier))}</text></svg>`,
  )
  return parts.join("\n")
}

/** The picture with its table as a page that opens anywhere, without a network. */
export function plotHtml(frontier: Frontier): string {
  const title = `${frontier.network.name} on ${frontier.machine.name}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<style>body{font-family:system-ui,sans-serif;margin:2rem auto;max-width:960px;padding:0 1rem}pre{overflow-x:auto}</style></head>
<body><h1>${escape(title)}</h1>
${plotSvg(frontier)}
<pre>${escape(frontierTable(frontier))}</pre>
</body></html>
`
}
