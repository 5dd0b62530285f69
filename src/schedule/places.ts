/** At how many places of melted values what they are computed from is evaluated. */

import { type Equation, isElementwise, paramsKey, type Variable } from "../graph/index.ts"

/** A melted value as it is read through a chain of views and moves. */
interface Place {
  readonly value: Variable
  readonly chain: number
  /** Equations that are evaluated there. */
  readonly equations: number
}

/** The places at which a value's expression reads melted values; by value and chain, each once. */
export type Places = ReadonlyMap<number, Place>

export const noPlaces: Places = new Map()

/** Chains and values have numbers below this. */
const most = 2 ** 24

/**
 * Follows places through a graph. Elementwise equations read all operands at one place, so that what
 * two of them share is evaluated once; a view or a move reads its operand elsewhere. Views of the
 * same kind and parameters lead to the same place.
 */
export class PlaceFinder {
  readonly #values = new Map<Variable, number>()
  readonly #views = new Map<string, number>()
  readonly #chains = new Map<number, number>()

  /** The places of an equation that computes what is melted so far, `equations` for each operand. */
  of(
    equation: Equation,
    melted: readonly { readonly operand: Variable; readonly places: Places; equations: number }[],
  ): Places {
    if (isElementwise(equation.primitive)) {
      const moved = melted.filter(({ places }) => places.size > 0)
      if (moved.length < 2) return moved[0]?.places ?? noPlaces
      return new Map(moved.flatMap(({ places }) => [...places]))
    }
    if (melted.length === 0) return noPlaces
    const view = numberOf(this.#views, equation.primitive + paramsKey(equation.params))
    const found = new Map<number, Place>()
    const add = (value: Variable, inner: number, equations: number): void => {
      const chain = numberOf(this.#chains, view * most + inner) + 1
      found.set(numberOf(this.#values, value) * most + chain, { value, chain, equations })
    }
    for (const { operand, places, equations } of melted) {
      add(operand, 0, equations)
      for (const place of places.values()) add(place.value, place.chain, place.equations)
    }
    return found
  }
}

/** How many equations are evaluated at second and further places. */
export function equationsAgain(places: Places): number {
  if (places.size < 2) return 0
  const seen = new Set<Variable>()
  let again = 0
  for (const { value, equations } of places.values()) {
    if (seen.has(value)) again += equations
    else seen.add(value)
  }
  return again
}

function numberOf<K>(numbers: Map<K, number>, key: K): number {
  const known = numbers.get(key)
  if (known !== undefined) return known
  numbers.set(key, numbers.size)
  return numbers.size - 1
}
