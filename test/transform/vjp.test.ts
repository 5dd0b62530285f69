import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import { checkGraph, type Graph } from "../../src/graph/index.ts"
import { isFloat } from "../../src/size/index.ts"
import { gradient, jvp, linearize, vjp } from "../../src/transform/index.ts"
import { difference, type HostArgument, primitives, randomEquation } from "../graph/random.ts"
import {
  differenceAlong,
  directions,
  innerProduct,
  magnitude,
  smoothArguments,
  weightedSum,
} from "./calculus.ts"

const small = { dtypes: ["float32"], mostElements: 40 } as const

/** Cotangents for a graph's outputs, as directions of its inputs are made. */
function cotangentsFor(graph: Graph, seed: number): readonly HostArgument[] {
  return directions({ inputs: graph.outputs, equations: [], outputs: [] }, seed + 1)
}

describe("for every primitive", () => {
  for (const primitive of primitives) {
    test(`${primitive}: the pullback is the transpose of the derivative`, () => {
      fc.assert(
        fc.property(randomEquation(primitive, small), ({ graph, seed }) => {
          const inputs = smoothArguments(graph, seed, primitive)
          const along = directions(graph, seed)
          const cotangents = cotangentsFor(graph, seed)
          const tangents = evaluate(jvp(graph), [...inputs, ...along]).slice(graph.outputs.length)
          const { forward, backward } = vjp(graph)
          const values = evaluate(checkGraph(forward), inputs)
          const residuals = values.slice(graph.outputs.length)
          const back = evaluate(checkGraph(backward), [...residuals, ...cotangents])
          expect(
            difference(values.slice(0, graph.outputs.length), evaluate(graph, inputs), 0),
          ).toBe(undefined)
          const tolerance = 1e-4 * magnitude(tangents, back) * 40
          const [left, right] = [innerProduct(cotangents, tangents), innerProduct(back, along)]
          expect(Math.abs(left - right)).toBeLessThanOrEqual(tolerance)
        }),
        { numRuns: 30 },
      )
    })

    test(`${primitive}: linearised, the tangents are those of jvp`, () => {
      fc.assert(
        fc.property(randomEquation(primitive, small), ({ graph, seed }) => {
          const inputs = smoothArguments(graph, seed, primitive)
          const along = directions(graph, seed)
          const { primal, tangent, residuals } = linearize(graph)
          const values = evaluate(checkGraph(primal), inputs)
          const kept = values.slice(graph.outputs.length)
          expect(kept.length).toBe(residuals)
          const expected = evaluate(jvp(graph), [...inputs, ...along])
          const tangents = evaluate(checkGraph(tangent), [...kept, ...along])
          const tolerance = 1e-5 * magnitude(expected)
          expect(
            difference(
              [...values.slice(0, -residuals || undefined), ...tangents],
              expected,
              tolerance,
            ),
          ).toBe(undefined)
        }),
        { numRuns: 10 },
      )
    })

    test(`${primitive}: the gradient's derivative is that of its differences, and symmetric`, () => {
      fc.assert(
        fc.property(
          randomEquation(primitive, { ...small, mostElements: 12 }),
          ({ graph, seed }) => {
            const scalar = weightedSum(graph, cotangentsFor(graph, seed))
            const wrt = graph.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))
            if (wrt.length === 0) return
            const slope = checkGraph(gradient(scalar, { wrt }))
            const inputs = smoothArguments(graph, seed, primitive)
            const [t, u] = [directions(graph, seed), directions(graph, seed + 1)]
            const floats = (list: readonly HostArgument[]) => wrt.map((i) => list[i])
            const curvature = checkGraph(jvp(slope))
            const at = (direction: readonly HostArgument[]) =>
              evaluate(curvature, [...inputs, ...direction]).slice(slope.outputs.length + 1)
            const [alongT, alongU] = [at(t), at(u)]
            if (primitive !== "remainder") {
              const expected = differenceAlong(slope, inputs, t).slice(1)
              const values = evaluate(slope, inputs)
              const tolerance = 4e-3 * magnitude(values, alongT)
              expect(difference(alongT, expected, tolerance)).toBe(undefined)
            }
            const [tHu, uHt] = [innerProduct(floats(t), alongU), innerProduct(floats(u), alongT)]
            const tolerance = 1e-3 * magnitude(alongT, alongU)
            expect(Math.abs(tHu - uHt)).toBeLessThanOrEqual(tolerance)
            // Reverse over reverse: the pullback of the gradient is the same symmetric map.
            const { forward, backward } = vjp(slope)
            const values = evaluate(checkGraph(forward), inputs)
            const none = { data: new Float32Array(1), shape: [] }
            const back = evaluate(checkGraph(backward), [
              ...values.slice(slope.outputs.length),
              none,
              ...floats(t),
            ])
            expect(difference(floats(back), alongT, tolerance)).toBe(undefined)
          },
        ),
        { numRuns: 15 },
      )
    })
  }
})
