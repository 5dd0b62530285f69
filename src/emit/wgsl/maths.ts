/**
 * Single precision mathematics in WGSL: what the language leaves open (NaN, integer division, wide
 * shifts, saturating casts) or computes too roughly (every function beyond +, −, ·, / and √).
 *
 * Errors are a few ulp of float32, the values at infinities and NaN are C's. A function's name
 * begins with `maths_`; {@link mathsFor} finds those that a text uses.
 */

import { anglesText } from "./maths-angles.ts"
import { exponentialsText } from "./maths-exponentials.ts"
import { hyperbolicsText } from "./maths-hyperbolics.ts"
import { integersText } from "./maths-integers.ts"
import { numbersText } from "./maths-numbers.ts"
import { powersText } from "./maths-powers.ts"

/** Declarations by name, each with the text that it takes. */
const library: ReadonlyMap<string, string> = new Map(
  [numbersText, integersText, exponentialsText, powersText, hyperbolicsText, anglesText].flatMap(
    (text) =>
      text
        .trim()
        .split(/\n(?=fn |const |var)/)
        .map((declaration) => [nameOf(declaration), declaration.trim()] as const),
  ),
)

function nameOf(declaration: string): string {
  const [name] = /maths_\w+/.exec(declaration) ?? []
  if (name === undefined) throw new Error(`a declaration without a name: ${declaration}`)
  return name
}

/** The declarations that a text uses, and that those use, in the library's order. */
export function mathsFor(text: string): string {
  const used = new Set<string>()
  const visit = (source: string): void => {
    for (const [name] of source.matchAll(/maths_\w+/g)) {
      if (used.has(name)) continue
      used.add(name)
      const declaration = library.get(name)
      if (declaration === undefined) throw new Error(`there is no ${name}`)
      visit(declaration)
    }
  }
  visit(text)
  return [...library].flatMap(([name, text]) => (used.has(name) ? [text] : [])).join("\n")
}
