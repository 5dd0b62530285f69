import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import { checkGraph, type Graph, GraphBuilder } from "../../src/graph/index.ts"
import { symbol } from "../../src/size/index.ts"
import { batch } from "../../src/transform/index.ts"
import { Chance } from "../graph/chance.ts"
import {
  type Case,
  difference,
  type HostArgument,
  primitives,
  randomArguments,
  randomEquation,
  randomGraph,
  toleranceOf,
} from "../graph/random.ts"

/** Element `at` along an axis. */
function elementAt({ data, shape }: HostArgument, axis: number, at: number): HostArgument {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const rest = shape.toSpliced(axis, 1)
  const taken = data.slice(
    0,
    rest.reduce((a, b) => a * b, 1),
  )
  for (const i of taken.keys()) {
    const [outer, within] = [Math.floor(i / inner), i % inner]
    taken[i] = data[(outer * shape[axis] + at) * inner + within]
  }
  return { data: taken, shape: rest }
}

/** Compares a batched graph with a loop over the graph, for given mapped axes. */
function expectLoop(
  { graph, seed }: Case,
  axes: readonly (number | undefined)[],
  size: number,
): void {
  const batched = checkGraph(batch(graph, axes, size))
  const inputs = randomArguments(batched, seed)
  const got = evaluate(batched, inputs)
  expect(got.map(({ shape }) => shape)).toEqual(graph.outputs.map(({ shape }) => [size, ...shape]))
  for (let i = 0; i < size; i++) {
    const own = inputs.map((input, j) => {
      const axis = axes[j]
      return axis === undefined ? input : elementAt(input, axis, i)
    })
    const tolerance = toleranceOf({ graph, seed, inputs: own })
    const element = got.map((array) => elementAt(array, 0, i))
    expect(difference(element, evaluate(graph, own), tolerance)).toBeUndefined()
  }
}

/** Mapped axes for inputs: all ways to map each or not, at axes of a seed's choice. */
function mappings(graph: Graph, seed: number): (number | undefined)[][] {
  const chance = new Chance(seed ^ 0xba7c)
  const n = graph.inputs.length
  const all = Array.from({ length: 2 ** n }, (_, bits) =>
    graph.inputs.map(({ shape }, i) =>
      (bits >> i) & 1 ? chance.between(0, shape.length) : undefined,
    ),
  )
  return n <= 3 ? all : chance.shuffle(all).slice(0, 8)
}

describe("batching is a loop, whichever operands are mapped", () => {
  for (const primitive of primitives) {
    test(primitive, () => {
      fc.assert(
        fc.property(
          randomEquation(primitive, { mostElements: 40 }),
          fc.constantFrom(1, 2, 3, 0),
          (one, size) => {
            for (const axes of mappings(one.graph, one.seed)) expectLoop(one, axes, size)
          },
        ),
        { numRuns: 15 },
      )
    })
  }
})

test("batching a whole graph is a loop", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 10, mostElements: 40 }), (one) => {
      const [axes] = mappings(one.graph, one.seed).toReversed()
      expectLoop(one, axes, 2)
    }),
    { numRuns: 100 },
  )
})

test("batching twice maps over two axes", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 4, mostElements: 20 }), ({ graph, seed }) => {
      const once = batch(
        graph,
        graph.inputs.map(() => 0),
        2,
      )
      const twice = { graph: once, seed, inputs: [] }
      expectLoop(
        twice,
        once.inputs.map(() => 0),
        2,
      )
    }),
    { numRuns: 50 },
  )
})

test("a symbolic batch of a network keeps its name in the types", () => {
  const b = new GraphBuilder()
  const image = b.input({ shape: [1, 3, 8, 8], dtype: "float32" })
  const kernel = b.input({ shape: [4, 3, 3, 3], dtype: "float32" })
  const convolved = b.emit("convolve", [image, kernel], {
    lhs: [0, 1, 2, 3],
    rhs: [0, 1, 2, 3],
    out: [0, 1, 2, 3],
    strides: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
    featureGroups: 1,
    batchGroups: 1,
  })
  const graph = b.build([b.emit("reduceMax", [convolved], { axes: [2, 3] })])
  const batched = checkGraph(batch(graph, [0, undefined], symbol("N")))
  expect(batched.outputs.map(({ shape }) => shape.map(String))).toEqual([["N", "1", "4"]])
})

test("a batch axis beyond the input's rank is refused", () => {
  const b = new GraphBuilder()
  const graph = b.build([b.input({ shape: [2], dtype: "float32" })])
  expect(() => batch(graph, [2], 3)).toThrow("axes[0] is 2")
  expect(() => batch(graph, [], 3)).toThrow("the graph has 1 inputs, but 0 axes were given")
})
