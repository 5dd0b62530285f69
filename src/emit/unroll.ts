/** Short reduced axes unrolled: every iteration becomes an expression of its own. */

import {
  type Accumulator,
  type Axis,
  type Condition,
  constantIndex,
  type Index,
  type LoopKernel,
  rangeOf,
  type Scalar,
  scalarUses,
  storesWithin,
  substituteIndex,
  visitScalars,
} from "../schedule/index.ts"

/** An accumulator that takes in several values per iteration of the remaining reduced axes. */
export interface Gathered {
  readonly accumulator: Accumulator
  readonly values: readonly Scalar[]
}

export interface Unrolled {
  /** Reduced axes that remain loops. */
  readonly reduced: readonly Axis[]
  readonly gathered: readonly Gathered[]
}

/** Iterations that are unrolled at most, and expressions that they may have together. */
const mostIterations = 16
const mostNodes = 320

/** All reduced axes as loops. */
export function notUnrolled({ reduced, accumulators }: LoopKernel): Unrolled {
  const gathered = accumulators.map((accumulator) => ({ accumulator, values: [accumulator.value] }))
  return { reduced, gathered }
}

/**
 * Unrolls those reduced axes that are short, as far as the code stays small: none where something is
 * stored for each of their iterations.
 */
export function unrollReduction(kernel: LoopKernel): Unrolled {
  const { reduced, accumulators, stores } = kernel
  if (stores.some((store) => storesWithin(kernel, store))) return notUnrolled(kernel)
  const values = accumulators.map((accumulator) => accumulator.value)
  const seeks = accumulators.some(({ combine }) => combine.startsWith("arg"))
  const axes = seeks ? [] : shortAxes(reduced, values)
  const gathered = accumulators.map((accumulator) => ({
    accumulator,
    values: [] as Scalar[],
  }))
  for (const at of combinations(axes)) {
    const fixed = new FixedAxes(at)
    for (const each of gathered) each.values.push(fixed.scalar(each.accumulator.value))
  }
  return { reduced: reduced.filter((axis) => !axes.includes(axis)), gathered }
}

function shortAxes(reduced: readonly Axis[], values: readonly Scalar[]): readonly Axis[] {
  let nodes = 0
  visitScalars(values, () => {
    nodes++
  })
  const most = Math.min(mostIterations, mostNodes / Math.max(1, nodes))
  const outer = new Set(reduced.map((axis) => axis.within?.outer))
  const chosen: Axis[] = []
  let count = 1
  for (const axis of reduced.toReversed()) {
    const whole = axis.place === "steps" && axis.within === undefined && !outer.has(axis)
    if (!whole || count * axis.extent > most) continue
    count *= axis.extent
    chosen.unshift(axis)
  }
  return chosen
}

/** Every way to fix some axes, the last of them running fastest. */
function combinations(axes: readonly Axis[]): readonly ReadonlyMap<Axis, number>[] {
  let all: ReadonlyMap<Axis, number>[] = [new Map()]
  for (const axis of axes) {
    all = all.flatMap((sofar) =>
      Array.from({ length: axis.extent }, (_, i) => new Map([...sofar, [axis, i]])),
    )
  }
  return all
}

/** Rewrites scalars for axes that stand at known values; what does not depend on them stays shared. */
class FixedAxes {
  readonly #at: ReadonlyMap<Axis, number>
  readonly #done = new Map<Scalar, Scalar>()

  constructor(at: ReadonlyMap<Axis, number>) {
    this.#at = at
  }

  readonly scalar = (scalar: Scalar): Scalar => {
    let made = this.#done.get(scalar)
    if (made === undefined) {
      made = this.#depends(scalar) ? this.#rewrite(scalar) : scalar
      this.#done.set(scalar, made)
    }
    return made
  }

  readonly #index = (index: Index): Index => {
    const replace = (axis: Axis): Index | undefined => {
      const value = this.#at.get(axis)
      return value === undefined ? undefined : constantIndex(value)
    }
    return substituteIndex(index, replace, this.scalar)
  }

  #depends(scalar: Scalar): boolean {
    for (const axis of this.#at.keys()) if (scalarUses(scalar, axis)) return true
    return false
  }

  #rewrite(scalar: Scalar): Scalar {
    switch (scalar.kind) {
      case "constant":
      case "accumulator":
        return scalar
      case "index":
      case "load":
        return { ...scalar, index: this.#index(scalar.index) }
      case "apply":
        return { ...scalar, operands: scalar.operands.map(this.scalar) }
      case "guard": {
        const conditions = scalar.conditions
          .map((condition) => ({ ...condition, index: this.#index(condition.index) }))
          .filter((condition) => settled(condition) !== true)
        if (conditions.some((condition) => settled(condition) === false)) {
          return this.scalar(scalar.otherwise)
        }
        const value = this.scalar(scalar.value)
        if (conditions.length === 0) return value
        return { ...scalar, conditions, value, otherwise: this.scalar(scalar.otherwise) }
      }
    }
  }
}

/** Whether a condition holds wherever the axes stand, or nowhere; undefined where that depends. */
function settled({ index, low, high }: Condition): boolean | undefined {
  const [least, most] = rangeOf(index)
  if (least >= low && most < high) return true
  return most < low || least >= high ? false : undefined
}
