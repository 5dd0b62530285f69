/** Specs of arrays as people write them: `f32[N]`, `i32[2*B, 3]`, `bool[]`. */

import { type DType, dtypeNames, dtypes } from "./dtype.ts"
import { add, multiply, type Size, subtract, symbol } from "./polynomial.ts"
import type { Shape } from "./shape.ts"

/** What is said of an array before it exists. */
export interface Spec {
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * Reads specs, separated by commas: a dtype (`f32`, `i8`, `bool`, … or its long name), then
 * the sizes in brackets, each of whole numbers, names, `+`, `-`, `*` and parentheses.
 * @throws SyntaxError in one sentence that points at the character.
 */
export function parseSpecs(text: string): readonly Spec[] {
  const reader = new Reader(text)
  if (reader.atEnd()) return []
  const specs = [readSpec(reader)]
  while (reader.take(",")) specs.push(readSpec(reader))
  if (!reader.atEnd()) reader.fail("expected a comma or the end")
  return specs
}

/** Reads one spec. @throws SyntaxError as {@link parseSpecs} does. */
export function parseSpec(text: string): Spec {
  const reader = new Reader(text)
  const spec = readSpec(reader)
  if (!reader.atEnd()) reader.fail("expected the end")
  return spec
}

/** Reads one size, such as `2*B + 1`. @throws SyntaxError as {@link parseSpecs} does. */
export function parseSize(text: string): Size {
  const reader = new Reader(text)
  const size = readSize(reader)
  if (!reader.atEnd()) reader.fail("expected the end")
  return size
}

/** Words and signs of a text, with the place of the next one. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#skip()
  }

  /** Takes the next word or number, if it has this form. */
  match(form: RegExp): string | undefined {
    const found = form.exec(this.#text.slice(this.#at))?.[0]
    if (found === undefined) return undefined
    this.#at += found.length
    this.#skip()
    return found
  }

  take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false
    this.#at += sign.length
    this.#skip()
    return true
  }

  atEnd(): boolean {
    return this.#at === this.#text.length
  }

  place(): number {
    return this.#at
  }

  fail(expected: string, at = this.#at): never {
    const found = at < this.#text.length ? `"${this.#text.slice(at, at + 12)}"` : "the end"
    throw new SyntaxError(`"${this.#text}": ${expected} at character ${at + 1}, found ${found}`)
  }

  #skip(): void {
    while (this.#text[this.#at] === " ") this.#at++
  }
}

const dtypesByName = new Map(
  dtypeNames.flatMap(
    (d) =>
      [
        [d, d],
        [dtypes[d].short, d],
      ] as const,
  ),
)

const shortNames = dtypeNames.map((d) => dtypes[d].short).join(", ")

function readSpec(reader: Reader): Spec {
  const start = reader.place()
  const name = reader.match(/^[A-Za-z]\w*/)
  const dtype = name === undefined ? undefined : dtypesByName.get(name)
  if (dtype === undefined) reader.fail(`expected a dtype (${shortNames})`, start)
  if (!reader.take("[")) reader.fail("expected [ and the sizes of the array")
  const shape: Size[] = []
  if (reader.take("]")) return { dtype, shape }
  do shape.push(readSize(reader))
  while (reader.take(","))
  if (!reader.take("]")) reader.fail("expected , or ]")
  return { dtype, shape }
}

function readSize(reader: Reader): Size {
  const start = reader.place()
  const size = readSum(reader)
  if (typeof size === "number" && size < 0) reader.fail("expected a size of at least 0", start)
  return size
}

function readSum(reader: Reader): Size {
  let sum = readProduct(reader)
  for (;;) {
    if (reader.take("+")) sum = add(sum, readProduct(reader))
    else if (reader.take("-") || reader.take("−")) sum = subtract(sum, readProduct(reader))
    else return sum
  }
}

function readProduct(reader: Reader): Size {
  let product = readFactor(reader)
  while (reader.take("*")) product = multiply(product, readFactor(reader))
  return product
}

function readFactor(reader: Reader): Size {
  const start = reader.place()
  if (reader.take("(")) {
    const size = readSum(reader)
    if (!reader.take(")")) reader.fail("expected )")
    return size
  }
  const name = reader.match(/^[A-Za-z_]\w*/)
  if (name !== undefined) return symbol(name)
  const digits = reader.match(/^[0-9]+(\.[0-9]*)?(e[0-9]+)?/)
  const value = Number(digits ?? Number.NaN)
  if (!Number.isSafeInteger(value)) reader.fail("expected a whole number or a name", start)
  return value
}
