/**
 * Symbolic whole numbers: polynomials in named sizes, with the few functions that prices need.
 *
 * An expression is kept in one canonical form (a sum of terms, each a coefficient times a sorted
 * product of atoms), so two expressions are equal exactly when their keys are equal. A polynomial
 * without atoms is a plain `number`. Symbols stand for whole numbers of at least 1; numbers are
 * exact up to 2^53.
 */

/** A size that may not be known yet. */
export type Size = number | Expression

/** Values for symbols, by name. */
export type Bindings = Readonly<Record<string, number>>

/** What a term multiplies: a symbol, or a function of expressions that is no polynomial. */
export type Atom =
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "floorDivide"; readonly operands: readonly [Size, Size] }
  | { readonly kind: "remainder"; readonly operands: readonly [Size, Size] }
  | { readonly kind: "ceilLog2"; readonly operands: readonly [Size] }
  | { readonly kind: "maximum"; readonly operands: readonly Size[] }
  | { readonly kind: "minimum"; readonly operands: readonly Size[] }

export interface Term {
  readonly coefficient: number
  /** Sorted by key; a power is a repeated atom. */
  readonly atoms: readonly Atom[]
}

/** A symbolic whole number; make one with {@link symbol} and the functions of this file. */
export class Expression {
  readonly terms: readonly Term[]
  /** Canonical text: equal keys mean equal expressions. */
  readonly key: string

  constructor(terms: readonly Term[]) {
    this.terms = terms
    this.key = terms.map((t) => `${t.coefficient}·${atomsKey(t.atoms)}`).join("+")
  }

  /**
   * The value with every symbol bound.
   * @throws RangeError naming a symbol that has no value.
   */
  at(bindings: Bindings): number {
    return evaluate(this, bindings)
  }

  toString(): string {
    return print(this)
  }

  toJSON(): string {
    return print(this)
  }
}

/** A named size, a whole number of at least 1. */
export function symbol(name: string): Expression {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new SyntaxError(`"${name}" is no name for a size: use a letter, then letters or digits`)
  }
  return new Expression([{ coefficient: 1, atoms: [{ kind: "symbol", name }] }])
}

export function isSymbolic(size: Size): size is Expression {
  return typeof size !== "number"
}

export function add(...sizes: readonly Size[]): Size {
  if (sizes.every((s) => typeof s === "number")) return sizes.reduce((a, b) => a + b, 0)
  return collect(sizes.flatMap(termsOf))
}

export function negate(size: Size): Size {
  return multiply(-1, size)
}

export function subtract(a: Size, b: Size): Size {
  return add(a, negate(b))
}

export function multiply(...sizes: readonly Size[]): Size {
  if (sizes.every((s) => typeof s === "number")) return sizes.reduce((a, b) => a * b, 1)
  let product: readonly Term[] = [{ coefficient: 1, atoms: [] }]
  for (const size of sizes) {
    product = product.flatMap((a) =>
      termsOf(size).map((b) => ({
        coefficient: a.coefficient * b.coefficient,
        atoms: sortAtoms([...a.atoms, ...b.atoms]),
      })),
    )
  }
  return collect(product)
}

/** ⌊a/b⌋ for b ≥ 1; exact polynomial division where it is possible. */
export function floorDivide(a: Size, b: Size): Size {
  if (b === 1) return a
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b)
  const { quotient, rest } = divideTerms(a, b)
  if (rest === 0) return quotient
  return add(quotient, atomic({ kind: "floorDivide", operands: [rest, b] }))
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
  if (typeof a === "number") return a <= 1 ? 0 : ceilLog2Of(a)
  return atomic({ kind: "ceilLog2", operands: [a] })
}

export function maximum(...sizes: readonly Size[]): Size {
  return extreme("maximum", sizes)
}

export function minimum(...sizes: readonly Size[]): Size {
  return extreme("minimum", sizes)
}

/** Whether two sizes are the same for every value of their symbols. */
export function sizesEqual(a: Size, b: Size): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b
  return a.key === b.key
}

/**
 * The value of a size with every symbol bound.
 * @throws RangeError naming a symbol that has no value.
 */
