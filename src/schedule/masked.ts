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

/**
 * What the scores that a row does not see are, where that is known. Beside a score that is seen,
 * e^x of a low one rounds to 0 too.
 */
type Unseen = "-infinity" | "low" | "zero" | undefined

/** Scores up to this one are low: whatever is seen lies further above it than 104. */
const low = -1e30

type Makers = ReadonlyMap<Variable, Equation>

/** Row r sees the columns up to r + reach, or those from there on. */
interface Sight {
  readonly side: "up to" | "from"
  readonly reach: number
}

/**
 * The number `reach`, if there is one, such that row r of the region's sums depends on the columns up
 * to r + reach alone (but for what infinities there would make of the rest).
 */
export function reachOf(region: Region, makers: Makers): number | undefined {
  const sights = region.equations.flatMap((equation) => {
    const sight = isEquation(equation, "select") ? sightOf(equation.operands[0], makers) : undefined
    return sight === undefined ? [] : [sight]
  })
  const reaches = new Set(sights.flatMap(({ side, reach }) => (side === "up to" ? [reach] : [])))
  return [...reaches]
    .sort((a, b) => a - b)
    .find((reach) => isBounded(region, reach, sights, makers))
}

/** Whether no sum of a region needs columns further than `reach` from the row's own. */
function isBounded(region: Region, reach: number, sights: readonly Sight[], makers: Makers) {
  const unseen = new Map<Variable, Unseen>()
  for (const equation of region.equations) {
    const state = unseen.get(equation.operands[0])
    const isLeast = state === "-infinity" || state === "low"
    if (isEquation(equation, "reduceMax") && !isLeast) return false
    if (isEquation(equation, "reduceSum") && state !== "zero") return false
    unseen.set(equation.results[0], unseenOf(equation, unseen, reach, makers))
  }
  const isLow = [...unseen.values()].includes("low")
  if (isLow && !everyRowSees(region, sights, makers)) return false
  return region.sums.every(({ equation, side }) => unseen.get(equation.operands[side]) === "zero")
}

/**
 * Whether every row sees a score of its own. A row that sees none has equal shares in all columns,
 * those included that others do not see: a low score is then not like −∞.
 */
function everyRowSees(
  { equations, shape, kinds }: Region,
  sights: readonly Sight[],
  makers: Makers,
) {
  const [rows, columns] = shape.slice(-2)
  const own = sights.every(({ side, reach }) => (side === "up to" ? reach >= 0 : reach <= 0))
  if (!own || (rows > columns && sights.some(({ side }) => side === "from"))) return false
  return equations.every((equation) => {
    const { primitive, operands } = equation
    if (primitive === "select") {
      // A mask of other elements, which may hide a whole row.
      return sightOf(operands[0], makers) !== undefined
    }
    // What comes from outside may be −∞ all along a row.
    const isSum = primitive === "add" || primitive === "subtract"
    return !isSum || operands.every((x) => kinds.has(x) || constantOf(x, makers) !== undefined)
  })
}

/** What becomes of unseen scores; 0 times anything counts as 0. */
function unseenOf(
  equation: Equation,
  unseen: ReadonlyMap<Variable, Unseen>,
  reach: number,
  makers: Makers,
): Unseen {
  const [x, y] = equation.operands.map((operand) => unseen.get(operand))
  switch (equation.primitive) {
    case "select": {
      const [mask, seen, hidden] = equation.operands
      const sight = sightOf(mask, makers)
      const made = stateOf(constantOf(hidden, makers))
      // Behind another mask, what was unseen before stays so where both hide alike.
      const hides = sight?.side === "up to" && sight.reach <= reach
      return hides || (made !== undefined && unseen.get(seen) === made) ? made : undefined
    }
    case "subtract":
      return (x === "-infinity" || x === "low") && y === undefined ? x : undefined
    case "exp":
      return x === "-infinity" || x === "low" ? "zero" : undefined
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

function stateOf(value: number | undefined): Unseen {
  if (value === undefined || value === 0) return value === 0 ? "zero" : undefined
  return value === Number.NEGATIVE_INFINITY ? "-infinity" : value <= low ? "low" : undefined
}

function constantOf(variable: Variable, makers: Makers): number | undefined {
  const maker = makers.get(variable)
  return maker !== undefined && isEquation(maker, "full") ? maker.params.value : undefined
}

/** What a mask [batch…, rows, columns] lets each row see, where that is one side of a diagonal. */
function sightOf(mask: Variable, makers: Makers): Sight | undefined {
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
  const [lesser, greater] = isUpTo ? [first, second] : [second, first]
  const strict = primitive === "less" || primitive === "greater" ? 1 : 0
  const offset = greater.offset - lesser.offset - strict
  const isRow = ({ axis }: Ramp): boolean => axis === columnAxis - 1
  const isColumn = ({ axis }: Ramp): boolean => axis === columnAxis
  if (isColumn(lesser) && isRow(greater)) return { side: "up to", reach: offset }
  if (isRow(lesser) && isColumn(greater)) return { side: "from", reach: -offset }
  return undefined
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
  if (isEquation(maker, "subtract") && y !== undefined) {
    return y.axis === undefined ? { axis: x.axis, offset: x.offset - y.offset } : undefined
  }
  return undefined
}

/** The axes of more than one element. */
function longAxes(shape: Variable["shape"]): readonly number[] {
  return concreteShape(shape).flatMap((extent, axis) => (extent === 1 ? [] : [axis]))
}
