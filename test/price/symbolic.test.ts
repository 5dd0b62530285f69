import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { checkGraph, type Graph, GraphBuilder, type Variable } from "../../src/graph/index.ts"
import { bindGraph, type Price, priceAt, priceGraph } from "../../src/price/index.ts"
import { add, multiply, type Shape, type Size, sizesEqual, symbol } from "../../src/size/index.ts"
import { Chance } from "../graph/chance.ts"

const N = symbol("N")
const M = symbol("M")
const extents: readonly Size[] = [1, 2, 3, N, M, add(N, 1), multiply(2, M)]

type Grower = (b: GraphBuilder, x: Variable, chance: Chance, y: Variable) => Variable | undefined

const noPadding = (x: Variable) => x.shape.map(() => 0)

const growers: readonly Grower[] = [
  (b, x) => b.emit("exp", [x], {}),
  (b, x) => b.emit("add", [x, x], {}),
  (b, x, _, y) => (sameShape(x, y) ? b.emit("multiply", [x, y], {}) : undefined),
  (b, x, chance) => b.emit("reduceSum", [x], { axes: chance.some(x.shape.map((_, axis) => axis)) }),
  (b, x, chance) => {
    if (x.shape.length === 0) return undefined
    return b.emit("argmax", [x], { axis: chance.between(0, x.shape.length - 1) })
  },
  (b, x, chance) => {
    const axes = x.shape.map((_, axis) => axis + 1)
    return b.emit("broadcast", [x], { shape: [chance.pick(extents), ...x.shape], axes })
  },
  (b, x) => b.emit("transpose", [x], { permutation: x.shape.map((_, axis) => axis).reverse() }),
  (b, x) => b.emit("reshape", [x], { shape: [multiply(...x.shape)] }),
  (b, x) =>
    b.emit("pad", [x], {
      low: x.shape.map(() => 1),
      high: x.shape.map(() => N),
      interior: noPadding(x),
      value: 0,
    }),
  (b, x) =>
    b.emit("slice", [x], {
      starts: noPadding(x),
      limits: x.shape,
      strides: x.shape.map(() => 2),
    }),
  (b, x) => (x.shape.length === 0 ? undefined : b.emit("concatenate", [x, x], { axis: 0 })),
  (b, x, _, y) => {
    const [rows, columns] = [x.shape.length - 1, 0]
    if (rows < 0 || y.shape.length === 0 || x.dtype !== y.dtype) return undefined
    if (!sizesEqual(x.shape[rows], y.shape[columns])) return undefined
    return b.emit("dot", [x, y], { contract: [[rows], [columns]], batch: [[], []] })
  },
  (b, x) => {
    if (x.shape.length === 0 || x.shape[0] === 1) return undefined
    const padded = b.emit("pad", [x], {
      low: x.shape.map((_, axis) => (axis === 0 ? 3 : 0)),
      high: noPadding(x),
      interior: noPadding(x),
      value: 0,
    })
    const params = { axes: [0], sizes: [3], strides: [2], dilations: [1] }
    const windows = b.emit("exp", [b.emit("windows", [padded], params)], {})
    return b.emit("fold", [windows], { ...params, extents: [padded.shape[0]] })
  },
  (b, x) => b.emit("full", [], { shape: x.shape, dtype: "float32", value: 1 }),
  (b, x) =>
    x.shape.length === 0 ? undefined : b.emit("cumulativeSum", [x], { axis: 0, reverse: false }),
  (b, x) => (x.shape.length === 0 ? undefined : b.emit("sort", [x], { axis: 0, keys: 1 })),
]

function sameShape(x: Variable, y: Variable): boolean {
  return (
    x.dtype === y.dtype &&
    x.shape.length === y.shape.length &&
    x.shape.every((size, axis) => sizesEqual(size, y.shape[axis]))
  )
}

/** Random graphs over symbolic sizes. */
const symbolicGraphs: fc.Arbitrary<Graph> = fc
  .tuple(fc.nat(), fc.integer({ min: 1, max: 9 }))
  .map(([seed, equations]) => {
    const chance = new Chance(seed)
    const b = new GraphBuilder()
    const shape = (): Shape =>
      Array.from({ length: chance.between(0, 3) }, () => chance.pick(extents))
    const variables = [b.input({ shape: shape(), dtype: "float32" })]
    variables.push(b.input({ shape: shape(), dtype: "float32" }))
    for (let i = 0; i < equations; i++) {
      const floats = variables.filter((v) => v.dtype === "float32" && v.shape.length <= 3)
      const made = chance.pick(growers)(b, chance.pick(floats), chance, chance.pick(floats))
      if (made !== undefined) variables.push(made)
    }
    return checkGraph(b.build([variables[variables.length - 1], chance.pick(variables)]))
  })

/** Overlaps in time are told apart for sizes of at least 2. */
const bindings = fc.record({ N: fc.integer({ min: 2, max: 9 }), M: fc.integer({ min: 2, max: 9 }) })

/** The numbers of a price, by what a bound calls them. */
function measures({ ram, gpu }: Price): ReadonlyMap<string, number> {
  return new Map([
    ["ram time", Number(ram.time)],
    ["ram memory", Number(ram.memory)],
    ["gpu time", Number(gpu.time)],
    ["gpu threads", Number(gpu.threads)],
    ["gpu memory", Number(gpu.memory)],
  ])
}

describe("a symbolic price", () => {
  test("at given sizes is the price of the graph of those sizes, or a bound that says so", () => {
    fc.assert(
      fc.property(symbolicGraphs, bindings, (graph, values) => {
        const symbolic = priceGraph(graph)
        const bounded = new Set(symbolic.bounds.map(({ model, measure }) => `${model} ${measure}`))
        const concrete = measures(priceGraph(bindGraph(graph, values)))
        for (const [name, size] of measures(priceAt(symbolic, values))) {
          const [price, truth] = [`${name} ${size}`, `${name} ${concrete.get(name)}`]
          if (!bounded.has(name)) expect(price).toBe(truth)
          // Where spans are bounds, the schedule is another one, and its memory may be less.
          else if (!bounded.has("gpu time"))
            expect(size).toBeGreaterThanOrEqual(concrete.get(name) ?? 0)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test("needs every size that it depends on", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [N, M], dtype: "float32" })
    const graph = b.build([b.emit("exp", [x], {})])
    expect(() => priceAt(priceGraph(graph), { N: 2 })).toThrow("size M has no value")
    expect(() => bindGraph(graph, { N: 2, M: 0.5 })).toThrow("size M is 0.5")
  })
})
