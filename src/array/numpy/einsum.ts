/**
 * Sums of products written with letters (Einstein's convention). Operands are contracted two at a
 * time in the order that keeps the intermediate arrays small, each pair by one contraction.
 */

import { printShape, type Size, sizesEqual } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import {
  type ArrayLike,
  castTo,
  commonShape,
  toArray,
  toNumber,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"

interface Labelled {
  /** A letter for each axis. */
  readonly labels: readonly string[]
}

/** An array with a letter for each axis. */
interface Term extends Labelled {
  readonly array: Array
}

/**
 * Einstein summation: `einsum("ij,jk->ik", a, b)` is a matrix product.
 *
 * Letters name axes; equal letters are paired, and letters that the result lacks are summed. A
 * letter twice in one operand takes its diagonal. `...` stands for axes that are broadcast.
 * Without `->` the result has the letters that occur once, in alphabetical order.
 * Work and span are those of the contractions.
 * @example np.einsum("ij,j->i", np.array([[1, 2], [3, 4]]), np.array([1, 1])) // → [3, 7]
 * @throws SyntaxError for a malformed subscript, RangeError where extents differ.
 */
export function einsum(subscripts: string, ...operands: readonly ArrayLike[]): Array {
  return contracted(operands, subscripts)
}

/**
 * The order in which {@link einsum} contracts its operands, and a table of what each step takes:
 * `[path, text]`. Each step names the operands that it replaces; their product comes last. Nothing
 * is computed: work 0.
 *
 * @example
 * const [a, b, c] = [np.ones([2, 9]), np.ones([9, 9]), np.ones([9, 3])]
 * np.einsumPath("ij,jk,kl->il", a, b, c)[0] // → [[0, 1], [0, 1]]
 *
 * @throws SyntaxError for a malformed subscript, RangeError where extents differ.
 */
export function einsumPath(
  subscripts: string,
  ...operands: readonly ArrayLike[]
): [path: number[][], text: string] {
  const arrays = operands.map((x) => toArray("einsumPath", x))
  const { inputs, output } = parse(subscripts, arrays)
  const sizes = extentsOf(subscripts, arrays, inputs)
  let terms: readonly Labelled[] = inputs.map((labels) => ({ labels: [...new Set(labels)] }))
  const path: number[][] = []
  const lines: string[] = []
  while (terms.length > 1) {
    const [i, j] = nextPair(terms, output, sizes)
    const others = terms.filter((_, k) => k !== i && k !== j)
    const all = [...new Set([...terms[i].labels, ...terms[j].labels])]
    const kept = keptBy(others, output)
    const labels = all.filter((label) => kept.has(label))
    const step = `${terms[i].labels.join("")},${terms[j].labels.join("")}->${labels.join("")}`
    lines.push(`${step}  multiplications ${elements(all, sizes)}`)
    path.push([i, j])
    terms = [...others, { labels }]
  }
  if (path.length === 0) path.push([0])
  return [path, [`einsum "${subscripts}"`, ...lines].join("\n")]
}

const contracted: (operands: readonly ArrayLike[], subscripts: string) => Array = operation(
  1,
  (operands, subscripts) => {
    const type = toNumber(operands.map((x) => typeOf("einsum", x)))
    const arrays = operands.map((x) => castTo(x, type))
    const { inputs, output } = parse(subscripts, arrays)
    const sizes = extentsOf(subscripts, arrays, inputs)
    let terms = arrays.map((array, i) => onlyOnce({ array, labels: inputs[i] }))
    while (terms.length > 1) {
      const [i, j] = nextPair(terms, output, sizes)
      const others = terms.filter((_, k) => k !== i && k !== j)
      terms = [...others, product(terms[i], terms[j], keptBy(others, output))]
    }
    const [term] = terms
    const summed = sumOut(term, new Set(output))
    const order = output.map((label) => summed.labels.indexOf(label))
    return order.length === 0 ? summed.array : movement.transpose(summed.array, order)
  },
)

/** The letters of each operand and of the result, `...` written out as letters of its own. */
function parse(
  subscripts: string,
  arrays: readonly Array[],
): { readonly inputs: readonly (readonly string[])[]; readonly output: readonly string[] } {
  const [left, right, ...more] = subscripts.replaceAll(" ", "").split("->")
  const parts = left.split(",")
  if (more.length > 0 || parts.length !== arrays.length) {
    throw new SyntaxError(
      `einsum "${subscripts}" names ${parts.length} operands, but ${arrays.length} were given`,
    )
  }
  const wide = parts.map((part, i) => {
    const letters = lettersOf(subscripts, part)
    const named = letters.filter((letter) => letter !== "...").length
    const rank = arrays[i].ndim
    if (letters.includes("...") ? named > rank : named !== rank) {
      throw new RangeError(
        `einsum "${subscripts}": "${part}" has ${named} letters for operand ${i} ` +
          `of shape ${printShape(arrays[i].shape)}`,
      )
    }
    return { letters, rest: letters.includes("...") ? rank - named : 0 }
  })
  const rest = Math.max(0, ...wide.map((part) => part.rest))
  const restLabels = globalThis.Array.from({ length: rest }, (_, i) => `...${i}`)
  const inputs = wide.map(({ letters, rest: own }) =>
    letters.flatMap((letter) => (letter === "..." ? restLabels.slice(rest - own) : [letter])),
  )
  const named = inputs.flat().filter((label) => !label.startsWith("..."))
  const output =
    right === undefined
      ? [...restLabels, ...once(named).sort()]
      : lettersOf(subscripts, right).flatMap((l) => (l === "..." ? restLabels : [l]))
  for (const [i, label] of output.entries()) {
    if (!inputs.flat().includes(label) || output.indexOf(label) !== i) {
      throw new SyntaxError(
        `einsum "${subscripts}": the result's "${label}" must occur once there and in an operand`,
      )
    }
  }
  return { inputs, output }
}

function lettersOf(subscripts: string, part: string): readonly string[] {
  const letters = part.match(/\.\.\.|[A-Za-z]/g) ?? []
  if (letters.join("") !== part || letters.filter((l) => l === "...").length > 1) {
    throw new SyntaxError(`einsum "${subscripts}": "${part}" is not letters and one "..."`)
  }
  return letters
}

function once(labels: readonly string[]): string[] {
  return labels.filter((label) => labels.indexOf(label) === labels.lastIndexOf(label))
}

/** The extent of each letter; a broadcast axis of extent 1 fits any other. */
function extentsOf(
  subscripts: string,
  arrays: readonly Array[],
  inputs: readonly (readonly string[])[],
): ReadonlyMap<string, Size> {
  const extents = new Map<string, Size>()
  for (const [i, labels] of inputs.entries()) {
    for (const [axis, label] of labels.entries()) {
      const size = arrays[i].shape[axis]
      const known = extents.get(label)
      if (known === undefined || (label.startsWith("...") && known === 1)) extents.set(label, size)
      else if (!sizesEqual(known, size) && !(label.startsWith("...") && size === 1)) {
        throw new RangeError(
          `einsum "${subscripts}": "${label}" has extents ${known} and ${size}, ` +
            "which must be equal",
        )
      }
    }
  }
  return extents
}

/** A letter twice in one operand stands for its diagonal. */
function onlyOnce({ array, labels }: Term): Term {
  const first = labels.findIndex((label, i) => labels.indexOf(label, i + 1) >= 0)
  if (first < 0) return { array, labels }
  const second = labels.indexOf(labels[first], first + 1)
  return onlyOnce({
    array: indexing.diagonal(array, 0, first, second),
    labels: [...labels.filter((_, axis) => axis !== first && axis !== second), labels[first]],
  })
}

/** The letters that are still needed after some terms are gone. */
function keptBy(others: readonly Labelled[], output: readonly string[]): ReadonlySet<string> {
  return new Set([...output, ...others.flatMap(({ labels }) => labels)])
}

function sumOut({ array, labels }: Term, kept: ReadonlySet<string>): Term {
  const axes = labels.flatMap((label, axis) => (kept.has(label) ? [] : [axis]))
  if (axes.length === 0) return { array, labels }
  return { array: reductions.sum(array, axes), labels: labels.filter((label) => kept.has(label)) }
}

/** Two terms as one: letters of both are batched where they are kept, else contracted. */
function product(left: Term, right: Term, kept: ReadonlySet<string>): Term {
  const shared = new Set(left.labels.filter((label) => right.labels.includes(label)))
  const needed = new Set([...kept, ...shared])
  const [a, b] = broadcastShared(sumOut(left, needed), sumOut(right, needed), shared)
  const batch = a.labels.filter((label) => shared.has(label) && kept.has(label))
  const contract = a.labels.filter((label) => shared.has(label) && !kept.has(label))
  const axes = (term: Term, labels: readonly string[]) =>
    labels.map((label) => term.labels.indexOf(label))
  return {
    array: bind("dot", [a.array, b.array], {
      contract: [axes(a, contract), axes(b, contract)],
      batch: [axes(a, batch), axes(b, batch)],
    }),
    labels: [
      ...batch,
      ...a.labels.filter((label) => !shared.has(label)),
      ...b.labels.filter((label) => !shared.has(label)),
    ],
  }
}

/** Axes of "..." may have extent 1 in one of the two. */
function broadcastShared(a: Term, b: Term, shared: ReadonlySet<string>): readonly [Term, Term] {
  const widen = (term: Term, other: Term): Term => {
    const shape = term.array.shape.map((size, axis) => {
      const label = term.labels[axis]
      if (!shared.has(label)) return size
      const opposite = other.array.shape[other.labels.indexOf(label)]
      return commonShape("einsum", [[size], [opposite]])[0]
    })
    return { array: movement.broadcastTo(term.array, shape), labels: term.labels }
  }
  return [widen(a, b), widen(b, a)]
}

/** The two terms whose product is smallest beside what it replaces. */
function nextPair(
  terms: readonly Labelled[],
  output: readonly string[],
  sizes: ReadonlyMap<string, Size>,
): readonly [number, number] {
  let best: readonly [number, number] = [0, 1]
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < terms.length; i++) {
    for (let j = i + 1; j < terms.length; j++) {
      const kept = keptBy(
        terms.filter((_, k) => k !== i && k !== j),
        output,
      )
      const all = new Set([...terms[i].labels, ...terms[j].labels])
      const result = elements(
        [...all].filter((label) => kept.has(label)),
        sizes,
      )
      const growth = result - elements(terms[i].labels, sizes) - elements(terms[j].labels, sizes)
      if (growth < least) {
        least = growth
        best = [i, j]
      }
    }
  }
  return best
}

/** Symbols count as a thousand: large, but still compared by how many there are. */
function elements(labels: readonly string[], sizes: ReadonlyMap<string, Size>): number {
  return labels.reduce((product, label) => {
    const size = sizes.get(label)
    return product * (typeof size === "number" ? size : 1000)
  }, 1)
}
