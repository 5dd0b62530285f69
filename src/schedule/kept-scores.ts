/**
 * Scores that a later region needs again, as a gradient does: where queries, keys and values take as much
 * memory as they do, the region that makes them keeps what is dear of them.
 */

import { type Equation, isElementwise, type Variable } from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"
import type { Band } from "./bands.ts"
import { costOf } from "./fusion.ts"
import type { Region } from "./scores.ts"

/** A region, how it is cut, and what of its scores and rows it stores for others. */
export interface CutRegion {
  readonly region: Region
  readonly bands: readonly Band[]
  readonly kept?: readonly Variable[]
}

/** Up to this many instructions an element's, what follows from kept scores is computed again. */
const cheap = 4

/** The same regions, later ones reading what earlier ones keep. */
export function keepShared(regions: readonly CutRegion[]): readonly CutRegion[] {
  const kept = new Map<CutRegion, Set<Variable>>()
  const later = regions.map((own): CutRegion => {
    // The first of all makes everything itself: nobody before it keeps anything for it.
    const [earlier] = regions
      .filter((other) => mayKeep(other, own))
      .sort((a, b) => a.region.level - b.region.level)
    const shared = earlier && sharedOf(earlier.region, own.region)
    if (earlier === undefined || shared === undefined) return own
    const all = kept.get(earlier) ?? new Set()
    kept.set(earlier, all)
    for (const variable of shared.kept) all.add(variable)
    return { ...own, region: shared.rest }
  })
  return later.map((own, i) => {
    const shared = kept.get(regions[i])
    return shared === undefined ? own : { ...own, kept: [...shared] }
  })
}

/** Whether a region may keep something for another: it does not wait for it, and both have all rows. */
function mayKeep({ region, bands }: CutRegion, other: CutRegion): boolean {
  if (bands.length > 1 || other.bands.length > 1 || region.level >= other.region.level) return false
  return region.shape === other.region.shape
}

/** What a region would keep for another, and what is left for the other to do, if that is worth it. */
function sharedOf(
  earlier: Region,
  own: Region,
): { readonly kept: ReadonlySet<Variable>; readonly rest: Region } | undefined {
  const makers = new Map(own.equations.map((equation) => [equation.results[0], equation]))
  const shared = new Set(earlier.equations)
  const kept = new Set<Variable>()
  const needed = new Set<Equation>()
  const open = own.sums.map(({ equation, side }) => equation.operands[side])
  for (let variable = open.pop(); variable !== undefined; variable = open.pop()) {
    const equation = makers.get(variable)
    if (equation === undefined || needed.has(equation)) continue
    const { primitive, operands } = equation
    const isMade = primitive === "dot" || primitive.startsWith("reduce")
    const isDear = isMade || (isElementwise(primitive) && costOf(primitive) > cheap)
    if (shared.has(equation) && isDear) kept.add(variable)
    else {
      needed.add(equation)
      open.push(...operands)
    }
  }
  const equations = own.equations.filter((equation) => needed.has(equation))
  const products = (some: readonly Equation[]): number =>
    some.filter(({ primitive }) => primitive === "dot").length
  if (products(equations) === products(own.equations)) return undefined
  if (elementsOf(kept) > elementsOf(operandsOf(earlier))) return undefined
  const kinds = new Map([...own.kinds].filter(([variable]) => !kept.has(variable)))
  return { kept, rest: { ...own, equations, kinds } }
}

/** The operands of a region's products that are no scores: queries, keys and values. */
function operandsOf({ equations, sums, kinds }: Region): ReadonlySet<Variable> {
  const products = [...equations, ...sums.map(({ equation }) => equation)]
  const operands = products
    .filter(({ primitive }) => primitive === "dot")
    .flatMap((e) => e.operands)
  return new Set(operands.filter((operand) => !kinds.has(operand)))
}

function elementsOf(variables: ReadonlySet<Variable>): number {
  return [...variables].reduce(
    (sum, { shape }) => sum + concreteShape(shape).reduce((a, b) => a * b, 1),
    0,
  )
}
