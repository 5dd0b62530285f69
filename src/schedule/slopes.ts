/**
 * Terms that are each a multiple of one value are a single multiple of it: g·a + g·b is g·(a + b).
 * That is how a cotangent g meets an activation's derivative. The factor, the activation's slope, does
 * not need the cotangent, and so can be computed where the activation is.
 */

import {
  type Equation,
  type Graph,
  GraphCopy,
  isElementwise,
  isEquation,
  makersOf,
  operations as op,
  usersOf,
  type Variable,
} from "../graph/index.ts"

/** A variable that is a multiple of another one of its shape. */
interface Multiple {
  readonly base: Variable
  /** When the base is computed. */
  readonly since: number
  /** The operands of its equation that are multiples of the base; none of the base itself. */
  readonly through: readonly number[]
  /** Whether terms are added up on the way. */
  readonly isSum: boolean
}

/** The same computation with slopes apart from what they are multiplied with. */
export function withSlopesApart(graph: Graph): Graph {
  const finder = new Finder(graph)
  const sums = finder.sums()
  const copy = new GraphCopy(graph)
  const b = copy.builder
  /** What a variable is the base times of; undefined for one. */
  const slopeOf = (variable: Variable): Variable | undefined => {
    const multiple = finder.multiples.get(variable)
    const equation = finder.makers.get(variable)
    if (multiple === undefined || equation === undefined || multiple.through.length === 0) return
    const [first, second] = multiple.through.map((i) => slopeOf(equation.operands[i]))
    const one = (): Variable => op.ones(b, variable)
    if (isEquation(equation, "negate")) return op.apply(b, "negate", first ?? one())
    if (multiple.through.length === 2) {
      return b.emit(equation.primitive, [first ?? one(), second ?? one()], equation.params)
    }
    const other = copy.at(equation.operands[1 - multiple.through[0]])
    if (isEquation(equation, "divide")) return op.apply(b, "divide", first ?? one(), other)
    return first === undefined ? other : op.multiply(b, first, other)
  }
  const inner = new Set([...sums.values()].flatMap(({ path }) => [...path]))
  for (const equation of graph.equations) {
    const sum = sums.get(equation)
    if (sum !== undefined) {
      const slope = slopeOf(equation.results[0])
      if (slope !== undefined) copy.set(equation, [op.multiply(b, copy.at(sum.base), slope)])
    } else if (!inner.has(equation)) copy.repeat(equation, withSlopesApart)
  }
  return copy.build(graph)
}

/** A sum of multiples of a base, and the equations that make it of the base and nobody else needs. */
interface SumOfMultiples {
  readonly base: Variable
  readonly path: ReadonlySet<Equation>
}

class Finder {
  readonly multiples = new Map<Variable, Multiple>()
  readonly makers: ReadonlyMap<Variable, Equation>
  readonly #graph: Graph
  readonly #users: ReadonlyMap<Variable, readonly Equation[]>

  constructor(graph: Graph) {
    this.#graph = graph
    this.makers = makersOf(graph)
    this.#users = usersOf(graph)
    for (const [at, equation] of graph.equations.entries()) {
      for (const result of equation.results) {
        const multiple = this.#multipleOf(equation, result, at)
        if (multiple !== undefined) this.multiples.set(result, multiple)
      }
    }
  }

  /** The sums whose slopes can be computed before their bases, by the equation that ends each. */
  sums(): ReadonlyMap<Equation, SumOfMultiples> {
    const outputs = new Set(this.#graph.outputs)
    const found = new Map<Equation, SumOfMultiples>()
    for (const equation of this.#graph.equations) {
      const [result] = equation.results
      const multiple = this.multiples.get(result)
      if (!multiple?.isSum) continue
      const { base } = multiple
      const users = this.#users.get(result) ?? []
      const isPart = users.length > 0 && users.every((user) => this.#goesOn(user, base))
      if (isPart && !outputs.has(result)) continue
      const path = this.#pathOf(result)
      const isOwn = [...path].every(({ results: [between] }) => {
        if (between === result) return true
        return (
          !outputs.has(between) && (this.#users.get(between) ?? []).every((user) => path.has(user))
        )
      })
      if (isOwn && this.#isApart(path, base)) found.set(equation, { base, path })
    }
    return found
  }

  #multipleOf(equation: Equation, result: Variable, at: number): Multiple | undefined {
    if (result.dtype !== "float32") return undefined
    if (!isElementwise(equation.primitive)) {
      const copies = isEquation(equation, "broadcast") || isEquation(equation, "full")
      return copies ? undefined : { base: result, since: at, through: [], isSum: false }
    }
    const [x, y] = equation.operands.map((operand) => this.multiples.get(operand))
    if (isEquation(equation, "negate") || isEquation(equation, "divide")) {
      return x && { ...x, through: [0] }
    }
    if (isEquation(equation, "multiply")) {
      // Of the factor whose base is the newer: a cotangent comes after what it is multiplied with.
      if (x !== undefined && x.since >= (y?.since ?? 0)) return { ...x, through: [0] }
      return y && { ...y, through: [1] }
    }
    if (!isEquation(equation, "add") && !isEquation(equation, "subtract")) return undefined
    if (x === undefined || y?.base !== x.base) return undefined
    return { ...x, through: [0, 1], isSum: true }
  }

  /** Whether an equation's result is a multiple of a base as well. */
  #goesOn({ results: [result] }: Equation, base: Variable): boolean {
    const multiple = this.multiples.get(result)
    return multiple?.base === base && multiple.through.length > 0
  }

  /** The equations from the base of a multiple to it. */
  #pathOf(variable: Variable): ReadonlySet<Equation> {
    const path = new Set<Equation>()
    const open = [variable]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const equation = this.makers.get(next)
      const through = this.multiples.get(next)?.through ?? []
      if (equation === undefined || through.length === 0 || path.has(equation)) continue
      path.add(equation)
      for (const i of through) open.push(equation.operands[i])
    }
    return path
  }

  /** Whether what a path's factors are computed from does not depend on its base. */
  #isApart(path: ReadonlySet<Equation>, base: Variable): boolean {
    const dependents = new Set<Variable>([base])
    const open = [base]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const user of this.#users.get(next) ?? []) {
        for (const result of user.results) {
          if (dependents.has(result)) continue
          dependents.add(result)
          open.push(result)
        }
      }
    }
    for (const { operands, results } of path) {
      const through = this.multiples.get(results[0])?.through ?? []
      const factors = operands.filter((_, i) => !through.includes(i))
      if (factors.some((factor) => dependents.has(factor))) return false
    }
    return true
  }
}
