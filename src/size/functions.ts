/** The functions of sizes that are no polynomials: quotients, logarithms, extremes. */

import { extreme, lowerBound } from "./bounds.ts"
import { ceilLog2Of } from "./evaluate.ts"
import {
  type Atom,
  add,
  atomic,
  collect,
  multiply,
  removeAtoms,
  type Size,
  sizesEqual,
  subtract,
  type Term,
  termsOf,
} from "./polynomial.ts"

/** ⌊a/b⌋ for b ≥ 1; exact polynomial division where it is possible. */
export function floorDivide(a: Size, b: Size): Size {
  if (b === 1) return a
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b)
  const { quotient, rest } = divideTerms(a, b)
  if (typeof rest === "number" && typeof b === "number") {
    return add(quotient, Math.floor(rest / b))
  }
  if (rest === 0) return quotient
  return add(quotient, lowestQuotient(rest, b))
}

/** ⌊a/b⌋ in lowest terms: ⌊2N/4⌋ is ⌊N/2⌋, and ⌊⌊N/2⌋/2⌋ is ⌊N/4⌋. */
function lowestQuotient(a: Size, b: Size): Size {
  if (typeof b !== "number") return atomic({ kind: "floorDivide", operands: [a, b] })
  const divisor = termsOf(a).reduce((g, { coefficient }) => greatestDivisor(g, coefficient), b)
  if (divisor > 1) return floorDivide(scaleDown(a, divisor), b / divisor)
  for (const term of termsOf(a)) {
    const inner = term.coefficient === 1 && term.atoms.length === 1 ? term.atoms[0] : undefined
    if (inner?.kind !== "floorDivide" || typeof inner.operands[1] !== "number") continue
    // ⌊(⌊x/c⌋ + r)/b⌋ = ⌊(x + c r)/(c b)⌋
    const [x, c] = inner.operands
    const rest = subtract(a, atomic(inner))
    return floorDivide(add(x, multiply(c, rest)), multiply(c, b))
  }
  return atomic({ kind: "floorDivide", operands: [a, b] })
}

/** ⌈a/b⌉ for b ≥ 1. */
export function ceilDivide(a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return Math.ceil(a / b)
  return floorDivide(add(a, b, -1), b)
}

/** a − b⌊a/b⌋ for b ≥ 1. */
export function remainder(a: Size, b: Size): Size {
  if (b === 1) return 0
  if (typeof a === "number" && typeof b === "number") return a - b * Math.floor(a / b)
  const { rest } = divideTerms(a, b)
  if (typeof rest === "number" && typeof b === "number") return remainder(rest, b)
  return rest === 0 ? 0 : atomic({ kind: "remainder", operands: [rest, b] })
}

/**
 * a/b where b divides a.
 * @returns undefined where it does not, or cannot be seen to.
 */
export function divideExactly(a: Size, b: Size): Size | undefined {
  if (typeof a === "number" && typeof b === "number") return a % b === 0 ? a / b : undefined
  const { quotient, rest } = divideTerms(a, b)
  return rest === 0 ? quotient : undefined
}

/** ⌈log₂ a⌉ for a ≥ 1, and 0 for a = 0. */
export function ceilLog2(a: Size): Size {
  if (typeof a === "number") return ceilLog2Of(a)
  // ⌈log₂ 2ᵏx⌉ = k + ⌈log₂ x⌉ for x ≥ 1.
  const common = a.terms.reduce((g, { coefficient }) => greatestDivisor(g, coefficient), 0)
  const power = common & -common
  const odd = scaleDown(a, power)
  if (power === 1 || lowerBound(odd) < 1) return atomic({ kind: "ceilLog2", operands: [a] })
  return add(Math.log2(power), atomic({ kind: "ceilLog2", operands: [odd] }))
}

export function maximum(...sizes: readonly Size[]): Size {
  if (sizes.every((s) => typeof s === "number")) return Math.max(...sizes)
  return extreme("maximum", sizes)
}

export function minimum(...sizes: readonly Size[]): Size {
  if (sizes.every((s) => typeof s === "number")) return Math.min(...sizes)
  return extreme("minimum", sizes)
}

/** A size with some symbols replaced by other sizes. */
export function substitute(size: Size, values: Readonly<Record<string, Size>>): Size {
  if (typeof size === "number") return size
  return add(
    ...size.terms.map((t) =>
      multiply(t.coefficient, ...t.atoms.map((a) => substituteAtom(a, values))),
    ),
  )
}

function substituteAtom(atom: Atom, values: Readonly<Record<string, Size>>): Size {
  if (atom.kind === "symbol") return values[atom.name] ?? atomic(atom)
  const operands = atom.operands.map((s) => substitute(s, values))
  switch (atom.kind) {
    case "floorDivide":
      return floorDivide(operands[0], operands[1])
    case "remainder":
      return remainder(operands[0], operands[1])
    case "ceilLog2":
      return ceilLog2(operands[0])
    case "maximum":
      return maximum(...operands)
    case "minimum":
      return minimum(...operands)
  }
}

/** Splits a into quotient·b + rest, taking into the quotient whatever b divides. */
function divideTerms(a: Size, b: Size): { quotient: Size; rest: Size } {
  if (typeof b === "number") return divideByNumber(a, b)
  if (b.terms.length > 1) {
    return sizesEqual(a, b) ? { quotient: 1, rest: 0 } : dividePolynomial(a, b)
  }
  const [by] = b.terms
  const quotient: Term[] = []
  const rest: Term[] = []
  for (const term of termsOf(a)) {
    const atoms = removeAtoms(term.atoms, by.atoms)
    if (atoms === undefined || term.coefficient % by.coefficient !== 0) rest.push(term)
    else quotient.push({ coefficient: term.coefficient / by.coefficient, atoms })
  }
  return { quotient: collect(quotient), rest: collect(rest) }
}

/** Leaves every coefficient of the rest from 0 to b − 1, which makes equal quotients look equal. */
function divideByNumber(a: Size, b: number): { quotient: Size; rest: Size } {
  const quotient: Term[] = []
  const rest: Term[] = []
  for (const { coefficient, atoms } of termsOf(a)) {
    const whole = Math.floor(coefficient / b)
    quotient.push({ coefficient: whole, atoms })
    rest.push({ coefficient: coefficient - whole * b, atoms })
  }
  return { quotient: collect(quotient), rest: collect(rest) }
}

/** Long division by a divisor of several terms; kept only when it leaves nothing. */
function dividePolynomial(a: Size, b: Size): { quotient: Size; rest: Size } {
  const [lead] = termsOf(b)
  let rest = a
  let quotient: Size = 0
  for (let step = 0; step < 16 && rest !== 0; step++) {
    const [top] = termsOf(rest)
    const atoms = removeAtoms(top.atoms, lead.atoms)
    if (atoms === undefined || top.coefficient % lead.coefficient !== 0) break
    const part = collect([{ coefficient: top.coefficient / lead.coefficient, atoms }])
    quotient = add(quotient, part)
    rest = subtract(rest, multiply(part, b))
  }
  return rest === 0 ? { quotient, rest } : { quotient: 0, rest: a }
}

function scaleDown(size: Size, by: number): Size {
  return collect(termsOf(size).map((t) => ({ ...t, coefficient: t.coefficient / by })))
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b)
}
