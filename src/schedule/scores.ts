/**
 * Finds where a graph makes scores only to sum over them again: attention, in which every row's
 * scores are products of its query with all keys, and what is kept are sums over keys or over
 * queries. Such a region can be computed some rows at a time, so that no scores are stored.
 */

import {
  type Equation,
  type Graph,
  isElementwise,
  isEquation,
  makersOf,
  usersOf,
  type Variable,
} from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"

/** What a variable of a region holds, for scores of shape [batch…, rows, columns]. */
export type Kind =
  /** One element for each score. */
  | "scores"
  /** One for each row: [batch…, rows]. */
  | "rows"
  /** The same as [batch…, rows, 1]. */
  | "column"

/** A dot of scores with something else, whose sum runs over the scores' columns or their rows. */
export interface SumOfScores {
  readonly equation: Equation & Equation<"dot">
  /** Which operand holds the scores. */
  readonly side: 0 | 1
  readonly over: "columns" | "rows"
}

/** Equations whose scores only these sums need; none of them depends on another's result. */
export interface Region {
  /** [batch…, rows, columns]. */
  readonly shape: readonly number[]
  readonly sums: readonly SumOfScores[]
  /** All that makes the scores, in order; other regions may need some of it too. */
  readonly equations: readonly Equation[]
  readonly kinds: ReadonlyMap<Variable, Kind>
  /** How many sums of other regions, at most, lie on a way to it. */
  readonly level: number
}

/** The regions of a graph of concrete sizes, of so many scores or more: one after another, or side by side. */
export function findRegions(graph: Graph, fewestScores: number): readonly Region[] {
  const shapes = new Map<string, readonly number[]>()
  for (const equation of graph.equations) {
    if (!isEquation(equation, "dot") || equation.results[0].dtype !== "float32") continue
    const shape = concreteShape(equation.results[0].shape)
    const scores = shape.reduce((a, b) => a * b, 1)
    if (scores >= fewestScores && isScoreDot(equation, shape)) shapes.set(String(shape), shape)
  }
  return [...shapes.values()].flatMap((shape) => new Finder(graph, shape).find())
}

/** Whether a dot has one free axis on each side, behind the batch. */
function isScoreDot({ operands, params }: Equation<"dot">, shape: readonly number[]): boolean {
  const batch = params.batch[0].length
  const free = operands.map(
    ({ shape }, side) => shape.length - batch - params.contract[side === 0 ? 0 : 1].length,
  )
  return shape.length === batch + 2 && free[0] === 1 && free[1] === 1
}

class Finder {
  readonly #graph: Graph
  readonly #shape: readonly number[]
  readonly #kinds = new Map<Variable, Kind>()
  readonly #makers: ReadonlyMap<Variable, Equation>
  readonly #users: ReadonlyMap<Variable, readonly Equation[]>

  constructor(graph: Graph, shape: readonly number[]) {
    this.#graph = graph
    this.#shape = shape
    this.#makers = makersOf(graph)
    this.#users = usersOf(graph)
  }

  find(): readonly Region[] {
    const regions = this.#components(this.#classify())
    const known = new Set(regions)
    for (;;) {
      const inside = new Set([...known].flatMap(({ equations }) => equations))
      for (const { sums } of known) for (const { equation } of sums) inside.add(equation)
      const open = [...known].find((region) => !this.#isClosed(region, inside))
      if (open === undefined) return [...known]
      known.delete(open)
    }
  }

  /** Kinds of all variables, and the sums with the number of sums before them on any path. */
  #classify(): readonly { readonly sum: SumOfScores; readonly level: number }[] {
    const levels = new Map<Variable, number>()
    const found: { sum: SumOfScores; level: number }[] = []
    for (const equation of this.#graph.equations) {
      const level = Math.max(0, ...equation.operands.map((operand) => levels.get(operand) ?? 0))
      const sum = isEquation(equation, "dot") ? this.#sumOf(equation) : undefined
      if (sum !== undefined) found.push({ sum, level })
      const kind = sum === undefined ? this.#kindOf(equation) : undefined
      for (const result of equation.results) {
        levels.set(result, sum === undefined ? level : level + 1)
        if (kind !== undefined) this.#kinds.set(result, kind)
      }
    }
    return found
  }

