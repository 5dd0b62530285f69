import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import {
  type ControlPrimitive,
  checkGraph,
  type Graph,
  type PlainPrimitive,
} from "../../src/graph/index.ts"
import { isFloat } from "../../src/size/index.ts"
import { batch, gradient, jvp, linearize, simplify, vjp } from "../../src/transform/index.ts"
import { Chance } from "../graph/chance.ts"
import { type ControlOptions, randomControl } from "../graph/growControl.ts"
import {
  type Case,
  difference,
  type HostArgument,
  randomArguments,
  toleranceOf,
} from "../graph/random.ts"
import {
  differenceAlong,
  directions,
  innerProduct,
  magnitude,
  smoothArguments,
  weightedSum,
} from "./calculus.ts"

const smooth: readonly PlainPrimitive[] = [
  ...(["sin", "tanh", "logistic", "atan", "erf", "negate", "add", "subtract", "multiply"] as const),
  ...(["reshape", "transpose", "broadcast", "slice", "pad", "concatenate", "flip"] as const),
  ...(["dynamicSlice", "dynamicUpdateSlice", "reduceSum", "cumulativeSum"] as const),
  ...(["dot", "select", "full", "iota", "reduceProd"] as const),
]

/** Smooth bodies of few floats; how often loops run and which branch is taken depends on integers. */
function smoothControl(control: readonly ControlPrimitive[], more: ControlOptions = {}) {
  return randomControl({
    primitives: smooth,
    dtypes: ["float32"],
    mostElements: 12,
    empty: false,
    control,
    ...more,
  })
}

const everything: readonly ControlPrimitive[] = ["loop", "while", "cond"]
const reversible: readonly ControlPrimitive[] = ["loop", "cond"]

function cotangentsFor(graph: Graph, seed: number): readonly HostArgument[] {
  return directions({ inputs: graph.outputs, equations: [], outputs: [] }, seed + 1)
}

