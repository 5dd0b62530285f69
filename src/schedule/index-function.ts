/**
 * Index functions: whole numbers that depend on the axes of a kernel.
 *
 * A sum of terms, each a factor times an atom, plus a constant. Atoms are axes, values read at
 * run time, and quotients and remainders of other index functions; the functions here simplify
 * with the ranges of the axes, so that views compose to plain strides wherever they can:
 *
 *     ⌊(6i + j)/6⌋ → i                  where 0 ≤ j < 6
 *     6⌊j/6⌋ + (j mod 6) → j
 */

import type { Axis } from "./axis.ts"
import type { Index, IndexAtom, IndexTerm, Scalar } from "./expression.ts"

export function constantIndex(constant: number): Index {
  return { constant, terms: [] }
}

export function axisIndex(axis: Axis): Index {
  return axis.extent === 1 ? constantIndex(0) : atomIndex({ kind: "axis", axis })
}

/** An index read at run time; it must lie from 0 to below bound. */
export function valueIndex(value: Scalar, bound: number): Index {
  return atomIndex({ kind: "value", value, bound })
}

function atomIndex(atom: IndexAtom): Index {
  return { constant: 0, terms: [{ factor: 1, atom }] }
}

export function addIndices(...indices: readonly Index[]): Index {
  const constant = indices.reduce((sum, index) => sum + index.constant, 0)
  const terms = new Map<string, IndexTerm>()
  for (const index of indices) {
    for (const term of index.terms) {
      const key = atomKey(term.atom)
      const factor = term.factor + (terms.get(key)?.factor ?? 0)
      if (factor === 0) terms.delete(key)
      else terms.set(key, { factor, atom: term.atom })
    }
  }
  return joinDivisions({ constant, terms: [...terms.values()] })
}

export function scaleIndex(index: Index, by: number): Index {
  if (by === 0) return constantIndex(0)
  if (by === 1) return index
  return {
    constant: index.constant * by,
    terms: index.terms.map(({ factor, atom }) => ({ factor: factor * by, atom })),
  }
}

/** Smallest and greatest value that an index can take. */
export function rangeOf(index: Index): readonly [number, number] {
  let [low, high] = [index.constant, index.constant]
  for (const { factor, atom } of index.terms) {
    const [least, most] = rangeOfAtom(atom)
    low += Math.min(factor * least, factor * most)
    high += Math.max(factor * least, factor * most)
  }
  return [low, high]
}

/** ⌊index/by⌋. */
export function quotientIndex(index: Index, by: number): Index {
  if (by === 1) return index
  const { whole, rest } = splitBy(index, by)
  const [low, high] = rangeOf(rest)
  const floor = Math.floor(low / by)
  if (Math.floor(high / by) === floor) return addIndices(whole, constantIndex(floor))
  return addIndices(whole, divideRest(rest, by))
}

/** index − by·⌊index/by⌋. */
export function remainderIndex(index: Index, by: number): Index {
  if (by === 1) return constantIndex(0)
  const { rest } = splitBy(index, by)
  const [low, high] = rangeOf(rest)
  const floor = Math.floor(low / by)
  if (Math.floor(high / by) === floor) return addIndices(rest, constantIndex(-floor * by))
  const single = rest.terms.length === 1 && rest.constant === 0 ? rest.terms[0] : undefined
  if (single !== undefined && single.factor > 1 && by % single.factor === 0) {
    // (f·x) mod (f·m) = f·(x mod m)
    const inner = remainderIndex(atomIndex(single.atom), by / single.factor)
    return scaleIndex(inner, single.factor)
  }
  return atomIndex({ kind: "remainder", of: rest, by })
}

/** The index with some axes replaced by other index functions, and run-time values rewritten. */
export function substituteIndex(
  index: Index,
  replace: (axis: Axis) => Index | undefined,
  rewrite: (value: Scalar) => Scalar = (value) => value,
): Index {
  const substituted = (of: Index): Index => substituteIndex(of, replace, rewrite)
  const replaced = (atom: IndexAtom): Index => {
    switch (atom.kind) {
      case "axis":
        return replace(atom.axis) ?? atomIndex(atom)
      case "quotient":
        return quotientIndex(substituted(atom.of), atom.by)
      case "remainder":
        return remainderIndex(substituted(atom.of), atom.by)
      case "value":
        return valueIndex(rewrite(atom.value), atom.bound)
    }
  }
  const parts = index.terms.map(({ factor, atom }) => scaleIndex(replaced(atom), factor))
  return addIndices(constantIndex(index.constant), ...parts)
}

/** The factor of an axis where the index is affine in it; undefined where it is not. */
export function strideOf(index: Index, axis: Axis): number | undefined {
  let stride = 0
  for (const { factor, atom } of index.terms) {
    if (atom.kind === "axis") {
      if (atom.axis === axis) stride += factor
    } else if (atomUses(atom, axis)) {
      return undefined
    }
  }
  return stride
}

/** Whether an index depends on an axis, also through quotients and run-time values. */
export function indexUses(index: Index, axis: Axis): boolean {
  return index.terms.some(({ atom }) => atomUses(atom, axis))
}

