/** Tiles of convolutions whose groups lie in lanes. */

export interface SlideShape {
  readonly rows: number
  readonly lanes: number
  /** Taps along a line. */
  readonly taps: number
  /** Channels of each group; as many features are its lanes. */
  readonly channels: number
  /** Elements from the vector of one row to that of the next, of one tap to that of the next. */
  readonly rowStride: number
  readonly tapStride: number
  readonly sumStride: number
}

/**
 * The function (runs of taps, anything, vectors of channels, elements from one run to the next, columns'
 * panel, sums, whether they begin) that adds up the taps of some rows. Of each place's vector it gives the
 * lanes of a group one of the group's channels, and multiplies that by the taps of all rows that meet it.
 */
export function slideFunction(name: string, shape: SlideShape): string {
  const { rows, lanes, taps, channels, rowStride, tapStride, sumStride } = shape
  const type = `f32x${lanes}`
  const all = (text: (row: number) => string): string =>
    Array.from({ length: rows }, (_, row) => text(row)).join(" ")
  /** What each place multiplies, in the order in which they stand in memory. */
  const met = new Map<number, string[]>()
  for (let row = 0; row < rows; row++) {
    for (let tap = 0; tap < taps; tap++) {
      const place = row * rowStride + tap * tapStride
      const product = `s${row} = madd_${type}(l, r${tap}, s${row});`
      met.set(place, [...(met.get(place) ?? []), product])
    }
  }
  const places = [...met].sort(([a], [b]) => a - b)
  const steps = Array.from({ length: channels }, (_, channel) => {
    const right = Array.from(
      { length: taps },
      (_, tap) =>
        `const ${type} r${tap} = load_${type}(b + ${(tap * channels + channel) * lanes});`,
    )
    const order = Array.from(
      { length: lanes },
      (_, lane) => lane - (lane % channels) + channel,
    ).join(", ")
    const products = places.map(([place, each]) => {
      const vector = `load_${type}(a + ${place})`
      return `{ const ${type} x = ${vector}, l = SHUFFLE(x, x, ${order}); ${each.join(" ")} }`
    })
    return `{ ${right.join(" ")}\n${products.join("\n")} }`
  })
  return `CALLED void ${name}(i64 runs, i64 steps, const f32 *a, i64 jump, const f32 *b, f32 *sums, int begins) {
  ${type} ${all((row) => `s${row}${row < rows - 1 ? "," : ""}`)};
  if (begins) { ${all((row) => `s${row} = (${type}){0};`)} }
  else { ${all((row) => `s${row} = load_${type}(sums + ${row * sumStride});`)} }
  for (; runs > 0; runs--, a += jump, b += ${taps * channels * lanes}) {
    ${steps.join("\n    ")}
  }
  ${all((row) => `store_${type}(sums + ${row * sumStride}, s${row});`)}
}`
}
