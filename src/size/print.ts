/** Expressions as people write them: `4 N + 4`, `⌈log₂ N⌉`, `⌊N/2⌋`. */

import type { Atom, Expression, Size, Term } from "./polynomial.ts"

export function printSize(size: Size): string {
  return typeof size === "number" ? String(size) : printTerms(size.terms)
}

function printTerms(terms: readonly Term[]): string {
  return terms
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

/** A power as raised digits; nothing for the first. */
export function superscript(power: number): string {
  if (power === 1) return ""
  return [...String(power)].map((digit) => superscripts[Number(digit)]).join("")
}

function printAtoms(atoms: readonly Atom[]): string {
  const powers = new Map<string, number>()
  for (const atom of atoms) {
    const text = printAtom(atom)
    powers.set(text, (powers.get(text) ?? 0) + 1)
  }
  return [...powers].map(([text, power]) => text + superscript(power)).join(" ")
}

function printAtom(atom: Atom): string {
  switch (atom.kind) {
    case "symbol":
      return atom.name
    case "floorDivide":
      return printQuotient(...atom.operands)
    case "remainder":
      return `(${printSize(atom.operands[0])} mod ${printSize(atom.operands[1])})`
    case "ceilLog2":
      return `⌈log₂ ${parenthesise(atom.operands[0])}⌉`
    case "maximum":
      return `max(${atom.operands.map(printSize).join(", ")})`
    case "minimum":
      return `min(${atom.operands.map(printSize).join(", ")})`
  }
}

/** ⌊(a + b − 1)/b⌋ is better known as ⌈a/b⌉. */
function printQuotient(a: Size, b: Size): string {
  const rest =
    typeof a !== "number" && typeof b === "number" ? withoutConstant(a, b - 1) : undefined
  if (rest === undefined) return `⌊${parenthesise(a)}/${parenthesise(b)}⌋`
  return `⌈${isOneWord(rest) ? printTerms(rest) : `(${printTerms(rest)})`}/${b}⌉`
}

/** The terms of a without its constant, where that is the one given. */
function withoutConstant(a: Expression, constant: number): readonly Term[] | undefined {
  const last = a.terms[a.terms.length - 1]
  const is = last.atoms.length === 0 && last.coefficient === constant
  return is ? a.terms.slice(0, -1) : undefined
}

function parenthesise(size: Size): string {
  if (typeof size === "number" || isOneWord(size.terms)) return printSize(size)
  return `(${printSize(size)})`
}

/** Whether terms print as one word or one bracket: a single atom. */
function isOneWord(terms: readonly Term[]): boolean {
  return terms.length === 1 && terms[0].coefficient === 1 && terms[0].atoms.length === 1
}
