import fc from "fast-check"
import { test } from "vitest"
import { placedAtRandom } from "./placing.ts"
import { randomGraph } from "./random-graph.ts"
import { expectAgreement } from "./running.ts"

test("random programs compute what the interpreter computes, however they are placed", () => {
  const seeds = fc.property(
    fc.integer({ min: 1 }),
    fc.integer({ min: 1, max: 14 }),
    (seed, length) => {
      const { graph, inputs } = randomGraph(seed, length)
      expectAgreement(graph, inputs, { threads: 2 }, 1e-4)
      const change = (program: Parameters<typeof placedAtRandom>[0]) =>
        placedAtRandom(program, seed)
      expectAgreement(graph, inputs, { change, place: "time" }, 1e-4)
    },
  )
  fc.assert(seeds, { numRuns: 150 })
})
