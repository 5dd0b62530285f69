/** How an expression grows: O-notation. */

import { type Atom, atomic, type Size, termsOf } from "./polynomial.ts"
import { printSize, superscript } from "./print.ts"

/** The powers of a variable and of its logarithm in a product. */
interface Power {
  readonly power: number
  readonly log: number
}

/** A product of powers, by variable. */
type Growth = ReadonlyMap<string, Power>

const constant: Growth = new Map()

/**
 * The order of a size as its symbols grow: `O(N log N)`, `O(B + N²)`, `O(1)`.
 *
 * An upper bound in every variable; terms that grow no faster than another one are left out.
 * Negative terms are dropped, so an expression whose leading terms cancel is overestimated.
 */
export function order(size: Size): string {
  const fastest = keepFastest(growthsOf(size))
  return `O(${fastest.map(printGrowth).join(" + ")})`
}

/** The growths whose sum a size keeps up with, at least one. */
function growthsOf(size: Size): readonly Growth[] {
  const growths = termsOf(size)
    .filter(({ coefficient }) => coefficient > 0)
    .flatMap(({ atoms }) => atoms.map(growthsOfAtom).reduce(timesEach, [constant]))
  return growths.length === 0 ? [constant] : keepFastest(growths)
}

function growthsOfAtom(atom: Atom): readonly Growth[] {
  switch (atom.kind) {
    case "symbol":
      return [new Map([[atom.name, { power: 1, log: 0 }]])]
    case "floorDivide": {
      const divisors = growthsOf(atom.operands[1])
      const numerators = growthsOf(atom.operands[0])
      // A divisor of several terms is at least each of them; its first one is taken.
      return timesEach(numerators, [inverse(divisors[0])])
    }
    case "remainder":
      return growthsOf(atom.operands[1])
    case "ceilLog2":
      // log of a product is the sum of logs, and log of a sum has the order of the sum of logs.
      return growthsOf(atom.operands[0]).flatMap((growth) => {
        const logs = [...growth].filter(([, { power }]) => power > 0)
        return logs.length === 0
          ? [constant]
          : logs.map(([name]): Growth => new Map([[name, { power: 0, log: 1 }]]))
      })
    case "maximum":
      return atom.operands.flatMap(growthsOf)
    case "minimum": {
      const operands = atom.operands.map(growthsOf)
      const least = operands.find((candidate) =>
        operands.every((other) => candidate.every((g) => other.some((h) => growsAtMost(g, h)))),
      )
      return least ?? [new Map([[printSize(atomic(atom)), { power: 1, log: 0 }]])]
    }
  }
}

function timesEach(left: readonly Growth[], right: readonly Growth[]): readonly Growth[] {
  return left.flatMap((a) => right.map((b) => times(a, b)))
}

function times(a: Growth, b: Growth): Growth {
  const product = new Map(a)
  for (const [name, { power, log }] of b) {
    const before = product.get(name) ?? { power: 0, log: 0 }
    const sum = { power: before.power + power, log: before.log + log }
    if (sum.power === 0 && sum.log === 0) product.delete(name)
    else product.set(name, sum)
  }
  return product
}

function inverse(growth: Growth): Growth {
  return new Map([...growth].map(([name, { power, log }]) => [name, { power: -power, log: -log }]))
}

function keepFastest(growths: readonly Growth[]): readonly Growth[] {
  const kept: Growth[] = []
  for (const growth of growths) {
    if (kept.some((other) => growsAtMost(growth, other))) continue
    const left = kept.filter((other) => !growsAtMost(other, growth))
    kept.splice(0, kept.length, ...left, growth)
  }
  return kept
}

/** Whether a grows no faster than b in any variable: by its power, then by its logarithm. */
function growsAtMost(a: Growth, b: Growth): boolean {
  const none: Power = { power: 0, log: 0 }
  return [...new Set([...a.keys(), ...b.keys()])].every((name) => {
    const [x, y] = [a.get(name) ?? none, b.get(name) ?? none]
    return x.power < y.power || (x.power === y.power && x.log <= y.log)
  })
}

function printGrowth(growth: Growth): string {
  const factors = (sign: 1 | -1): string[] =>
    [...growth]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, { power, log }]) => [
        ...(power * sign > 0 ? [`${name}${superscript(power * sign)}`] : []),
        ...(log * sign > 0 ? [`log${superscript(log * sign)} ${name}`] : []),
      ])
  const [above, below] = [factors(1), factors(-1)]
  // Powers before logarithms, as in N M log N.
  const arrange = (list: string[]): string =>
    [...list.filter((f) => !f.startsWith("log")), ...list.filter((f) => f.startsWith("log"))].join(
      " ",
    )
  const top = above.length === 0 ? "1" : arrange(above)
  if (below.length === 0) return top
  return `${top}/${below.length === 1 ? below[0] : `(${arrange(below)})`}`
}