/** Equal keys mean equal index functions. */
export function indexKey(index: Index): string {
  const terms = index.terms.map(({ factor, atom }) => `${factor}*${atomKey(atom)}`).sort()
  return [...terms, index.constant].join("+")
}

/** The row-major number of an element from its coordinates. */
export function flattenIndex(coordinates: readonly Index[], shape: readonly number[]): Index {
  let linear = constantIndex(0)
  for (const [axis, coordinate] of coordinates.entries()) {
    linear = addIndices(scaleIndex(linear, shape[axis]), coordinate)
  }
  return linear
}

/** The coordinates of an element from its row-major number. */
export function unflattenIndex(linear: Index, shape: readonly number[]): Index[] {
  const coordinates: Index[] = []
  let rest = linear
  for (let axis = shape.length - 1; axis > 0; axis--) {
    coordinates.unshift(remainderIndex(rest, shape[axis]))
    rest = quotientIndex(rest, shape[axis])
  }
  if (shape.length > 0) coordinates.unshift(rest)
  return coordinates
}

function rangeOfAtom(atom: IndexAtom): readonly [number, number] {
  switch (atom.kind) {
    case "axis":
      return [0, Math.max(0, atom.axis.extent - 1)]
    case "value":
      return [0, Math.max(0, atom.bound - 1)]
    case "remainder": {
      return [0, atom.by - 1]
    }
    case "quotient": {
      const [low, high] = rangeOf(atom.of)
      return [Math.floor(low / atom.by), Math.floor(high / atom.by)]
    }
  }
}

function atomUses(atom: IndexAtom, axis: Axis): boolean {
  switch (atom.kind) {
    case "axis":
      return atom.axis === axis
    case "value":
      return scalarUses(atom.value, axis)
    default:
      return indexUses(atom.of, axis)
  }
}

/** Whether a value depends on an axis. */
export function scalarUses(scalar: Scalar, axis: Axis): boolean {
  switch (scalar.kind) {
    case "constant":
    case "accumulator":
      return false
    case "index":
    case "load":
      return indexUses(scalar.index, axis)
    case "apply":
      return scalar.operands.some((operand) => scalarUses(operand, axis))
    case "guard":
      return (
        scalar.conditions.some(({ index }) => indexUses(index, axis)) ||
        scalarUses(scalar.value, axis) ||
        scalarUses(scalar.otherwise, axis)
      )
  }
}

const identities = new WeakMap<object, number>()
let nextIdentity = 0

function identity(object: object): number {
  let id = identities.get(object)
  if (id === undefined) {
    id = nextIdentity++
    identities.set(object, id)
  }
  return id
}

function atomKey(atom: IndexAtom): string {
  switch (atom.kind) {
    case "axis":
      return `a${identity(atom.axis)}`
    case "value":
      return `v${identity(atom.value)}`
    case "quotient":
      return `(${indexKey(atom.of)})/${atom.by}`
    case "remainder":
      return `(${indexKey(atom.of)})%${atom.by}`
  }
}

/** index = by·whole + rest, with every term that by divides in whole and 0 ≤ constant < by. */
function splitBy(index: Index, by: number): { whole: Index; rest: Index } {
  const constant = Math.floor(index.constant / by)
  const divisible = index.terms.filter(({ factor }) => factor % by === 0)
  return {
    whole: {
      constant,
      terms: divisible.map(({ factor, atom }) => ({ factor: factor / by, atom })),
    },
    rest: {
      constant: index.constant - constant * by,
      terms: index.terms.filter(({ factor }) => factor % by !== 0),
    },
  }
}

/** ⌊rest/by⌋ as an atom, after common factors and nested quotients are taken out. */
function divideRest(rest: Index, by: number): Index {
  const common = rest.terms.reduce((g, { factor }) => gcd(g, Math.abs(factor)), by)
  if (common > 1) {
    // ⌊(g·x + c)/(g·m)⌋ = ⌊(x + ⌊c/g⌋)/m⌋
    const reduced: Index = {
      constant: Math.floor(rest.constant / common),
      terms: rest.terms.map(({ factor, atom }) => ({ factor: factor / common, atom })),
    }
    return quotientIndex(reduced, by / common)
  }
  const only = rest.terms.length === 1 && rest.constant === 0 ? rest.terms[0] : undefined
  if (only?.factor === 1 && only.atom.kind === "quotient") {
    // ⌊⌊x/a⌋/b⌋ = ⌊x/ab⌋
    return quotientIndex(only.atom.of, only.atom.by * by)
  }
  return atomIndex({ kind: "quotient", of: rest, by })
}

/** by·⌊x/by⌋ + (x mod by) → x, with a common factor. */
function joinDivisions(index: Index): Index {
  for (const low of index.terms) {
    if (low.atom.kind !== "remainder") continue
    const { of, by } = low.atom
    const quotient = quotientIndex(of, by)
    if (quotient.constant !== 0 || quotient.terms.length !== 1) continue
    const [{ factor, atom }] = quotient.terms
    const key = atomKey(atom)
    const high = index.terms.find((t) => t !== low && atomKey(t.atom) === key)
    if (high === undefined || high.factor !== low.factor * by * factor) continue
    const others = index.terms.filter((t) => t !== low && t !== high)
    return addIndices({ constant: index.constant, terms: others }, scaleIndex(of, low.factor))
  }
  return index
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
