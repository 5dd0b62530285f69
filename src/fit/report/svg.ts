/** Plots as SVG text: lines, points and bars, with axes that people can read. */

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** Number of the colour, and whether it is dashed. */
  readonly colour?: number
  readonly dashed?: boolean
  /** Points alone, without a line between them. */
  readonly dots?: boolean
}

export interface Axes {
  readonly x: string
  readonly y: string
  /** Ends of the axes; by the points unless given. */
  readonly xRange?: readonly [number, number]
  readonly yRange?: readonly [number, number]
  readonly title: string
}

const width = 520
const height = 300
const margin = { left: 64, right: 16, top: 14, bottom: 44 }

/** Text that may stand in HTML and SVG. */
export function escaped(text: string): string {
  const marks: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  }
  return text.replace(/[&<>"]/g, (mark) => marks[mark])
}

/** A number as short as it can be said. */
export function short(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3))
    return value.toExponential(1)
  return String(Number(value.toPrecision(3)))
}

/** Round numbers between two ends. */
export function ticks(low: number, high: number, wanted = 5): number[] {
  const rough = (high - low) / wanted
  if (!(rough > 0)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((unit) => unit * power).find((each) => each >= rough) ?? rough
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
}

/** Lines or points over two axes. */
export function plot(lines: readonly Line[], axes: Axes): string {
  const all = lines.flatMap(({ points }) => points).filter((point) => point.every(Number.isFinite))
  if (all.length === 0) return ""
  const x = scale(
    all.map(([value]) => value),
    axes.xRange,
    margin.left,
    width - margin.right,
  )
  const y = scale(
    all.map(([, value]) => value),
    axes.yRange,
    height - margin.bottom,
    margin.top,
  )
  const drawn = lines.map(({ points, colour = 0, dashed = false, dots = false }) => {
    const kept = points.filter((point) => point.every(Number.isFinite))
    if (dots) {
      return kept
        .map(([a, b]) => `<circle class="d${colour}" cx="${x.at(a)}" cy="${y.at(b)}" r="2.2"/>`)
        .join("")
    }
    const path = kept.map(([a, b], i) => `${i === 0 ? "M" : "L"}${x.at(a)} ${y.at(b)}`).join("")
    return `<path class="l${colour}${dashed ? " dashed" : ""}" d="${path}"/>`
  })
  const names = lines.filter(({ name }) => name !== "")
  const legend = names.map(({ name, colour = 0 }, i) => {
    const top = margin.top + 6 + 18 * i
    const left = width - margin.right - 150
    return (
      `<rect class="k${colour}" x="${left}" y="${top}" width="12" height="4"/>` +
      `<text x="${left + 18}" y="${top + 6}">${escaped(name)}</text>`
    )
  })
  return frame(axes, [...grid(x, y), ...drawn, ...legend, ...labels(axes)])
}

interface Scale {
  readonly ends: readonly [number, number]
  at(value: number): string
}

function scale(
  values: readonly number[],
  range: readonly [number, number] | undefined,
  from: number,
  to: number,
): Scale {
  let low = range?.[0] ?? values.reduce((a, b) => Math.min(a, b))
  let high = range?.[1] ?? values.reduce((a, b) => Math.max(a, b))
  if (low === high) [low, high] = [low - 1, high + 1]
  const at = (value: number): string =>
    (from + ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (to - from)).toFixed(1)
  return { ends: [low, high], at }
}

function grid(x: Scale, y: Scale): string[] {
  const bottom = height - margin.bottom
  return [
    ...ticks(...y.ends).map(
      (tick) =>
        `<path class="grid" d="M${margin.left} ${y.at(tick)}H${width - margin.right}"/>` +
        `<text class="tick" text-anchor="end" x="${margin.left - 6}" y="${Number(y.at(tick)) + 4}">${short(tick)}</text>`,
    ),
    ...ticks(...x.ends).map(
      (tick) =>
        `<path class="grid" d="M${x.at(tick)} ${bottom}v5"/>` +
        `<text class="tick" text-anchor="middle" x="${x.at(tick)}" y="${bottom + 18}">${short(tick)}</text>`,
    ),
  ]
}

function labels({ x, y }: Axes): string[] {
  const middle = (margin.top + height - margin.bottom) / 2
  return [
    `<text class="axis" text-anchor="middle" x="${(margin.left + width - margin.right) / 2}" y="${height - 8}">${escaped(x)}</text>`,
    `<text class="axis" text-anchor="middle" transform="translate(14 ${middle}) rotate(-90)">${escaped(y)}</text>`,
  ]
}

function frame({ title }: Axes, parts: readonly string[]): string {
  return (
    `<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">` +
    `${parts.join("")}</svg><figcaption>${escaped(title)}</figcaption></figure>`
  )
}

/** Horizontal bars with their names and values. */
export function bars(
  rows: readonly { readonly name: string; readonly value: number; readonly text: string }[],
  title: string,
): string {
  const row = 26
  const whole = row * rows.length + 8
  const left = 190
  const most = Math.max(...rows.map(({ value }) => value), 1e-12)
  const drawn = rows.map(({ name, value, text }, i) => {
    const long = Math.max(0, (value / most) * (width - left - 90))
    const y = 4 + row * i
    return (
      `<text text-anchor="end" x="${left - 8}" y="${y + 16}">${escaped(name.slice(0, 28))}</text>` +
      `<rect class="k0" x="${left}" y="${y + 4}" width="${long.toFixed(1)}" height="${row - 10}"/>` +
      `<text class="tick" x="${left + long + 6}" y="${y + 16}">${escaped(text)}</text>`
    )
  })
  return (
    `<figure><svg viewBox="0 0 ${width} ${whole}" role="img" aria-label="${escaped(title)}">` +
    `${drawn.join("")}</svg><figcaption>${escaped(title)}</figcaption></figure>`
  )
}
