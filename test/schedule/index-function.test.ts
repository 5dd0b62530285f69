import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  Axis,
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  type Index,
  indexKey,
  quotientIndex,
  rangeOf,
  remainderIndex,
  scaleIndex,
  strideOf,
  unflattenIndex,
} from "../../src/schedule/index.ts"

const i = new Axis("i", 4, "steps")
const j = new Axis("j", 6, "steps")
const k = new Axis("k", 5, "steps")
const axes = [i, j, k]

function valueOf(index: Index, at: ReadonlyMap<Axis, number>): number {
  return index.terms.reduce((sum, { factor, atom }) => {
    switch (atom.kind) {
      case "axis":
        return sum + factor * (at.get(atom.axis) ?? 0)
      case "quotient":
        return sum + factor * Math.floor(valueOf(atom.of, at) / atom.by)
      case "remainder": {
        const of = valueOf(atom.of, at)
        return sum + factor * (of - atom.by * Math.floor(of / atom.by))
      }
      case "value":
        throw new Error("no run-time values here")
    }
    return atom satisfies never
  }, index.constant)
}

/** Every place of the three axes. */
function* places(): Generator<ReadonlyMap<Axis, number>> {
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 6; b++)
      for (let c = 0; c < 5; c++)
        yield new Map([
          [i, a],
          [j, b],
          [k, c],
        ])
}

/** An index function beside the plain function that it must equal. */
interface Twin {
  readonly index: Index
  readonly plain: (at: ReadonlyMap<Axis, number>) => number
}

const leaf: fc.Arbitrary<Twin> = fc.oneof(
  fc.constantFrom(...axes).map((axis) => ({
    index: axisIndex(axis),
    plain: (at: ReadonlyMap<Axis, number>) => at.get(axis) ?? 0,
  })),
  fc.integer({ min: -9, max: 9 }).map((n) => ({ index: constantIndex(n), plain: () => n })),
)

const divisor = fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 12, 24)

const twin: fc.Arbitrary<Twin> = fc.letrec<{ tree: Twin }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => ({
      index: addIndices(a.index, b.index),
      plain: (at: ReadonlyMap<Axis, number>) => a.plain(at) + b.plain(at),
    })),
    fc.tuple(tie("tree"), fc.integer({ min: -6, max: 12 })).map(([a, by]) => ({
      index: scaleIndex(a.index, by),
      plain: (at: ReadonlyMap<Axis, number>) => a.plain(at) * by,
    })),
    fc.tuple(tie("tree"), divisor).map(([a, by]) => ({
      index: quotientIndex(a.index, by),
      plain: (at: ReadonlyMap<Axis, number>) => Math.floor(a.plain(at) / by),
    })),
    fc.tuple(tie("tree"), divisor).map(([a, by]) => ({
      index: remainderIndex(a.index, by),
      plain: (at: ReadonlyMap<Axis, number>) => a.plain(at) - by * Math.floor(a.plain(at) / by),
    })),
  ),
})).tree

describe("an index function", () => {
  test("keeps its value through every simplification, everywhere", () => {
    fc.assert(
      fc.property(twin, ({ index, plain }) => {
        const [low, high] = rangeOf(index)
        for (const at of places()) {
          const value = valueOf(index, at)
          expect(value === plain(at)).toBe(true)
          expect(value).toBeGreaterThanOrEqual(low)
          expect(value).toBeLessThanOrEqual(high)
        }
      }),
      { numRuns: 500 },
    )
  })

  test("that is flattened and taken apart again is itself", () => {
    const coordinates = [axisIndex(i), axisIndex(j), axisIndex(k)]
    const again = unflattenIndex(flattenIndex(coordinates, [4, 6, 5]), [4, 6, 5])
    expect(again.map(indexKey)).toEqual(coordinates.map(indexKey))
  })

  test("through a reshape and back is itself", () => {
    const coordinates = [axisIndex(i), axisIndex(j), axisIndex(k)]
    const other = unflattenIndex(flattenIndex(coordinates, [4, 6, 5]), [8, 15])
    const back = unflattenIndex(flattenIndex(other, [8, 15]), [4, 6, 5])
    expect(back.map(indexKey)).toEqual(coordinates.map(indexKey))
  })

  test("of a split axis divides without a remainder", () => {
    const linear = addIndices(scaleIndex(axisIndex(i), 6), axisIndex(j))
    expect(indexKey(quotientIndex(linear, 6))).toBe(indexKey(axisIndex(i)))
    expect(indexKey(remainderIndex(linear, 6))).toBe(indexKey(axisIndex(j)))
  })

  test("knows its stride where it is affine, and that it has none where it is not", () => {
    const linear = addIndices(scaleIndex(axisIndex(i), 30), axisIndex(j))
    expect(strideOf(linear, i)).toBe(30)
    expect(strideOf(linear, k)).toBe(0)
    expect(strideOf(quotientIndex(axisIndex(j), 4), j)).toBeUndefined()
  })
})
