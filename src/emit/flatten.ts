/** Groups of axes that count as one: merged where memory runs on, cut where runs of the last begin. */

import {
  Axis,
  addIndices,
  axisIndex,
  constantIndex,
  type Index,
  indexUses,
  type Scalar,
  ScalarRewriter,
  type Store,
  strideOf,
  visitScalars,
} from "../schedule/index.ts"

/** Axes counted as one, the last of them cut where runs of it begin: last = start + run. */
export interface Flat {
  /** All but the last. */
  readonly outer: readonly Axis[]
  readonly start: Axis
  readonly run: Axis
  /** Iterations of the last axis. */
  readonly extent: number
}

/** Groups of axes with the expressions over them. */
interface Grouped {
  readonly groups: readonly (readonly Axis[])[]
  readonly scalars: readonly Scalar[]
  readonly stores: readonly Store[]
}

export interface Flattened {
  readonly flats: readonly Flat[]
  readonly scalars: readonly Scalar[]
  readonly stores: readonly Store[]
}

/**
 * Rewrites expressions over flat groups: neighbours are merged where every index function of these
 * expressions runs through both with one stride, and the last axis of each group is cut.
 */
export function flatten(
  groups: readonly (readonly Axis[])[],
  scalars: readonly Scalar[],
  stores: readonly Store[],
): Flattened {
  // A group without axes gets one of extent 1.
  const filled = groups.map((axes) => (axes.length > 0 ? axes : [new Axis("one", 1, "steps")]))
  const merged = merge({ groups: filled, scalars, stores })
  const cuts = new Map<Axis, Flat>()
  for (const axes of merged.groups) {
    const last = axes[axes.length - 1]
    const { name, extent, place } = last
    const start = new Axis(`${name}s`, extent, place)
    const run = new Axis(`${name}r`, extent, place)
    cuts.set(last, { outer: axes.slice(0, -1), start, run, extent })
  }
  const rewriter = new ScalarRewriter((axis) => {
    const flat = cuts.get(axis)
    return flat && addIndices(axisIndex(flat.start), axisIndex(flat.run))
  })
  return {
    flats: [...cuts.values()],
    scalars: merged.scalars.map(rewriter.scalar),
    stores: merged.stores.map(rewriter.store),
  }
}

function merge(grouped: Grouped): Grouped {
  let current = grouped
  for (let pair = findPair(current); pair !== undefined; pair = findPair(current)) {
    const [outer, inner] = pair
    const merged = new Axis(inner.name, outer.extent * inner.extent, inner.place)
    const rewriter = new ScalarRewriter((axis) => {
      if (axis === outer) return constantIndex(0)
      return axis === inner ? axisIndex(merged) : undefined
    })
    current = {
      groups: current.groups.map((axes) =>
        axes.flatMap((axis) => (axis === outer ? [] : axis === inner ? [merged] : [axis])),
      ),
      scalars: current.scalars.map(rewriter.scalar),
      stores: current.stores.map(rewriter.store),
    }
  }
  return current
}

function findPair({ groups, scalars, stores }: Grouped): readonly [Axis, Axis] | undefined {
  const indices = allIndices(scalars, stores)
  for (const axes of groups) {
    for (let i = 0; i + 1 < axes.length; i++) {
      const [outer, inner] = [axes[i], axes[i + 1]]
      const runsOn = indices.every((index) => {
        if (!indexUses(index, outer) && !indexUses(index, inner)) return true
        const [far, near] = [strideOf(index, outer), strideOf(index, inner)]
        return far !== undefined && near !== undefined && far === near * inner.extent
      })
      if (runsOn) return [outer, inner]
    }
  }
  return undefined
}

/** Every index function, those inside quotients and remainders included. */
function allIndices(scalars: readonly Scalar[], stores: readonly Store[]): readonly Index[] {
  const found: Index[] = []
  const visit = (index: Index): void => {
    found.push(index)
    for (const { atom } of index.terms) {
      if (atom.kind === "quotient" || atom.kind === "remainder") visit(atom.of)
    }
  }
  for (const store of stores) visit(store.index)
  visitScalars([...scalars, ...stores.map((store) => store.value)], (scalar) => {
    if (scalar.kind === "load" || scalar.kind === "index") visit(scalar.index)
    else if (scalar.kind === "guard") for (const { index } of scalar.conditions) visit(index)
  })
  return found
}
