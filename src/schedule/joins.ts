/**
 * Arrays side by side. The gradient of a split array is a sum of its parts' gradients, each padded with
 * zeros to the whole: they are joined instead. What a loop makes for a joined array, it stores there.
 */

import {
  type Equation,
  type Graph,
  GraphCopy,
  isEquation,
  makersOf,
  operations as op,
  usersOf,
  type Variable,
} from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"
import { Axis } from "./axis.ts"
import type { Index } from "./expression.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  strideOf,
  unflattenIndex,
} from "./index-function.ts"

/** The same computation with products' operands joined that are sums of padded parts. */
export function withPartsJoined(graph: Graph): Graph {
  const [makers, users] = [makersOf(graph), usersOf(graph)]
  const parts = new Map<Equation, Parts>()
  for (const equation of graph.equations) {
    const [result] = equation.results
    if (!isEquation(equation, "add") || !goesToProduct(result, users)) continue
    const found = partsOf(result, makers)
    if (found !== undefined) parts.set(equation, found)
  }
  if (parts.size === 0 && !graph.equations.some(hasControl)) return graph
  const needed = new Set(graph.outputs)
  const kept = graph.equations.toReversed().filter((equation) => {
    const isNeeded = equation.results.some((result) => needed.has(result))
    const operands = parts.get(equation)?.operands ?? equation.operands
    if (isNeeded) for (const operand of operands) needed.add(operand)
    return isNeeded
  })
  const copy = new GraphCopy(graph)
  for (const equation of kept.reverse()) {
    const found = parts.get(equation)
    if (found === undefined) copy.repeat(equation, withPartsJoined)
    else {
      const operands = found.operands.map((operand) => copy.at(operand))
      copy.set(equation, [op.concatenate(copy.builder, operands, found.axis)])
    }
  }
  return copy.build(graph)
}

function hasControl({ primitive }: Equation): boolean {
  return primitive === "loop" || primitive === "while" || primitive === "cond"
}

/** Whether a product of matrices or a convolution reads a variable, which then is stored anyway. */
function goesToProduct(
  variable: Variable,
  users: ReadonlyMap<Variable, readonly Equation[]>,
): boolean {
  return (users.get(variable) ?? []).some((user) => {
    if (isEquation(user, "dot") || isEquation(user, "convolve")) return true
    return isView(user) && goesToProduct(user.results[0], users)
  })
}

function isView(equation: Equation): boolean {
  return isEquation(equation, "reshape") || isEquation(equation, "transpose")
}

interface Parts {
  readonly operands: readonly Variable[]
  readonly axis: number
}

/** The arrays that a variable has side by side along an axis, all of it. */
function partsOf(variable: Variable, makers: ReadonlyMap<Variable, Equation>): Parts | undefined {
  const found: { readonly operand: Variable; readonly axis: number; readonly start: number }[] = []
  const shape = concreteShape(variable.shape)
  const open = [variable]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const equation = makers.get(next)
    if (equation === undefined) return undefined
    if (isEquation(equation, "add")) {
      open.push(...equation.operands)
      continue
    }
    if (!isEquation(equation, "pad") || equation.params.value !== 0) return undefined
    const [operand] = equation.operands
    const extents = concreteShape(operand.shape)
    const axis = shape.findIndex((extent, i) => extent !== extents[i])
    const isAlong = extents.every((extent, i) => i === axis || extent === shape[i])
    const { low, interior } = equation.params
    if (axis < 0 || !isAlong || interior[axis] !== 0) return undefined
    if (low.some((size, i) => (i === axis ? Number(size) < 0 : size !== 0))) return undefined
    found.push({ operand, axis, start: Number(low[axis]) })
  }
  const [{ axis }] = found
  found.sort((a, b) => a.start - b.start)
  let end = 0
  for (const each of found) {
    if (each.axis !== axis || each.start !== end) return undefined
    end += concreteShape(each.operand.shape)[axis]
  }
  return end === shape[axis] ? { operands: found.map(({ operand }) => operand), axis } : undefined
}

/** Where elements of a variable stand in an array that others are joined to it in. */
export interface Joined {
  readonly whole: Variable
  readonly index: (coordinates: readonly Index[]) => Index
}

/** The results of loops that nobody needs but an array which they are joined in, and their places there. */
export function joinedRows(graph: Graph): ReadonlyMap<Variable, Joined> {
  const [makers, users] = [makersOf(graph), usersOf(graph)]
  const outputs = new Set(graph.outputs)
  const joined = new Map<Variable, Joined>()
  for (const equation of graph.equations) {
    if (!isEquation(equation, "concatenate")) continue
    const [whole] = equation.results
    const shape = concreteShape(whole.shape)
    const { axis } = equation.params
    let start = 0
    for (const operand of equation.operands) {
      const offset = constantIndex(start)
      start += concreteShape(operand.shape)[axis]
      const views = viewsOf(operand, (variable) => {
        return (users.get(variable) ?? []).length === 1 && !outputs.has(variable)
          ? makers.get(variable)
          : undefined
      })
      // What stands there twice has no one place.
      const isOnce = equation.operands.filter((other) => other === operand).length === 1
      if (views === undefined || !isOnce) continue
      const index = (coordinates: readonly Index[]): Index => {
        const at = views.through.reduce(throughView, coordinates)
        return flattenIndex(
          at.map((each, i) => (i === axis ? addIndices(each, offset) : each)),
          shape,
        )
      }
      const own = concreteShape(views.rows.shape).map(
        (extent, i) => new Axis(`i${i}`, extent, "steps"),
      )
      const last = own.at(-1)
      // What lies side by side goes to lanes, and has to lie side by side there, too.
      if (last === undefined || strideOf(index(own.map(axisIndex)), last) !== 1) continue
      joined.set(views.rows, { whole, index })
    }
  }
  return joined
}

/** The rows of a loop that a variable is a view of, and the views from there on. */
export function viewsOf(
  variable: Variable,
  makerOf: (variable: Variable) => Equation | undefined,
): { readonly rows: Variable; readonly through: readonly Equation[] } | undefined {
  const equation = makerOf(variable)
  if (equation === undefined) return undefined
  if (isEquation(equation, "loop")) {
    const isRows = equation.results.indexOf(variable) >= equation.params.carries
    return isRows ? { rows: variable, through: [] } : undefined
  }
  if (!isView(equation)) return undefined
  const found = viewsOf(equation.operands[0], makerOf)
  return found && { rows: found.rows, through: [...found.through, equation] }
}

/** The coordinates of a view's element, from those of the element that it shows. */
function throughView(at: readonly Index[], view: Equation): readonly Index[] {
  const [operand] = view.operands
  const [result] = view.results
  if (isEquation(view, "transpose")) return view.params.permutation.map((axis) => at[axis])
  return unflattenIndex(flattenIndex(at, concreteShape(operand.shape)), concreteShape(result.shape))
}
