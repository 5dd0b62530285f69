import fc from "fast-check"
import { expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import { checkGraph, printGraph } from "../../src/graph/index.ts"
import { graphOfSeed, primitives, randomEquation, randomGraph } from "./random.ts"

test("random graphs pass the checker and run", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 25 }), ({ graph, inputs }) => {
      checkGraph(graph)
      evaluate(graph, inputs)
    }),
    { numRuns: 300 },
  )
})

test("every primitive has random equations that pass the checker and run", () => {
  for (const primitive of primitives) {
    fc.assert(
      fc.property(randomEquation(primitive), ({ graph, inputs }) => {
        expect(graph.equations.map((equation) => equation.primitive)).toEqual([primitive])
        checkGraph(graph)
        evaluate(graph, inputs)
      }),
      { numRuns: 20 },
    )
  }
})

test("every primitive occurs in random graphs", () => {
  const seen = new Set(
    Array.from({ length: 300 }, (_, seed) => graphOfSeed(seed, 12)).flatMap(({ equations }) =>
      equations.map(({ primitive }) => primitive),
    ),
  )
  expect(primitives.filter((primitive) => !seen.has(primitive))).toEqual([])
})

test("the same seed makes the same graph", () => {
  expect(printGraph(graphOfSeed(7, 30))).toBe(printGraph(graphOfSeed(7, 30)))
})
