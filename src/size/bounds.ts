/** What can be proved of an expression for all values of its symbols. */

import {
  type Atom,
  add,
  asAtom,
  atomic,
  atomKey,
  isSymbolic,
  multiply,
  type Size,
  sizesEqual,
  subtract,
  type Term,
  termsOf,
} from "./polynomial.ts"

/**
 * A lower bound of a size whose symbols are at least `least`; −∞ where none is plain to see.
 *
 * Every symbol N is written least + n; a polynomial whose coefficients are then all at least 0 is
 * never less than its constant. Other atoms count as unknowns of at least 0 or 1.
 */
export function lowerBound(size: Size, least = 1): number {
  if (typeof size === "number") return size
  let constant = 0
  for (const { coefficient, atoms } of termsOf(add(...size.terms.map((t) => shifted(t, least))))) {
    if (atoms.length === 0) constant = coefficient
    else if (coefficient < 0) return Number.NEGATIVE_INFINITY
  }
  return constant
}

/** A term with least + n in the place of every atom, n keeping its name. */
function shifted({ coefficient, atoms }: Term, least: number): Size {
  return multiply(
    coefficient,
    ...atoms.map((atom) =>
      add(atomic(atom), atom.kind === "symbol" ? least : leastOf(atom, least)),
    ),
  )
}

/** 1 where an atom is certain to be at least 1, else 0: ⌊N/2⌋ is 0 at N = 1. */
function leastOf(atom: Atom, least: number): number {
  const isAtLeast = (s: Size, n: Size): boolean =>
    typeof n === "number" && lowerBound(s, least) >= n
  switch (atom.kind) {
    case "symbol":
      return least
    case "maximum":
      return atom.operands.some((s) => isAtLeast(s, 1)) ? 1 : 0
    case "minimum":
      return atom.operands.every((s) => isAtLeast(s, 1)) ? 1 : 0
    case "ceilLog2":
      return isAtLeast(atom.operands[0], 2) ? 1 : 0
    case "floorDivide":
      return isAtLeast(...atom.operands) ? 1 : 0
    case "remainder":
      return 0
  }
}

/** Whether a ≤ b is certain for all symbols of at least `least`. */
export function isAtMost(a: Size, b: Size, least = 1): boolean {
  return isNonNegative(subtract(b, a), 6, least)
}

/**
 * Whether a size is certain to be at least 0: directly, or after one atom that is no symbol gives
 * way to a bound of its own. Each step costs one of `steps`.
 */
function isNonNegative(size: Size, steps: number, least: number): boolean {
  if (lowerBound(size, least) >= 0) return true
  if (typeof size === "number" || steps === 0) return false
  // What is subtracted must be bounded in any case; only then is what is added worth a look.
  const uses = functionsIn(size)
  const next = uses.find(({ sign }) => sign !== "plus") ?? uses[0]
  if (next === undefined) return false
  const { atom, sign, power } = next
  const holds = (value: Size, divisor = 1) =>
    isNonNegative(replaceAtom(size, atom, value, divisor), steps - 1, least)
  if (atom.kind === "maximum" || atom.kind === "minimum") {
    // An extreme is one of its operands. Where only the better side helps, one that works will do.
    const one = sign === (atom.kind === "maximum" ? "plus" : "minus")
    return one ? atom.operands.some((s) => holds(s)) : atom.operands.every((s) => holds(s))
  }
  if (sign === "mixed") return false
  if (
    sign === "minus" &&
    uses.some((u) => isGreater(u.atom, atom, steps, least) && holds(atomic(u.atom)))
  ) {
    return true
  }
  // A lower bound may be negative, and then says nothing of a power.
  if (sign === "plus" && power > 1) return false
  return boundsOf(atom, sign, least).some(({ value, divisor }) => holds(value, divisor))
}

interface Use {
  readonly atom: Atom
  /** The sign of the terms that it stands in. */
  readonly sign: "plus" | "minus" | "mixed"
  /** The highest power of it. */
  readonly power: number
}

/** The atoms of a size that are no symbols. */
function functionsIn(size: Size): readonly Use[] {
  const uses = new Map<string, Use>()
  for (const { coefficient, atoms } of termsOf(size)) {
    const sign = coefficient < 0 ? "minus" : "plus"
    for (const atom of atoms.filter((a) => a.kind !== "symbol")) {
      const key = atomKey(atom)
      const before = uses.get(key)
      const here = atoms.filter((a) => atomKey(a) === key).length
      uses.set(key, {
        atom,
        sign: before === undefined || before.sign === sign ? sign : "mixed",
        power: Math.max(here, before?.power ?? 0),
      })
    }
  }
  return [...uses.values()]
}

/** Whether atom a is certain to be at least b: functions that rise with their first operand. */
function isGreater(a: Atom, b: Atom, steps: number, least: number): boolean {
  if (a.kind === "symbol" || b.kind === "symbol" || a.kind !== b.kind) return false
  if (a.kind !== "ceilLog2" && a.kind !== "floorDivide") return false
  if (atomKey(a) === atomKey(b)) return false
  const rest = a.operands.slice(1).every((s, i) => sizesEqual(s, b.operands[i + 1]))
  return rest && isNonNegative(subtract(a.operands[0], b.operands[0]), steps - 1, least)
}

