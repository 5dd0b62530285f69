import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import { checkGraph, type Graph } from "../../src/graph/index.ts"
import { isFloat } from "../../src/size/index.ts"
import { batch, gradient, jvp, linearize, simplify, vjp } from "../../src/transform/index.ts"
import {
  difference,
  type HostArgument,
  primitives,
  randomArguments,
  randomEquation,
  randomGraph,
  toleranceOf,
} from "../graph/random.ts"
import { directions, smoothArguments, weightedSum } from "./calculus.ts"

const small = { dtypes: ["float32"], mostElements: 16 } as const

const everyAxis = (graph: Graph): readonly number[] => graph.inputs.map(() => 0)

/** Whether two graphs of the same inputs compute the same on some arguments. */
function expectSame(left: Graph, right: Graph, inputs: readonly HostArgument[]): void {
  const tolerance = toleranceOf({ graph: right, inputs, seed: 0 }, 1e-4)
  const [got, expected] = [evaluate(checkGraph(left), inputs), evaluate(right, inputs)]
  expect(difference(got, expected, tolerance)).toBeUndefined()
}

describe("differentiating a batch is batching a derivative", () => {
  for (const primitive of primitives) {
    test(primitive, () => {
      fc.assert(
        fc.property(randomEquation(primitive, small), ({ graph, seed }) => {
          const batched = batch(graph, everyAxis(graph), 2)
          const forward = jvp(batched)
          const inputs = [
            ...smoothArguments(batched, seed, primitive),
            ...directions(batched, seed),
          ]
          expectSame(forward, batch(jvp(graph), everyAxis(jvp(graph)), 2), inputs)
          const wrt = graph.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))
          if (wrt.length === 0) return
          const weights = directions({ ...graph, inputs: graph.outputs }, seed)
          const slope = gradient(weightedSum(graph, weights), { wrt })
          const each = batch(slope, everyAxis(slope), 2)
          const sum = gradient(weightedSum(batched, weights), { wrt })
          // The gradient of the sum over a batch of terms has each term's gradient in its place.
          const [, ...expected] = evaluate(checkGraph(each), inputs.slice(0, graph.inputs.length))
          const [, ...got] = evaluate(checkGraph(sum), inputs.slice(0, graph.inputs.length))
          const tolerance = toleranceOf(
            { graph: each, inputs: inputs.slice(0, graph.inputs.length), seed },
            1e-4,
          )
          expect(difference(got, expected, tolerance)).toBeUndefined()
        }),
        { numRuns: 10 },
      )
    })
  }
})

describe("of random graphs", () => {
  const some = randomGraph({ equations: 8, ...small })

  test("the linear part of a linearisation is that of jvp", () => {
    fc.assert(
      fc.property(some, ({ graph, seed }) => {
        const inputs = smoothArguments(graph, seed)
        const along = directions(graph, seed)
        const { primal, tangent } = linearize(graph)
        const values = evaluate(checkGraph(primal), inputs)
        const residuals = values.slice(graph.outputs.length)
        const derivative = jvp(graph)
        const [got, expected] = [
          evaluate(checkGraph(tangent), [...residuals, ...along]),
          evaluate(derivative, [...inputs, ...along]).slice(graph.outputs.length),
        ]
        const tolerance = toleranceOf(
          { graph: derivative, inputs: [...inputs, ...along], seed },
          1e-4,
        )
        expect(difference(got, expected, tolerance)).toBeUndefined()
      }),
      { numRuns: 3000 },
    )
  })

  test("the gradient in one graph is the pullback in two", () => {
    fc.assert(
      fc.property(some, ({ graph, seed }) => {
        const wrt = graph.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))
        const weights = directions({ ...graph, inputs: graph.outputs }, seed)
        const scalar = weightedSum(graph, weights)
        if (wrt.length === 0) return
        const inputs = smoothArguments(graph, seed)
        const whole = gradient(scalar, { wrt })
        const { forward, backward } = vjp(
          scalar,
          graph.inputs.map((_, i) => wrt.includes(i)),
        )
        const [value, ...residuals] = evaluate(checkGraph(forward), inputs)
        const one = { data: Float32Array.of(1), shape: [] }
        const back = evaluate(checkGraph(backward), [...residuals, one])
        const got = evaluate(checkGraph(whole), inputs)
        const tolerance = toleranceOf({ graph: whole, inputs, seed }, 1e-4)
        expect(difference(got, [value, ...back], tolerance)).toBeUndefined()
      }),
      { numRuns: 3000 },
    )
  })

  test("a simplified derivative of a simplified graph is the derivative, where there is one", () => {
    fc.assert(
      fc.property(some, ({ graph, seed }) => {
        const plain = jvp(graph)
        const inputs = randomArguments(plain, seed)
        const expected = evaluate(plain, inputs)
        const got = evaluate(checkGraph(simplify(jvp(simplify(graph)))), inputs)
        const defined = got.map(({ data, shape }, i) => ({
          data: data.map((value, j) => (Number.isNaN(expected[i].data[j]) ? Number.NaN : value)),
          shape,
        }))
        const tolerance = toleranceOf({ graph: plain, inputs, seed }, 1e-4)
        expect(difference(defined, expected, tolerance)).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })
})