describe("of control flow", () => {
  test("the tangent is the derivative along the direction", () => {
    fc.assert(
      fc.property(smoothControl(everything), ({ graph, seed }) => {
        const inputs = smoothArguments(graph, seed)
        const along = directions(graph, seed)
        const results = evaluate(checkGraph(jvp(graph)), [...inputs, ...along])
        const values = evaluate(graph, inputs)
        const tangents = results.slice(values.length)
        expect(difference(results, values, 0)).toBeUndefined()
        const slopes = differenceAlong(graph, inputs, along)
        const tolerance = 4e-3 * magnitude(values, tangents)
        expect(difference(tangents, slopes, tolerance)).toBeUndefined()
      }),
      { numRuns: 150 },
    )
  })

  test("the pullback is the transpose of the derivative", () => {
    fc.assert(
      fc.property(smoothControl(reversible), ({ graph, seed }) => {
        const inputs = smoothArguments(graph, seed)
        const along = directions(graph, seed)
        const cotangents = cotangentsFor(graph, seed)
        const tangents = evaluate(jvp(graph), [...inputs, ...along]).slice(graph.outputs.length)
        const { forward, backward } = vjp(graph)
        const values = evaluate(checkGraph(forward), inputs)
        const residuals = values.slice(graph.outputs.length)
        const back = evaluate(checkGraph(backward), [...residuals, ...cotangents])
        const [left, right] = [innerProduct(cotangents, tangents), innerProduct(back, along)]
        const tolerance = 4e-3 * magnitude(tangents, back)
        expect(Math.abs(left - right)).toBeLessThanOrEqual(tolerance)
      }),
      { numRuns: 150 },
    )
  })

  test("the linear part gives the tangents of jvp", () => {
    fc.assert(
      fc.property(smoothControl(everything), ({ graph, seed }) => {
        const inputs = smoothArguments(graph, seed)
        const along = directions(graph, seed)
        const { primal, tangent, residuals } = linearize(graph)
        const values = evaluate(checkGraph(primal), inputs)
        expect(values.length).toBe(graph.outputs.length + residuals)
        const kept = values.slice(graph.outputs.length)
        const expected = evaluate(jvp(graph), [...inputs, ...along])
        const tangents = evaluate(checkGraph(tangent), [...kept, ...along])
        const results = [...values.slice(0, graph.outputs.length), ...tangents]
        expect(difference(results, expected, 1e-5 * magnitude(expected))).toBeUndefined()
      }),
      { numRuns: 150 },
    )
  })

  test("the derivative of the gradient is that of its differences", () => {
    fc.assert(
      fc.property(smoothControl(reversible, { mostElements: 6 }), ({ graph, seed }) => {
        const scalar = weightedSum(graph, cotangentsFor(graph, seed))
        const wrt = graph.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))
        if (wrt.length === 0) return
        const slope = checkGraph(gradient(scalar, { wrt }))
        const inputs = smoothArguments(graph, seed)
        const along = directions(graph, seed)
        const tangents = evaluate(checkGraph(jvp(slope)), [...inputs, ...along])
        const slopes = differenceAlong(slope, inputs, along)
        const got = tangents.slice(slope.outputs.length)
        const tolerance = 1e-2 * magnitude(got, slopes)
        expect(difference(got, slopes, tolerance)).toBeUndefined()
      }),
      { numRuns: 80 },
    )
  })

  test("a batch is a loop over its elements, whichever operands are mapped", () => {
    fc.assert(
      fc.property(randomControl({ mostElements: 30 }), fc.constantFrom(1, 2, 3), (one, size) => {
        const chance = new Chance(one.seed ^ 0xba7c)
        const axes = one.graph.inputs.map(({ shape }) =>
          chance.happens(0.5) ? chance.between(0, shape.length) : undefined,
        )
        expectLoop(one, axes, size)
      }),
      { numRuns: 200 },
    )
  })

  test("a gradient batched is the gradient of each element", () => {
    fc.assert(
      fc.property(smoothControl(reversible, { mostElements: 6 }), ({ graph, seed }) => {
        const scalar = weightedSum(graph, cotangentsFor(graph, seed))
        const wrt = graph.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))
        if (wrt.length === 0) return
        const slope = gradient(scalar, { wrt })
        const axes = slope.inputs.map(() => 0)
        const inputs = smoothArguments(batch(slope, axes, 2), seed)
        expectLoop({ graph: slope, seed, inputs }, axes, 2, inputs)
      }),
      { numRuns: 60 },
    )
  })

  test("simplification keeps the results", () => {
    fc.assert(
      fc.property(randomControl(), (one) => {
        const simple = checkGraph(simplify(one.graph))
        const [got, wanted] = [evaluate(simple, one.inputs), evaluate(one.graph, one.inputs)]
        expect(difference(got, wanted, toleranceOf(one))).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })
})

/** Element `at` along an axis. */
function elementAt({ data, shape }: HostArgument, axis: number, at: number): HostArgument {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const rest = shape.toSpliced(axis, 1)
  const count = rest.reduce((a, b) => a * b, 1)
  const taken = data.slice(0, count)
  for (const i of taken.keys()) {
    taken[i] = data[(Math.floor(i / inner) * shape[axis] + at) * inner + (i % inner)]
  }
  return { data: taken, shape: rest }
}

function expectLoop(
  { graph, seed }: Case,
  axes: readonly (number | undefined)[],
  size: number,
  given?: readonly HostArgument[],
): void {
  const batched = checkGraph(batch(graph, axes, size))
  const inputs = given ?? randomArguments(batched, seed)
  const got = evaluate(batched, inputs)
  for (let i = 0; i < size; i++) {
    const own = inputs.map((input, j) => {
      const axis = axes[j]
      return axis === undefined ? input : elementAt(input, axis, i)
    })
    const element = got.map((array) => elementAt(array, 0, i))
    const tolerance = toleranceOf({ graph, seed, inputs: own }, 1e-4)
    expect(difference(element, evaluate(graph, own), tolerance)).toBeUndefined()
  }
}
