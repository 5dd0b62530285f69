/** What the commands write for people: words in colour where a terminal shows them, tables, a live line. */

import { styleText } from "node:util"

type Style = Parameters<typeof styleText>[0]

/** Text in a style, on terminals that have styles. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** A line of text on standard output. */
export function say(text = ""): void {
  process.stdout.write(`${text}\n`)
}

/** The one JSON document of a command, on standard output. */
export function sayJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
}

/** Rows in columns two spaces apart: the first one left-aligned, numbers in the others right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  const align = (cell: string, i: number): string =>
    i > 0 && /^[\d−-]/.test(cell) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])
  return rows.map((row) => `  ${row.map(align).join("  ").trimEnd()}`).join("\n")
}

/** Milliseconds between two plain lines where no terminal rewrites one. */
const plainInterval = 5000
/** Milliseconds between two states of a line on a terminal. */
const liveInterval = 100

/** A line that tells how something goes: rewritten in place on a terminal, else now and then. */
export class LiveLine {
  readonly #stream: NodeJS.WriteStream
  #last = Number.NEGATIVE_INFINITY
  #open = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show(text: string): void {
    const live = this.#stream.isTTY
    const now = performance.now()
    if (now - this.#last < (live ? liveInterval : plainInterval)) return
    this.#last = now
    if (!live) {
      this.#stream.write(`${text}\n`)
      return
    }
    // Terminals that do not know their width say 0.
    const width = this.#stream.columns || 80
    this.#stream.write(`\r\u001b[2K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`)
    this.#open = true
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#open) this.#stream.write("\r\u001b[2K")
    this.#open = false
  }

  /** Leaves the line as it is and begins a new one. */
  end(): void {
    if (this.#open) this.#stream.write("\n")
    this.#open = false
    this.#last = Number.NEGATIVE_INFINITY
  }
}

/** Tells on standard error, where that is a terminal, how far a device's calibration has come. */
export function calibrating(device: string): (done: number) => void {
  if (!process.stderr.isTTY) return () => {}
  const line = new LiveLine(process.stderr)
  return (done) => {
    line.show(`calibrating ${device}: ${Math.floor(100 * done)} %`)
    if (done === 1) line.end()
  }
}
