import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { countRun, evaluate } from "../../src/device/ram/index.ts"
import { checkGraph } from "../../src/graph/index.ts"
import { type Price, priceGraph } from "../../src/price/index.ts"
import {
  type Case,
  difference,
  primitives,
  randomEquation,
  randomGraph,
  toleranceOf,
} from "../graph/random.ts"

/** The price as a count would report it. */
function expected({ work, span, ram, gpu }: Price): Record<string, unknown> {
  return {
    operations: work,
    span,
    threads: gpu.threads,
    sequentialMemory: ram.memory,
    earliestMemory: gpu.memory,
  }
}

function counted({ graph, inputs }: Case): Record<string, number> {
  const { operations, span, threads, sequentialMemory, earliestMemory } = countRun(graph, inputs)
  return { operations, span, threads, sequentialMemory, earliestMemory }
}

const exactPrimitives = primitives.filter((primitive) => primitive !== "scatter")

describe("a counted run reports its price", () => {
  for (const primitive of exactPrimitives) {
    test(`of ${primitive}`, () => {
      fc.assert(
        fc.property(randomEquation(primitive), (random) => {
          expect(counted(random)).toEqual(expected(priceGraph(random.graph)))
        }),
        { numRuns: 25 },
      )
    })
  }

  test("of random graphs", () => {
    fc.assert(
      fc.property(randomGraph({ primitives: exactPrimitives, equations: 20 }), (random) => {
        checkGraph(random.graph)
        expect(counted(random)).toEqual(expected(priceGraph(random.graph)))
      }),
      { numRuns: 1000 },
    )
  })

  test("and no more than it where updates may meet", () => {
    fc.assert(
      fc.property(randomEquation("scatter"), (random) => {
        const { work, span, gpu } = priceGraph(random.graph)
        const count = countRun(random.graph, random.inputs)
        expect(count.operations).toBeLessThanOrEqual(Number(work))
        expect(count.span).toBeLessThanOrEqual(Number(span))
        expect(count.threads).toBeLessThanOrEqual(Number(gpu.threads))
      }),
    )
  })
})

test("a counted run computes what the interpreter does, but for the order of float sums", () => {
  fc.assert(
    fc.property(randomGraph({ equations: 15 }), (random) => {
      const { graph, inputs } = random
      const { outputs } = countRun(graph, inputs)
      const expected = evaluate(graph, inputs)
      expect(difference(outputs, expected, toleranceOf(random))).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})

test("no chain of single scalars is longer than the span of whole arrays", () => {
  fc.assert(
    fc.property(randomGraph(), ({ graph, inputs }) => {
      const { chain, span } = countRun(graph, inputs)
      expect(chain).toBeLessThanOrEqual(span)
    }),
    { numRuns: 200 },
  )
})
