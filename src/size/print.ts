/** Expressions as people write them: `4 N + 4`, `⌈log₂ N⌉`, `⌊N/2⌋`. */

import type { Atom, Expression, Size } from "./polynomial.ts"

export function printSize(size: Size): string {
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
  if (rest !== undefined) return `⌈${parenthesise(rest)}/${b}⌉`
  return `⌊${parenthesise(printSize(a))}/${parenthesise(printSize(b))}⌋`
}

/** The text of a without its constant, where that is the one given. */
function withoutConstant(a: Expression, constant: number): string | undefined {
  const last = a.terms[a.terms.length - 1]
  if (last.atoms.length > 0 || last.coefficient !== constant) return undefined
  const text = printSize(a)
  return text.slice(0, text.lastIndexOf(" + "))
}

function parenthesise(size: Size | string): string {
  const text = typeof size === "string" ? size : printSize(size)
  return /^[^ ]+$/.test(text) ? text : `(${text})`
}
