/**
 * A picture of what is possible: space across, time up, both logarithmic. Each law forbids an area,
 * and where several do, the one that decides first has it.
 */

type Spot = readonly [space: number, seconds: number]

/** A law, as the least time at each amount of space, or as the space below which nothing is. */
export interface Forbidden {
  readonly name: string
  readonly colour: string
  /** From left to right; what lies below it is forbidden. */
  readonly floor?: readonly Spot[]
  /** Where it has none, the amounts of space that are forbidden at any time. */
  readonly from?: number
  readonly to?: number
  /** Where its name stands. */
  readonly at: Spot
}

export interface Point {
  readonly at: Spot
  readonly about: string
  /** What stands beside it, and how far from it in pixels. */
  readonly label?: string
  readonly shift?: readonly [right: number, down: number]
}

export interface LawsPicture {
  readonly title: string
  readonly space: {
    readonly name: string
    readonly low: number
    readonly high: number
    readonly ticks: readonly (readonly [value: number, words: string])[]
  }
  readonly time: {
    readonly low: number
    readonly high: number
    readonly ticks: readonly (readonly [seconds: number, words: string])[]
  }
  /** In the order in which they decide. */
  readonly laws: readonly Forbidden[]
  /** Laws that lie wholly inside of what others forbid: lines with their names. */
  readonly hidden: readonly Forbidden[]
  readonly points: readonly Point[]
  readonly notes: readonly string[]
}

const [width, height] = [860, 560]
const edge = { left: 84, right: 24, top: 48, bottom: 44 }

export function lawsSvg(picture: LawsPicture): string {
  const { title, space, time, laws, hidden, points, notes } = picture
  const right = width - edge.right
  const bottom = height - edge.bottom - 20 * notes.length
  const x = (value: number): number =>
    round(edge.left + ((right - edge.left) * log(value, space.low)) / log(space.high, space.low))
  const y = (value: number): number =>
    round(bottom - ((bottom - edge.top) * log(value, time.low)) / log(time.high, time.low))
  const line = (spots: readonly Spot[]): string =>
    spots.map(([across, up]) => `${x(across)},${y(up)}`).join(" ")
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" ` +
      `font-family="system-ui, sans-serif" font-size="13" fill="#222"><title>${escaped(title)}</title>` +
      `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${edge.left}" y="26" font-size="16">${escaped(title)}</text>`,
    `<clipPath id="plot"><rect x="${edge.left}" y="${edge.top}" width="${right - edge.left}" height="${round(bottom - edge.top)}"/></clipPath>`,
    `<g clip-path="url(#plot)">`,
  ]
  // White below each, so that of two areas the one that decides first is seen alone.
  for (const { colour, floor, from, to } of [...laws].reverse()) {
    const corners =
      floor !== undefined
        ? `${line(floor)} ${x(floor.at(-1)?.[0] ?? space.high)},${bottom} ${x(floor[0]?.[0] ?? space.low)},${bottom}`
        : boxOf(from === undefined ? edge.left : x(from), to === undefined ? right : x(to))
    parts.push(
      `<polygon points="${corners}" fill="#fff"/>`,
      `<polygon points="${corners}" fill="${colour}" fill-opacity="0.28" stroke="${colour}" stroke-width="1.5"/>`,
    )
  }
  parts.push("</g>")
  for (const [value, words] of space.ticks) {
    parts.push(
      `<path d="M${x(value)} ${edge.top}V${bottom}" stroke="#222" stroke-opacity="0.1"/>`,
      `<text x="${x(value)}" y="${bottom + 18}" text-anchor="middle">${escaped(words)}</text>`,
    )
  }
  for (const [value, words] of time.ticks) {
    parts.push(
      `<path d="M${edge.left} ${y(value)}H${right}" stroke="#222" stroke-opacity="0.1"/>`,
      `<text x="${edge.left - 8}" y="${y(value) + 4}" text-anchor="end">${escaped(words)}</text>`,
    )
  }
  for (const { floor, colour } of hidden) {
    parts.push(
      `<polyline clip-path="url(#plot)" points="${line(floor ?? [])}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-dasharray="6 4"/>`,
    )
  }
  for (const { name, at } of [...laws, ...hidden]) {
    parts.push(`<text x="${x(at[0])}" y="${y(at[1])}">${escaped(name)}</text>`)
  }
  parts.push(
    `<polyline points="${line(points.map(({ at }) => at))}" fill="none" stroke="#222" stroke-width="1.5"/>`,
  )
  for (const { at, about, label, shift = [8, -8] } of points) {
    parts.push(
      `<circle cx="${x(at[0])}" cy="${y(at[1])}" r="4.5"><title>${escaped(about)}</title></circle>`,
    )
    if (label !== undefined) {
      parts.push(
        `<text x="${x(at[0]) + shift[0]}" y="${y(at[1]) + shift[1]}" font-weight="600">${escaped(label)}</text>`,
      )
    }
  }
  parts.push(
    `<text x="${right}" y="${bottom + 36}" text-anchor="end">${escaped(space.name)}</text>`,
    ...notes.map(
      (note, i) => `<text x="${edge.left}" y="${bottom + 56 + 20 * i}">${escaped(note)}</text>`,
    ),
    "</svg>\n",
  )
  return parts.join("\n")

  function boxOf(from: number, to: number): string {
    return `${from},${edge.top} ${to},${edge.top} ${to},${bottom} ${from},${bottom}`
  }
}

/** A number to two digits, with its power of ten written as one: 1.3·10⁷. */
export function powered(value: number): string {
  const [digits = "", power = ""] = value.toExponential(1).split("e")
  const raised = [...power.replace("+", "")].map((sign) => superscripts[sign] ?? "")
  return `${digits}·10${raised.join("")}`
}

const superscripts: Readonly<Record<string, string>> = {
  "-": "⁻",
  ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((raised, digit) => [digit, raised])),
}

function log(value: number, low: number): number {
  return Math.log(value / low)
}

function round(value: number): number {
  return Math.round(10 * value) / 10
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}
