/** Register tiles: sums of products of a panel of rows and a panel of columns. */

import { type Element, elementBytes } from "./panels.ts"
import { loopInParts, parametersOfRows, type ResultRows, suffixOfRows } from "./result-lines.ts"
import { type SlideShape, slideFunction } from "./slide.ts"
import { tileUnitFunction, tileUnitPrelude } from "./tile-unit.ts"

export interface TileShape {
  readonly element: Element
  readonly rows: number
  /** Vectors of a row. */
  readonly vectors: number
  readonly lanes: number
  /** Elements between the rows of the left operand. */
  readonly rowStride: number
  /** Elements between its steps. */
  readonly stepStride: number
  /** Elements between the steps of the columns. */
  readonly columnStride: number
  /** Elements between the rows of the sums. */
  readonly sumStride: number
  /**
   * Where the last vector starts, if it overlaps the one before it, which has the same sums there; before
   * 0, that is of another tile, and its sums are left alone.
   */
  readonly lastAt?: number | undefined
  /** How many lanes of the last vector's sums are stored, if not all. */
  readonly stored?: number | undefined
  /** Whether it asks for a line of cache with each step, of a panel that is used later. */
  readonly asks?: boolean
  /** What its epilogue reads and writes, whose lines of cache it asks for. */
  readonly results?: readonly ResultRows[]
}

/** Elements of a line of cache. */
export function elementsOfLine(element: Element): number {
  return 64 / elementBytes[element]
}

/** The tile functions that a program calls, each written once. */
export class Tiles {
  readonly #written = new Map<string, string>()
  readonly #suffix: string

  /** @param suffix what tells them apart from other programs' in a library */
  constructor(suffix: string) {
    this.#suffix = suffix
  }