  #kindOf(equation: Equation): Kind | undefined {
    const kinds = equation.operands.map((operand) => this.#kinds.get(operand))
    const [kind] = kinds
    const [result] = equation.results
    if (isElementwise(equation.primitive)) {
      return kinds.find((kind) => kind === "scores") ?? kinds.find((kind) => kind !== undefined)
    }
    const last = this.#shape.length - 1
    const shape = concreteShape(result.shape)
    if (isEquation(equation, "dot")) {
      const isScores = String(shape) === String(this.#shape) && isScoreDot(equation, shape)
      return isScores && kinds.every((kind) => kind === undefined) ? "scores" : undefined
    }
    if (kind === undefined) return undefined
    if (isEquation(equation, "reduceSum") || isEquation(equation, "reduceMax")) {
      return kind === "scores" && String(equation.params.axes) === String(last) ? "rows" : undefined
    }
    const rows = String(this.#shape.slice(0, -1))
    if (isEquation(equation, "reshape")) {
      if (kind === "scores") return undefined
      if (String(shape) === rows) return "rows"
      return String(shape) === `${rows},1` ? "column" : undefined
    }
    if (isEquation(equation, "broadcast") && String(shape) === String(this.#shape)) {
      const axes = String(equation.params.axes)
      const leading = shape.map((_, axis) => axis)
      const expected = kind === "rows" ? leading.slice(0, -1) : leading
      return kind !== "scores" && axes === String(expected) ? "scores" : undefined
    }
    return undefined
  }

  /** A dot that pairs the scores' batch and sums over one of their other two axes. */
  #sumOf(equation: Equation & Equation<"dot">): SumOfScores | undefined {
    const { operands, params } = equation
    const side = operands.findIndex((operand) => this.#kinds.get(operand) === "scores")
    if (side !== 0 && side !== 1) return undefined
    const other = operands[1 - side]
    const batch = this.#shape.length - 2
    const leading = this.#shape.slice(0, -2).map((_, axis) => axis)
    const [contracted, ...more] = params.contract[side]
    const fits =
      this.#kinds.get(other) === undefined &&
      String(params.batch[side]) === String(leading) &&
      more.length === 0 &&
      other.shape.length === batch + 2
    if (!fits) return undefined
    return { equation, side, over: contracted === batch ? "rows" : "columns" }
  }

  /** Sums of one level that share scores belong together. */
  #components(
    found: readonly { readonly sum: SumOfScores; readonly level: number }[],
  ): readonly Region[] {
    const groups: { level: number; sums: SumOfScores[]; needed: Set<Equation> }[] = []
    for (const { sum, level } of found) {
      const needed = this.#needed(sum.equation.operands[sum.side])
      const joined = groups.filter(
        (group) => group.level === level && [...needed].some((e) => group.needed.has(e)),
      )
      for (const group of joined) groups.splice(groups.indexOf(group), 1)
      groups.push({
        level,
        sums: [...joined.flatMap(({ sums }) => sums), sum],
        needed: new Set([...joined.flatMap((group) => [...group.needed]), ...needed]),
      })
    }
    return groups
      .map(({ sums, needed, level }) => ({
        shape: this.#shape,
        sums,
        level,
        equations: this.#graph.equations.filter((equation) => needed.has(equation)),
        kinds: this.#kinds,
      }))
      .filter(({ equations }) => equations.some(({ primitive }) => primitive.startsWith("reduce")))
  }

  /** The equations of the region that a variable is made by. */
  #needed(scores: Variable): ReadonlySet<Equation> {
    const found = new Set<Equation>()
    const open = [scores]
    for (let variable = open.pop(); variable !== undefined; variable = open.pop()) {
      const equation = this.#kinds.has(variable) ? this.#makers.get(variable) : undefined
      if (equation === undefined || found.has(equation)) continue
      found.add(equation)
      open.push(...equation.operands)
    }
    return found
  }

  /** Whether nobody but these equations uses what the region makes on its way. */
  #isClosed({ equations }: Region, inside: ReadonlySet<Equation>): boolean {
    const outputs = new Set(this.#graph.outputs)
    return equations.every(({ results: [result] }) => {
      const users = this.#users.get(result) ?? []
      return !outputs.has(result) && users.every((user) => inside.has(user))
    })
  }
}