export function evaluate(size: Size, bindings: Bindings): number {
  if (typeof size === "number") return size
  return size.terms.reduce(
    (sum, t) => sum + t.atoms.reduce((p, a) => p * evaluateAtom(a, bindings), t.coefficient),
    0,
  )
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

/** The names of the symbols in a size, sorted. */
export function symbolsOf(size: Size): readonly string[] {
  const names = new Set<string>()
  const visit = (s: Size): void => {
    if (typeof s === "number") return
    for (const term of s.terms) {
      for (const atom of term.atoms) {
        if (atom.kind === "symbol") names.add(atom.name)
        else atom.operands.forEach(visit)
      }
    }
  }
  visit(size)
  return [...names].sort()
}

function ceilLog2Of(n: number): number {
  const guess = Math.ceil(Math.log2(n))
  if (2 ** (guess - 1) >= n) return guess - 1
  return 2 ** guess >= n ? guess : guess + 1
}

function atomic(atom: Atom): Expression {
  return new Expression([{ coefficient: 1, atoms: [atom] }])
}

function termsOf(size: Size): readonly Term[] {
  if (typeof size !== "number") return size.terms
  return size === 0 ? [] : [{ coefficient: size, atoms: [] }]
}

const atomKeys = new WeakMap<Atom, string>()

function atomKey(atom: Atom): string {
  let key = atomKeys.get(atom)
  if (key === undefined) {
    key =
      atom.kind === "symbol"
        ? atom.name
        : `${atom.kind}(${atom.operands.map((s) => (typeof s === "number" ? s : s.key)).join(",")})`
    atomKeys.set(atom, key)
  }
  return key
}

function atomsKey(atoms: readonly Atom[]): string {
  return atoms.map(atomKey).join("·")
}

function sortAtoms(atoms: Atom[]): readonly Atom[] {
  return atoms.sort((a, b) => (atomKey(a) < atomKey(b) ? -1 : 1))
}

/** Adds equal products together, drops zeros, orders terms by falling degree. */
function collect(terms: readonly Term[]): Size {
  const byAtoms = new Map<string, Term>()
  for (const term of terms) {
    const key = atomsKey(term.atoms)
    const before = byAtoms.get(key)
    const coefficient = term.coefficient + (before?.coefficient ?? 0)
    byAtoms.set(key, { coefficient, atoms: term.atoms })
  }
  const kept = [...byAtoms.entries()]
    .filter(([, t]) => t.coefficient !== 0)
    .sort(([ka, a], [kb, b]) => b.atoms.length - a.atoms.length || (ka < kb ? -1 : 1))
    .map(([, t]) => t)
  if (kept.length === 0) return 0
  if (kept.length === 1 && kept[0].atoms.length === 0) return kept[0].coefficient
  return new Expression(kept)
}

/** Splits a into quotient·b + rest, taking into the quotient each term that b divides. */
function divideTerms(a: Size, b: Size): { quotient: Size; rest: Size } {
  const divisor = termsOf(b)
  if (divisor.length !== 1) {
    return sizesEqual(a, b) ? { quotient: 1, rest: 0 } : dividePolynomial(a, b)
  }
  const [by] = divisor
  const quotient: Term[] = []
  const rest: Term[] = []
  for (const term of termsOf(a)) {
    const atoms = removeAtoms(term.atoms, by.atoms)
    if (atoms === undefined || term.coefficient % by.coefficient !== 0) rest.push(term)
    else quotient.push({ coefficient: term.coefficient / by.coefficient, atoms })
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

function removeAtoms(from: readonly Atom[], remove: readonly Atom[]): readonly Atom[] | undefined {
  const left = [...from]
  for (const atom of remove) {
    const at = left.findIndex((a) => atomKey(a) === atomKey(atom))
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return left
}

function extreme(kind: "maximum" | "minimum", sizes: readonly Size[]): Size {
  const pick = kind === "maximum" ? Math.max : Math.min
  const flat = sizes.flatMap((s) => {
    const only = typeof s !== "number" && s.terms.length === 1 ? s.terms[0] : undefined
    const atom = only?.coefficient === 1 && only.atoms.length === 1 ? only.atoms[0] : undefined
    return atom?.kind === kind ? atom.operands : [s]
  })
  const constants = flat.filter((s) => typeof s === "number")
  const symbolic = new Map(flat.filter(isSymbolic).map((s) => [s.key, s]))
  const operands: Size[] = [...symbolic.values()]
  if (constants.length > 0) operands.push(pick(...constants))
  const kept = operands.filter((s) => !operands.some((t) => t !== s && dominates(kind, t, s)))
  if (kept.length === 1) return kept[0]
  kept.sort((a, b) => (String(a) < String(b) ? -1 : 1))
  return atomic({ kind, operands: kept })
}

/** Whether t makes s needless: t − s keeps one sign for all symbols of at least 1. */
function dominates(kind: "maximum" | "minimum", t: Size, s: Size): boolean {
  const difference = kind === "maximum" ? subtract(t, s) : subtract(s, t)
  return lowerBound(difference) >= 0
}

/** A lower bound for symbols of at least 1; −∞ where none is plain to see. */
export function lowerBound(size: Size): number {
  if (typeof size === "number") return size
  // Each negative term must be paid for by a term that it divides and that is at least as large.
  let constant = 0
  const debts: Term[] = []
  const assets = size.terms.flatMap((t) => {
    if (t.atoms.length === 0) constant += t.coefficient
    else if (t.coefficient < 0) debts.push(t)
    else return [{ ...t }]
    return []
  })
  for (const debt of debts) {
    let owed = -debt.coefficient
    for (const asset of assets) {
      if (owed === 0) break
      if (removeAtoms(asset.atoms, debt.atoms) === undefined || !asset.atoms.every(atLeastOne)) {
        continue
      }
      const paid = Math.min(owed, asset.coefficient)
      owed -= paid
      Object.assign(asset, { coefficient: asset.coefficient - paid })
    }
    if (owed > 0) return Number.NEGATIVE_INFINITY
  }
  return assets.reduce((sum, t) => {
    return sum + (t.atoms.every(atLeastOne) ? t.coefficient : 0)
  }, constant)
}

/** Atoms other than symbols may be 0 (⌊N/2⌋ at N = 1); none is negative. */
function atLeastOne(atom: Atom): boolean {
  if (atom.kind === "symbol") return true
  return atom.kind === "maximum" && atom.operands.some((s) => lowerBound(s) >= 1)
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
      return values[0] <= 1 ? 0 : ceilLog2Of(values[0])
    case "maximum":
      return Math.max(...values)
    case "minimum":
      return Math.min(...values)
  }
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

function print(size: Size): string {
  if (typeof size === "number") return String(size)
  return size.terms
    .map((t, i) => {
      const magnitude = Math.abs(t.coefficient)
      const factors = printAtoms(t.atoms)
      const body =
        factors === "" ? String(magnitude) : magnitude === 1 ? factors : `${magnitude} ${factors}`
      if (i === 0) return t.coefficient < 0 ? `−${body}` : body
      return t.coefficient < 0 ? ` − ${body}` : ` + ${body}`
    })
    .join("")
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹"

function printAtoms(atoms: readonly Atom[]): string {
  const powers = new Map<string, number>()
  for (const atom of atoms) {
    const text = printAtom(atom)
    powers.set(text, (powers.get(text) ?? 0) + 1)
  }
  return [...powers]
    .map(([text, power]) => (power === 1 ? text : text + superscript(power)))
    .join(" ")
}

function superscript(power: number): string {
  return [...String(power)].map((digit) => superscripts[Number(digit)]).join("")
}

function printAtom(atom: Atom): string {
  switch (atom.kind) {
    case "symbol":
      return atom.name
    case "floorDivide":
      return `⌊${parenthesise(atom.operands[0])}/${parenthesise(atom.operands[1])}⌋`
    case "remainder":
      return `(${print(atom.operands[0])} mod ${print(atom.operands[1])})`
    case "ceilLog2":
      return `⌈log₂ ${parenthesise(atom.operands[0])}⌉`
    case "maximum":
      return `max(${atom.operands.map(print).join(", ")})`
    case "minimum":
      return `min(${atom.operands.map(print).join(", ")})`
  }
}

function parenthesise(size: Size): string {
  const text = print(size)
  return /^[^ ]+$/.test(text) ? text : `(${text})`
}
