/**
 * Finds out how far the rows of a region of scores see: behind a causal mask, scores are −∞ from some
 * column on, their powers 0, and what a gradient makes of them 0 again. Sums need not go there.
 */

import { type Equation, isEquation, type Variable } from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"
import type { Region } from "./scores.ts"

/** An array whose elements are the index along one of its axes, if any, plus an offset. */
interface Ramp {
  readonly axis: number | undefined
  readonly offset: number
}

/** What the scores that a row does not see are, where that is known. */
type Unseen = "-infinity" | "zero" | undefined

type Makers = ReadonlyMap<Variable, Equation>

/**
 * The number `reach`, if there is one, such that row r of the region's sums depends on the columns up
 * to r + reach alone (but for what infinities there would make of the rest).
 */
export function reachOf({ equations, sums }: Region, makers: Makers): number | undefined {
  const reaches = equations.flatMap((equation) => {
    const reach = isEquation(equation, "select")
      ? reachOfMask(equation.operands[0], makers)
      : undefined
    return reach === undefined ? [] : [reach]
  })
  if (reaches.length === 0) return undefined
  const unseen = new Map<Variable, Unseen>()
  for (const equation of equations) {
    const [operand] = equation.operands
    if (isEquation(equation, "reduceMax") && unseen.get(operand) !== "-infinity") return undefined
    if (isEquation(equation, "reduceSum") && unseen.get(operand) !== "zero") return undefined
    unseen.set(equation.results[0], unseenOf(equation, unseen, makers))
  }
  const all = sums.every(({ equation, side }) => unseen.get(equation.operands[side]) === "zero")
  return all ? Math.max(...reaches) : undefined
}

/** What becomes of unseen scores; 0 times anything counts as 0. */
function unseenOf(
  equation: Equation,
  unseen: ReadonlyMap<Variable, Unseen>,
  makers: Makers,
): Unseen {
  const [x, y] = equation.operands.map((operand) => unseen.get(operand))
  switch (equation.primitive) {
    case "select": {
      const [mask, , hidden] = equation.operands
      return reachOfMask(mask, makers) === undefined ? undefined : constantOf(hidden, makers)
    }
    case "subtract":
      return x === "-infinity" && y === undefined ? x : undefined
    case "exp":
      return x === "-infinity" ? "zero" : undefined
    case "negate":
    case "cast":
    case "divide":
      return x === "zero" ? x : undefined
    case "multiply":
      return x === "zero" || y === "zero" ? "zero" : undefined
    default:
      return undefined
  }
}

function constantOf(variable: Variable, makers: Makers): Unseen {
  const maker = makers.get(variable)
  if (maker === undefined || !isEquation(maker, "full")) return undefined
  const { value } = maker.params
  return value === Number.NEGATIVE_INFINITY ? "-infinity" : value === 0 ? "zero" : undefined
}

/** The reach of a mask [batch…, rows, columns] that is set where column ≤ row + reach, and only there. */
function reachOfMask(mask: Variable, makers: Makers): number | undefined {
  let maker = makers.get(mask)
  let columnAxis = mask.shape.length - 1
  while (maker !== undefined && isEquation(maker, "broadcast")) {
    const { axes } = maker.params
    columnAxis = axes.indexOf(columnAxis)
    const [operand] = maker.operands
    if (columnAxis < 1 || axes[columnAxis - 1] !== axes[columnAxis] - 1) return undefined
    if (String(operand.shape.slice(-2)) !== String(mask.shape.slice(-2))) return undefined
    maker = makers.get(operand)
  }
  if (maker === undefined) return undefined
  const { primitive } = maker
  const [first, second] = maker.operands.map((operand) => rampOf(operand, makers))
  if (first === undefined || second === undefined) return undefined
  const isUpTo = primitive === "lessEqual" || primitive === "less"
  if (!isUpTo && primitive !== "greaterEqual" && primitive !== "greater") return undefined
  const [column, row] = isUpTo ? [first, second] : [second, first]
  if (column.axis !== columnAxis || row.axis !== columnAxis - 1) return undefined
  const strict = primitive === "less" || primitive === "greater" ? 1 : 0
  return row.offset - column.offset - strict
}

function rampOf(variable: Variable, makers: Makers): Ramp | undefined {
  const maker = makers.get(variable)
  if (maker === undefined || variable.dtype !== "int32") return undefined
  if (isEquation(maker, "iota")) return { axis: maker.params.axis, offset: 0 }
  if (isEquation(maker, "full")) return { axis: undefined, offset: maker.params.value }
  const [x, y] = maker.operands.map((operand) => rampOf(operand, makers))
  if (x === undefined) return undefined
  if (isEquation(maker, "broadcast")) {
    return { ...x, axis: x.axis === undefined ? undefined : maker.params.axes[x.axis] }
  }
  if (isEquation(maker, "reshape")) {
    const [from, to] = [maker.operands[0], variable].map(({ shape }) => longAxes(shape))
    const place = x.axis === undefined ? 0 : from.indexOf(x.axis)
    if (x.axis === undefined) return x
    return place < 0 || from.length !== to.length ? undefined : { ...x, axis: to[place] }
  }
  if (isEquation(maker, "add") && y !== undefined) {
    if (x.axis !== undefined && y.axis !== undefined) return undefined
    return { axis: x.axis ?? y.axis, offset: x.offset + y.offset }
  }
  return undefined
}

/** The axes of more than one element. */
function longAxes(shape: Variable["shape"]): readonly number[] {
  return concreteShape(shape).flatMap((extent, axis) => (extent === 1 ? [] : [axis]))
}
