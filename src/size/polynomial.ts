/**
 * Symbolic whole numbers: polynomials in named sizes, with the few functions that prices need.
 *
 * An expression is kept in one canonical form (a sum of terms, each a coefficient times a sorted
 * product of atoms), so two expressions are equal exactly when their keys are equal. A polynomial
 * without atoms is a plain `number`. Symbols stand for whole numbers of at least 1; numbers are
 * exact up to 2^53.
 */

import { evaluate } from "./evaluate.ts"
import { printSize } from "./print.ts"

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

/** A symbolic whole number; make one with `symbol` and the functions of this room. */
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
   * @throws RangeError naming a symbol that has no value, or one that is no whole number.
   */
  at(bindings: Bindings): number {
    return evaluate(this, bindings)
  }

  toString(): string {
    return printSize(this)
  }

  toJSON(): string {
    return printSize(this)
  }

  /**
   * Text where text is asked for. JavaScript's own arithmetic and comparisons are refused: they
   * would take the expression for NaN, and a loop that asks it for its end would not run at all.
   * @throws TypeError saying so.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return printSize(this)
    throw new TypeError(
      `size ${printSize(this)} has no value here: JavaScript's arithmetic and loops need numbers, ` +
        "so give the size a value",
    )
  }
}

/** A named size, a whole number of at least 1. */
export function symbol(name: string): Expression {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new SyntaxError(`"${name}" is no name for a size: use a letter, then letters or digits`)
  }
  return atomic({ kind: "symbol", name })
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

/** Whether two sizes are the same for every value of their symbols. */
export function sizesEqual(a: Size, b: Size): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b
  return a.key === b.key
}

/** The names of the symbols in a size, sorted. */
export function symbolsOf(size: Size): readonly string[] {
  const names = new Set<string>()
  const visit = (s: Size): void => {
    for (const { atoms } of termsOf(s)) {
      for (const atom of atoms) {
        if (atom.kind === "symbol") names.add(atom.name)
        else atom.operands.forEach(visit)
      }
    }
  }
  visit(size)
  return [...names].sort()
}

export function atomic(atom: Atom): Expression {
  return new Expression([{ coefficient: 1, atoms: [atom] }])
}

/** The atom that a size is, where it is nothing else. */
export function asAtom(size: Size): Atom | undefined {
  if (typeof size === "number" || size.terms.length !== 1) return undefined
  const [{ coefficient, atoms }] = size.terms
  return coefficient === 1 && atoms.length === 1 ? atoms[0] : undefined
}

export function termsOf(size: Size): readonly Term[] {
  if (typeof size !== "number") return size.terms
  return size === 0 ? [] : [{ coefficient: size, atoms: [] }]
}

const atomKeys = new WeakMap<Atom, string>()

export function atomKey(atom: Atom): string {
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
export function collect(terms: readonly Term[]): Size {
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

/** The atoms left when some are taken away; undefined where one of these is not there. */
export function removeAtoms(
  from: readonly Atom[],
  remove: readonly Atom[],
): readonly Atom[] | undefined {
  const left = [...from]
  for (const atom of remove) {
    const at = left.findIndex((a) => atomKey(a) === atomKey(atom))
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return left
}
