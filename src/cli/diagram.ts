/**
 * A run as a spacetime diagram: threads across, time down, kernels as blocks, idle space left white,
 * and the dependent chain that set the span drawn through it.
 */

import { chainOf, type Trace, type TraceEvent } from "../device/index.ts"
import { duration, share } from "./figures.ts"

/** The colours of Okabe and Ito (2008), which the colour-blind tell apart. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"]
const chainColour = "#1a1a1a"

const height = 620
const margin = { top: 64, right: 24, bottom: 24, left: 76 }
const legendWidth = 330
const mostLegend = 24

/** A stretch of one kernel on one thread, of one piece or of many. */
interface BlockOfTime {
  readonly thread: number
  readonly group: number
  readonly label: string
  readonly start: number
  end: number
  pieces: number
}

/** The diagram as a self-contained SVG document. */
export function drawDiagram(trace: Trace, name: string): string {
  const { threads, seconds, device } = trace
  const column = Math.max(26, Math.min(150, 640 / threads))
  const plotWidth = column * threads
  const width = margin.left + plotWidth + margin.right + legendWidth
  const y = (time: number): number => margin.top + (height * time) / seconds
  const x = (thread: number): number => margin.left + column * thread
  const gap = column > 60 ? 6 : 2
  const blocks = blocksOf(trace)
  const busy = blocks.reduce((sum, { start, end }) => sum + end - start, 0)
  const colourOf = colouring(blocks)
  const chain = chainOf(trace)
  const worked = chain.reduce((sum, { start, end }) => sum + end - start, 0)
  const rectangles = blocks.map((block) => {
    const tall = Math.max(0.4, y(block.end) - y(block.start))
    const title = `${block.label}: ${duration(block.end - block.start)}, ${block.pieces} pieces`
    return (
      `<rect x="${round(x(block.thread) + gap / 2)}" y="${round(y(block.start))}" ` +
      `width="${round(column - gap)}" height="${round(tall)}" fill="${colourOf(block.group)}">` +
      `<title>${escaped(title)}</title></rect>`
    )
  })
  const heads = Array.from({ length: threads }, (_, t) =>
    threads <= 32 || t % 8 === 0
      ? `<text x="${round(x(t) + column / 2)}" y="${margin.top - 8}" text-anchor="middle">${t}</text>`
      : "",
  )
  const ticks = ticksOf(seconds).map(
    (time) =>
      `<path d="M${margin.left - 5} ${round(y(time))}h${round(plotWidth + 5)}" stroke="#ddd"/>` +
      `<text x="${margin.left - 9}" y="${round(y(time) + 4)}" text-anchor="end">${tickLabel(time, seconds)}</text>`,
  )
  const legend = legendOf(blocks, busy, colourOf).map(
    ({ colour, text }, i) =>
      `<rect x="0" y="${20 * i}" width="12" height="12" fill="${colour}"/>` +
      `<text x="19" y="${20 * i + 10.5}">${escaped(text)}</text>`,
  )
  const used = busy / (threads * seconds)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" ` +
      `height="${margin.top + height + margin.bottom}" font-family="system-ui, sans-serif" ` +
      'font-size="12" fill="#222">' +
      `<title>${escaped(name)}: threads across, time down</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${margin.left}" y="20" font-size="15" font-weight="600">${escaped(name)}</text>`,
    `<text x="${margin.left}" y="38">${device}: ${duration(seconds)} on ${threads} ` +
      `thread${threads === 1 ? "" : "s"}, ${share(used)} of the space in use</text>`,
    ...ticks,
    ...rectangles,
    ...heads,
    chainPath(chain, x, y, column),
    `<g transform="translate(${round(margin.left + plotWidth + margin.right)} ${margin.top})">`,
    ...legend,
    `<path d="M0 ${20 * legend.length + 6}h12" stroke="${chainColour}" stroke-width="2"/>`,
    `<text x="19" y="${20 * legend.length + 10}">the chain that set the time: ` +
      `${duration(worked)} of work</text>`,
    "</g>",
    "</svg>",
    "",
  ].join("\n")
}

/** Pieces of one kernel that follow each other at once on one thread make one block. */
function blocksOf({ events, seconds }: Trace): readonly BlockOfTime[] {
  const blocks: BlockOfTime[] = []
  const last = new Map<number, BlockOfTime>()
  for (const { thread, group, label, start, end } of events) {
    if (group === undefined) continue
    const before = last.get(thread)
    if (before?.group === group && start - before.end < seconds / 500) {
      before.end = end
      before.pieces++
      continue
    }
    const block = { thread, group, label, start, end, pieces: 1 }
    blocks.push(block)
    last.set(thread, block)
  }
  return blocks
}

/** The kernels that took most get a colour each; the others are grey. */
function colouring(blocks: readonly BlockOfTime[]): (group: number) => string {
  const order = totalsOf(blocks).map(({ group }) => group)
  return (group) => colours[order.indexOf(group)] ?? "#999"
}

function totalsOf(blocks: readonly BlockOfTime[]) {
  const totals = new Map<number, { group: number; label: string; seconds: number }>()
  for (const { group, label, start, end } of blocks) {
    const known = totals.get(group)
    if (known === undefined) totals.set(group, { group, label, seconds: end - start })
    else known.seconds += end - start
  }
  return [...totals.values()].sort((a, b) => b.seconds - a.seconds)
}

function legendOf(
  blocks: readonly BlockOfTime[],
  busy: number,
  colourOf: (group: number) => string,
) {
  const totals = totalsOf(blocks)
  const shown = totals.slice(0, totals.length > mostLegend ? mostLegend - 1 : mostLegend)
  const lines = shown.map(({ group, label, seconds }) => ({
    colour: colourOf(group),
    text: `${share(seconds / busy)}  ${label.length > 40 ? `${label.slice(0, 39)}…` : label}`,
  }))
  const rest = totals.slice(shown.length).reduce((sum, { seconds }) => sum + seconds, 0)
  if (rest > 0) lines.push({ colour: "#999", text: `${share(rest / busy)}  all others` })
  return lines
}

/** A line down the middles of the chain's events, from thread to thread. */
function chainPath(
  chain: readonly TraceEvent[],
  x: (thread: number) => number,
  y: (time: number) => number,
  column: number,
): string {
  let path = ""
  for (const { thread, start, end } of chain) {
    const middle = round(x(thread) + column / 2)
    path += `${path === "" ? "M" : "L"}${middle} ${round(y(start))}L${middle} ${round(y(end))}`
  }
  return `<path d="${path}" fill="none" stroke="${chainColour}" stroke-width="2"/>`
}

/** Five to ten round times from 0 on. */
function ticksOf(seconds: number): readonly number[] {
  const rough = 10 ** Math.floor(Math.log10(seconds / 5))
  const step = [1, 2, 5, 10].map((factor) => factor * rough).find((each) => seconds / each <= 10)
  if (step === undefined) return [0]
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step)
}

/** A time in the unit that suits the whole. */
function tickLabel(time: number, whole: number): string {
  const [unit, name] = whole >= 1 ? [1, "s"] : whole >= 1e-3 ? [1e-3, "ms"] : [1e-6, "µs"]
  return `${Number((time / unit).toPrecision(6))} ${name}`
}

function round(number: number): number {
  return Math.round(100 * number) / 100
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
