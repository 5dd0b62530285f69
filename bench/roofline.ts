/** The roofline plot (Williams, Waterman, Patterson 2009): each case under the machine's two limits. */

import type { CaseResult } from "./measure.ts"

interface Point {
  readonly contestant: string
  readonly label: string
  /** Operations per byte that must move. */
  readonly intensity: number
  /** Operations per second. */
  readonly rate: number
}

const [width, height] = [960, 600]
const edge = { left: 70, right: 190, top: 40, bottom: 60 }
const colours = ["#1b6ca8", "#d1495b", "#edae49", "#3d9970", "#7a5195", "#888888", "#444444"]
const font = 'font-family="system-ui, sans-serif"'

/**
 * An SVG of all cases with known operations and bytes: how many operations per byte across, how
 * many per second upwards, both by powers of ten.
 * @throws RangeError when no case has a place on it
 */
export function rooflineSvg(results: readonly CaseResult[], title: string): string {
  const points = results.flatMap(pointsOf)
  const peak = bestOf(results, "arithmetic")
  const bandwidth = bestOf(results, "bandwidth")
  if (points.length === 0 || peak === undefined || bandwidth === undefined) {
    throw new RangeError("a roofline needs cases limited by arithmetic and cases by bandwidth")
  }
  const across = scale(
    points.map(({ intensity }) => intensity),
    edge.left,
    width - edge.right,
  )
  const rates = [...points.map(({ rate }) => rate), peak]
  const up = scale(rates, height - edge.bottom, edge.top)
  const names = [...new Set(points.map(({ contestant }) => contestant))]
  const colour = (name: string) => colours[names.indexOf(name) % colours.length]!
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${font} font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${edge.left}" y="22" font-size="14">${escape(title)}</text>`,
    ...axisLines(across, up),
    ...roof(across, up, peak, bandwidth),
    ...points.map(({ contestant, label, intensity, rate }) => {
      const place = `cx="${fixed(across.at(intensity))}" cy="${fixed(up.at(rate))}"`
      const tip = `${contestant}, ${label}: ${(rate / 1e9).toFixed(1)} GFLOP/s`
      const ours = contestant === names[0]
      return `<circle ${place} r="${ours ? 5 : 3.5}" fill="${colour(contestant)}"${ours ? "" : ' fill-opacity="0.6"'}><title>${escape(tip)}</title></circle>`
    }),
    ...names.map((name, i) => {
      const y = edge.top + 20 * i
      const x = width - edge.right + 20
      return `<circle cx="${x}" cy="${y}" r="5" fill="${colour(name)}"/><text x="${x + 12}" y="${y + 4}">${escape(name)}</text>`
    }),
    "</svg>\n",
  ].join("\n")
}

function pointsOf({ name, limit, outcomes }: CaseResult): readonly Point[] {
  if (limit.by === "overhead" || !limit.operations || !limit.bytes) return []
  const { operations, bytes } = limit
  return outcomes.flatMap((outcome) => {
    if ("failure" in outcome) return []
    const rate = (1000 * operations) / outcome.time.median
    return [{ contestant: outcome.contestant, label: name, intensity: operations / bytes, rate }]
  })
}

/** The greatest of a limit's medians: what the machine does when it is left alone. */
function bestOf(results: readonly CaseResult[], by: "arithmetic" | "bandwidth") {
  const rates = results.flatMap(({ limit, machine }) =>
    limit.by === by && machine !== undefined ? [machine.median] : [],
  )
  return rates.length === 0 ? undefined : Math.max(...rates)
}

interface Scale {
  readonly low: number
  readonly high: number
  at(value: number): number
}

/** Whole powers of ten around the values, from one pixel to another. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.ceil(Math.log10(Math.max(...values)))
  const at = (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from)
  return { low, high, at }
}

function powers({ low, high }: Scale): readonly number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => low + i)
}

function axisLines(across: Scale, up: Scale): readonly string[] {
  const [left, right, top, bottom] = [edge.left, width - edge.right, edge.top, height - edge.bottom]
  const vertical = powers(across).map((power) => {
    const x = fixed(across.at(10 ** power))
    return `<path d="M${x} ${top}V${bottom}" stroke="#ddd"/><text x="${x}" y="${bottom + 18}" text-anchor="middle">${String(10 ** power)}</text>`
  })
  const horizontal = powers(up).map((power) => {
    const y = fixed(up.at(10 ** power))
    return `<path d="M${left} ${y}H${right}" stroke="#ddd"/><text x="${left - 8}" y="${y}" dy="4" text-anchor="end">${String(10 ** (power - 9))}</text>`
  })
  return [
    ...vertical,
    ...horizontal,
    `<text x="${(left + right) / 2}" y="${height - 18}" text-anchor="middle">operations per byte</text>`,
    `<text transform="translate(18 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">GFLOP/s</text>`,
  ]
}

function roof(across: Scale, up: Scale, peak: number, bandwidth: number): readonly string[] {
  const [low, high] = [10 ** across.low, 10 ** across.high]
  // The slope enters where it is as high as the plot's floor.
  const start = Math.max(low, 10 ** up.low / bandwidth)
  const corner = Math.min(high, peak / bandwidth)
  const point = (x: number, y: number) => `${fixed(across.at(x))} ${fixed(up.at(y))}`
  const line = `M${point(start, start * bandwidth)}L${point(corner, Math.min(peak, corner * bandwidth))}L${point(high, peak)}`
  return [
    `<path d="${line}" fill="none" stroke="#222" stroke-width="2"/>`,
    `<text x="${fixed(across.at(high))}" y="${fixed(up.at(peak) - 8)}" text-anchor="end">${(peak / 1e9).toFixed(0)} GFLOP/s</text>`,
    `<text x="${fixed(across.at(start) + 8)}" y="${fixed(up.at(start * bandwidth) - 10)}">${(bandwidth / 1e9).toFixed(1)} GB/s</text>`,
  ]
}

function fixed(pixels: number): string {
  return pixels.toFixed(1)
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
}
