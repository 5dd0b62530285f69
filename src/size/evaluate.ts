/** The value of an expression. */

import type { Atom, Bindings, Size } from "./polynomial.ts"

/**
 * The value of a size with every symbol bound.
 * @throws RangeError naming a symbol that has no value, or one that is no whole number.
 */
export function evaluate(size: Size, bindings: Bindings): number {
  if (typeof size === "number") return size
  return size.terms.reduce(
    (sum, t) => sum + t.atoms.reduce((p, a) => p * evaluateAtom(a, bindings), t.coefficient),
    0,
  )
}

/** ⌈log₂ n⌉ of a number, 0 for n ≤ 1; exact where `Math.log2` rounds. */
export function ceilLog2Of(n: number): number {
  if (n <= 1) return 0
  const guess = Math.ceil(Math.log2(n))
  if (2 ** (guess - 1) >= n) return guess - 1
  return 2 ** guess >= n ? guess : guess + 1
}

function evaluateAtom(atom: Atom, bindings: Bindings): number {
  if (atom.kind === "symbol") {
    const value = bindings[atom.name]
    if (value === undefined) {
      throw new RangeError(`size ${atom.name} has no value: bind it, as in { ${atom.name}: 1024 }`)
    }
    if (!Number.isInteger(value) || value < 0) {
      throw new RangeError(`size ${atom.name} is ${value}: sizes are whole numbers of at least 0`)
    }
    return value
  }
  const values = atom.operands.map((s) => evaluate(s, bindings))
  switch (atom.kind) {
    case "floorDivide":
      return Math.floor(values[0] / values[1])
    case "remainder":
      return values[0] - values[1] * Math.floor(values[0] / values[1])
    case "ceilLog2":
      return ceilLog2Of(values[0])
    case "maximum":
      return Math.max(...values)
    case "minimum":
      return Math.min(...values)
  }
}