/** A bound of an atom as value/divisor. */
interface Bound {
  readonly value: Size
  readonly divisor: number
}

/** Upper bounds of an atom that is subtracted, lower bounds of one that is added. */
function boundsOf(atom: Atom, sign: "plus" | "minus", least: number): readonly Bound[] {
  if (atom.kind === "floorDivide") {
    const [a, b] = atom.operands
    if (typeof b !== "number") return sign === "minus" ? [{ value: a, divisor: 1 }] : []
    return [{ value: sign === "minus" ? a : subtract(a, b - 1), divisor: b }]
  }
  if (sign === "plus") return []
  if (atom.kind === "remainder") return [{ value: subtract(atom.operands[1], 1), divisor: 1 }]
  if (atom.kind !== "ceilLog2") return []
  // ⌈log₂ a⌉ ≤ a − 1 for a ≥ 1, and it is 0 for a = 0.
  const [a] = atom.operands
  return [{ value: lowerBound(a, least) >= 1 ? subtract(a, 1) : a, divisor: 1 }]
}

/** The size times the divisor, with value in the place of divisor · atom; the sign is the size's. */
function replaceAtom(size: Size, atom: Atom, value: Size, divisor: number): Size {
  const key = atomKey(atom)
  const power = Math.max(
    ...termsOf(size).map(({ atoms }) => atoms.filter((a) => atomKey(a) === key).length),
  )
  return add(
    ...termsOf(size).map(({ coefficient, atoms }) => {
      const others = atoms.filter((a) => atomKey(a) !== key)
      const here = atoms.length - others.length
      const scale = divisor ** (power - here)
      const values = Array.from({ length: here }, () => value)
      return multiply(coefficient * scale, ...others.map(atomic), ...values)
    }),
  )
}

/** The greatest or least of sizes, without those that another one is certain to beat. */
export function extreme(kind: "maximum" | "minimum", sizes: readonly Size[]): Size {
  const pick = kind === "maximum" ? Math.max : Math.min
  const flat = sizes.flatMap((s) => {
    const atom = asAtom(s)
    return atom?.kind === kind ? atom.operands : [s]
  })
  const constants = flat.filter((s) => typeof s === "number")
  const symbolic = new Map(flat.filter(isSymbolic).map((s) => [s.key, s]))
  const operands: Size[] = [...symbolic.values()]
  if (constants.length > 0) operands.push(pick(...constants))
  const beats = (a: Size, b: Size) => (kind === "maximum" ? isAtMost(b, a) : isAtMost(a, b))
  const kept: Size[] = []
  for (const candidate of operands) {
    if (kept.some((other) => beats(other, candidate))) continue
    const left = kept.filter((other) => !beats(candidate, other))
    kept.splice(0, kept.length, ...left, candidate)
  }
  if (kept.length === 1) return kept[0]
  const needed = envelope(kind, kept)
  needed.sort((a, b) => (String(a) < String(b) ? -1 : 1))
  return atomic({ kind, operands: needed })
}

interface Line {
  readonly size: Size
  readonly slope: bigint
  readonly constant: bigint
}

/**
 * Of lines a + b·X in one product X of atoms, those that are extreme somewhere: the others lie
 * below (or above) two of them wherever these cross. Other sizes are left as they are.
 */
function envelope(kind: "maximum" | "minimum", sizes: readonly Size[]): Size[] {
  const lines = sizes.map(lineOf)
  const products = new Set(
    lines.flatMap((l) => (l === undefined || l.product === "" ? [] : [l.product])),
  )
  if (products.size > 1 || lines.some((line) => line === undefined)) return [...sizes]
  const sign = kind === "maximum" ? 1n : -1n
  const rising = lines
    .flatMap((line, i): Line[] =>
      line === undefined
        ? []
        : [{ size: sizes[i], slope: sign * line.slope, constant: sign * line.constant }],
    )
    .sort((a, b) => (a.slope < b.slope ? -1 : 1))
  const hull: Line[] = []
  for (const line of rising) {
    while (hull.length >= 2 && isBelow(hull[hull.length - 2], hull[hull.length - 1], line))
      hull.pop()
    hull.push(line)
  }
  return hull.map(({ size }) => size)
}

/** Whether the middle one of three rising lines is nowhere above the other two. */
function isBelow(left: Line, middle: Line, right: Line): boolean {
  const run = right.slope - left.slope
  const drop = left.constant - right.constant
  return middle.slope * drop + middle.constant * run <= left.slope * drop + left.constant * run
}

/** A size as slope times a product plus a constant. */
function lineOf(size: Size) {
  const terms = termsOf(size)
  const constant = terms.find(({ atoms }) => atoms.length === 0)?.coefficient ?? 0
  const rest = terms.filter(({ atoms }) => atoms.length > 0)
  if (rest.length > 1) return undefined
  const slope = rest.length === 0 ? 0 : rest[0].coefficient
  if (!Number.isInteger(slope) || !Number.isInteger(constant)) return undefined
  const product = rest.length === 0 ? "" : rest[0].atoms.map(atomKey).join("·")
  return { product, slope: BigInt(slope), constant: BigInt(constant) }
}