  /**
   * The C name of a tile's function (runs, steps of each, left operand, elements from the end of a run
   * to the next, columns' panel, sums, whether they begin, what it asks for of results, and from what
   * place on of panels).
   */
  nameOf(shape: TileShape): string {
    const { element, rows, vectors, lanes, rowStride, stepStride, asks = false } = shape
    const { columnStride, sumStride, lastAt, stored, results = [] } = shape
    const kind = asks ? "asking_tile" : "tile"
    const size = `${rows}x${vectors * lanes}`
    const strides = `${rowStride}_${stepStride}_${columnStride}_${sumStride}`
    const last = `${lastAt === undefined ? "" : `_at${lastAt}`.replace("-", "m")}${stored === undefined ? "" : `_of${stored}`}`
    const name = `${kind}_${size}_${strides}${last}${suffixOfRows(results)}_${element}x${lanes}${this.#suffix}`
    if (!this.#written.has(name)) this.#written.set(name, tileFunction(name, shape))
    return name
  }

  /** The name of the function of {@link slideFunction}, which is called as a tile's is. */
  nameOfSlide(shape: SlideShape): string {
    const { rows, taps, channels, rowStride, tapStride, sumStride, lanes } = shape
    const size = `${rows}x${lanes}_${taps}x${channels}`
    const name = `slide_${size}_${rowStride}_${tapStride}_${sumStride}${this.#suffix}`
    if (!this.#written.has(name)) this.#written.set(name, slideFunction(name, shape))
    return name
  }

  /** The name of the function that multiplies panels of bfloat16. */
  nameOfPairs(): string {
    this.#written.set(tileUnitFunction, tileUnitPrelude)
    return tileUnitFunction
  }

  get texts(): Iterable<string> {
    return this.#written.values()
  }
}

/** As C: what lanes of the last vector's sums are stored; undefined where all are. */
function ownLanes({ lastAt = 0, stored }: TileShape): string | undefined {
  if (lastAt < 0) return `>= ${-lastAt}`
  return stored === undefined ? undefined : `< ${stored}`
}

function tileFunction(name: string, shape: TileShape): string {
  const { element, rows, vectors, lanes, rowStride, stepStride, asks = false } = shape
  const { columnStride, sumStride, lastAt, results = [] } = shape
  const type = `${element}x${lanes}`
  const sums: string[] = []
  for (let r = 0; r < rows; r++) for (let v = 0; v < vectors; v++) sums.push(`s${r}_${v}`)
  const placeOf = (v: number): number =>
    v === vectors - 1 && lastAt !== undefined ? lastAt : v * lanes
  const at = (r: number, v: number): number => r * sumStride + placeOf(v)
  const each = (text: (r: number, v: number) => string): string =>
    Array.from({ length: rows * vectors }, (_, i) =>
      text(Math.floor(i / vectors), i % vectors),
    ).join(" ")
  const right = Array.from(
    { length: vectors },
    (_, v) => `const ${type} r${v} = load_${type}(b + ${placeOf(v)});`,
  ).join(" ")
  const own = ownLanes(shape)
  const step = Array.from({ length: rows }, (_, r) => {
    const products = Array.from(
      { length: vectors },
      (_, v) => `s${r}_${v} = madd_${type}(l, r${v}, s${r}_${v});`,
    )
    return `{ const ${type} l = splat_${type}(a[${r * rowStride}]); ${products.join(" ")} }`
  })
  const loop = (
    steps: string,
  ): string => `for (i64 left = ${steps}; left > 0; left--, a += ${stepStride}, b += ${columnStride}) {
    ${asks ? `__builtin_prefetch(next, 0, 2); next += ${elementsOfLine(element)};` : ""}
    ${right}
    ${step.join("\n    ")}
  }`
  const parameters = `${parametersOfRows(results)}${asks ? `, const ${element} *next` : ""}`
  return `CALLED void ${name}(i64 runs, i64 steps, const ${element} *a, i64 jump, const ${element} *b, ${element} *sums, int begins${parameters}) {
  ${type} ${sums.join(", ")};
  if (begins) { ${each((r, v) => `s${r}_${v} = (${type}){0};`)} }
  else { ${each((r, v) => `s${r}_${v} = load_${type}(sums + ${at(r, v)});`)} }
  for (; runs > 0; runs--, a += jump) ${loopInParts(results, { rows, columns: vectors * lanes }, loop)}
  ${own === undefined ? "" : `const i32x${lanes} own = (i32x${lanes})(iota_x${lanes}() ${own});`}
  ${each((r, v) =>
    v === vectors - 1 && own !== undefined
      ? `storem_${type}(sums + ${at(r, v)}, s${r}_${v}, own);`
      : `store_${type}(sums + ${at(r, v)}, s${r}_${v});`,
  )}
}`
}

/**
 * The function that turns a square of vectors: `most` of the columns of its lanes, from rows `from`
 * elements apart to rows `to` elements apart. Pairs of rows are mixed by halves, quarters and so on.
 */
export function turnPrelude(element: Element, lanes: number): string {
  const type = `${element}x${lanes}`
  const lines: string[] = []
  let names = Array.from({ length: lanes }, (_, i) => `a${i}`)
  for (const [i, name] of names.entries()) {
    lines.push(`${type} ${name} = load_${type}(x + ${i} * from);`)
  }
  for (let distance = lanes / 2, round = 0; distance >= 1; distance /= 2, round++) {
    const next = [...names]
    for (let i = 0; i < lanes; i++) {
      if ((i & distance) !== 0) continue
      const [a, b] = [names[i], names[i + distance]]
      // Lanes whose bit is set change places between the two rows.
      const pick = (high: boolean): string =>
        Array.from({ length: lanes }, (_, lane) => {
          const set = (lane & distance) !== 0
          if (high) return set ? lanes + lane : lane + distance
          return set ? lanes + lane - distance : lane
        }).join(", ")
      const [low, up] = [`b${round}_${i}`, `b${round}_${i + distance}`]
      lines.push(`${type} ${low} = SHUFFLE(${a}, ${b}, ${pick(false)});`)
      lines.push(`${type} ${up} = SHUFFLE(${a}, ${b}, ${pick(true)});`)
      next[i] = low
      next[i + distance] = up
    }
    names = next
  }
  for (const [i, name] of names.entries()) {
    lines.push(`if (most > ${i}) store_${type}(y + ${i} * to, ${name});`)
  }
  return `CALLED void turn_${type}(const ${element} *x, i64 from, ${element} *y, i64 to, int most) {
  ${lines.join("\n  ")}
}`
}
