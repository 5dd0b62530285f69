/** Functions of single elements, vectors or matrices as functions of arrays of them. */

import { printShape, type Size, sizesEqual } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { forEach } from "../linalg/matrices.ts"
import { type ArrayLike, toArray } from "../tracing/operands.ts"
import type { Relaxed } from "../types.ts"

export interface VectorizeOptions {
  /** The axes that the function sees of each argument and gives each result: `(m,n),(n)->(m)`. */
  readonly signature?: string
  /** Places of arguments that are handed on as they are. */
  readonly excluded?: readonly number[]
}

/** The names of the axes of each argument, and of each result. */
interface Signature {
  readonly inputs: readonly (readonly string[])[]
  readonly outputs: readonly (readonly string[])[] | undefined
}

const group = String.raw`\(\s*(?:\w+\s*(?:,\s*\w+\s*)*)?\)`
const groups = String.raw`\s*${group}\s*(?:,\s*${group}\s*)*`
const whole = new RegExp(`^(${groups})->(${groups})$`)

function parsed(text: string): Signature {
  const match = whole.exec(text)
  if (match === null) {
    throw new TypeError(`vectorize: "${text}" is no signature such as "(m,n),(n)->(m)"`)
  }
  const [inputs, outputs] = match
    .slice(1)
    .map((side) =>
      [...side.matchAll(new RegExp(group, "g"))].map(([names]) => names.match(/\w+/g) ?? []),
    )
  return { inputs, outputs }
}

/** Checks that axes of one name have one extent. */
function requireExtents(
  extents: Map<string, Size>,
  what: string,
  x: Array,
  names: readonly string[],
): void {
  const own = x.shape.slice(x.ndim - names.length)
  const fits =
    x.ndim >= names.length &&
    own.every((extent, i) => sizesEqual(extents.get(names[i]) ?? extent, extent))
  if (!fits) {
    const known = names.map(
      (name) => `${name}${extents.has(name) ? ` = ${extents.get(name)}` : ""}`,
    )
    throw new RangeError(
      `vectorize: ${what} of shape ${printShape(x.shape)} does not end in (${known.join(", ")})`,
    )
  }
  for (const [i, name] of names.entries()) extents.set(name, own[i])
}

/**
 * A function of elements, or of the vectors and matrices that a signature names, as one of arrays of
 * them: axes before those are broadcast together and stay in front in the results. The function is
 * traced once. Work is the function's times the elements of the axes in front, span the function's.
 * @example
 * const distance = (x: Array, y: Array) => np.linalg.norm(x.sub(y))
 * const distances = np.vectorize(distance, { signature: "(n),(n)->()" })
 * distances(np.array([[3, 4], [6, 8]]), np.zeros([2])) // → [5, 10]
 * @throws TypeError when the signature is none, or names another number of arguments or results.
 * @throws RangeError when extents do not fit.
 */
export function vectorize<A extends unknown[], R extends Array | readonly Array[]>(
  f: (...args: A) => R,
  options: VectorizeOptions = {},
): (...args: Relaxed<A>) => R {
  const { signature, excluded = [] } = options
  const given = signature === undefined ? undefined : parsed(signature)
  return (...args) => {
    const places = args.map((_, i) => i).filter((i) => !excluded.includes(i))
    const inputs = given?.inputs ?? places.map((): readonly string[] => [])
    if (inputs.length !== places.length) {
      throw new TypeError(
        `vectorize: ${places.length} arguments for "${signature}", which names ${inputs.length}`,
      )
    }
    const extents = new Map<string, Size>()
    const arrays = places.map((place, i) => {
      const array = toArray("vectorize", args[place] as ArrayLike)
      requireExtents(extents, `argument ${place}`, array, inputs[i])
      return array
    })
    let single = true
    const body = (...own: Array[]): readonly Array[] => {
      const all: unknown[] = [...args]
      for (const [i, place] of places.entries()) all[place] = own[i]
      const found: Array | readonly Array[] = f(...(all as A))
      single = !isList(found)
      const results = isList(found) ? found : [found]
      checkResults(results, given?.outputs, extents)
      return results
    }
    const ranks = inputs.map((names) => names.length)
    const results = forEach("vectorize", ranks, arrays, body)
    return (single ? results[0] : results) as R
  }
}

function isList(found: Array | readonly Array[]): found is readonly Array[] {
  return globalThis.Array.isArray(found)
}

function checkResults(
  results: readonly Array[],
  outputs: Signature["outputs"],
  extents: Map<string, Size>,
): void {
  if (outputs === undefined) return
  if (results.length !== outputs.length) {
    throw new TypeError(
      `vectorize: the function gives ${results.length} results, but the signature ${outputs.length}`,
    )
  }
  for (const [i, result] of results.entries()) {
    const fits = result.ndim === outputs[i].length
    if (fits) requireExtents(extents, `result ${i}`, result, outputs[i])
    else {
      throw new RangeError(
        `vectorize: result ${i} of shape ${printShape(result.shape)} is not (${outputs[i].join(", ")})`,
      )
    }
  }
}
