/**
 * A scan of one long row would be one thread's: the row is cut into parts, the parts are combined side
 * by side, and each part's scan then begins with what the parts before it give (the two sweeps of
 * Blelloch, "Prefix sums and their applications", 1990, with one level of parts). The row is read twice
 * for it, so several rows, which several threads take as they are, stay whole.
 */

import {
  type Equation,
  type Graph,
  type GraphBuilder,
  GraphCopy,
  isEquation,
  operations as op,
  type ScanParams,
  subgraphsOf,
  type Variable,
} from "../graph/index.ts"
import { concreteShape, type DType, dtypes } from "../size/index.ts"

/** What is shorter is done by one thread before others have shared it out. */
const leastElements = 2 ** 18

/** From so many parts on, the first number that divides a row is taken, if there is one. */
const [leastParts, mostParts] = [256, 1024]

/** The same computation with long scans in parts. They depend on sizes alone, not on threads. */
export function withScansInParts(graph: Graph): Graph {
  if (!holdsLongScan(graph)) return graph
  const copy = new GraphCopy(graph)
  for (const equation of graph.equations) {
    const scan = longScanOf(equation)
    if (scan === undefined) copy.repeat(equation, withScansInParts)
    else copy.set(equation, [inParts(copy.builder, copy.at(equation.operands[0]), scan)])
  }
  return copy.build(graph)
}

function holdsLongScan({ equations }: Graph): boolean {
  return equations.some(
    (equation) =>
      longScanOf(equation) !== undefined ||
      subgraphsOf(equation.params).some((inner) => holdsLongScan(inner.graph)),
  )
}

interface LongScan extends ScanParams {
  readonly kind: Kind
  readonly parts: number
}

interface Kind {
  readonly scan: "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin"
  readonly reduce: "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin"
  readonly combine: op.PlainElementwise
  /** What changes nothing. */
  readonly identity: (dtype: DType) => number
}

const kinds: readonly Kind[] = [
  { scan: "cumulativeSum", reduce: "reduceSum", combine: "add", identity: () => 0 },
  { scan: "cumulativeProd", reduce: "reduceProd", combine: "multiply", identity: () => 1 },
  {
    scan: "cumulativeMax",
    reduce: "reduceMax",
    combine: "maximum",
    identity: (dtype) => dtypes[dtype].lowest,
  },
  {
    scan: "cumulativeMin",
    reduce: "reduceMin",
    combine: "minimum",
    identity: (dtype) => dtypes[dtype].highest,
  },
]

/** How a scan is cut; undefined where rows are several or short, or no fit number divides the row. */
function longScanOf(equation: Equation): LongScan | undefined {
  for (const kind of kinds) {
    if (!isEquation(equation, kind.scan)) continue
    const { axis, reverse } = equation.params
    const shape = concreteShape(equation.results[0].shape)
    const elements = shape.reduce((product, extent) => product * extent, 1)
    if (elements < leastElements || elements > shape[axis]) return undefined
    for (let parts = leastParts; parts <= mostParts; parts++) {
      if (shape[axis] % parts === 0) return { kind, parts, axis, reverse }
    }
  }
  return undefined
}

function inParts(b: GraphBuilder, x: Variable, { kind, parts, axis, reverse }: LongScan): Variable {
  const cut = op.splitAxis(b, x, axis, parts)
  const each = concreteShape(cut.shape)[axis + 1]
  const identity = kind.identity(x.dtype)
  const total = b.emit(kind.reduce, [cut], { axes: [axis + 1] })
  // What comes before each part: nothing before the first.
  const before = reverse
    ? op.padAxis(b, op.sliceAxis(b, total, axis, 1, parts), axis, [0, 1, 0], identity)
    : op.padAxis(b, op.sliceAxis(b, total, axis, 0, parts - 1), axis, [1, 0, 0], identity)
  const carried = b.emit(kind.scan, [before], { axis, reverse })
  const start = op.reshape(b, carried, cut.shape.toSpliced(axis + 1, 1, 1))
  const rest = each - 1
  const starts = op.padAxis(b, start, axis + 1, reverse ? [rest, 0, 0] : [0, rest, 0], identity)
  const scanned = b.emit(kind.scan, [op.combine(b, kind.combine, cut, starts)], {
    axis: axis + 1,
    reverse,
  })
  return op.mergeAxes(b, scanned, axis)
}
