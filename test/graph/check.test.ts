import { describe, expect, test } from "vitest"
import {
  checkGraph,
  type Equation,
  type Graph,
  GraphBuilder,
  operations as op,
  Variable,
} from "../../src/graph/index.ts"

const vector = { shape: [3], dtype: "float32" } as const

/** out = exp(in), with parts of it changed. */
function graphWith(change: (graph: Graph) => Partial<Graph>): Graph {
  const b = new GraphBuilder()
  const graph = b.build([op.apply(b, "exp", b.input(vector))])
  return { ...graph, ...change(graph) }
}

const changed = ({ equations }: Graph, change: Partial<Equation>): Partial<Graph> => ({
  equations: equations.map((equation) => ({ ...equation, ...change })),
})

test("a graph that the builder made passes", () => {
  const graph = graphWith(() => ({}))
  expect(checkGraph(graph)).toBe(graph)
})

describe("the checker finds", () => {
  test("an operand that is computed later or never", () => {
    const graph = graphWith((g) => changed(g, { operands: [new Variable(vector)] }))
    expect(() => checkGraph(graph)).toThrow(
      "equation 0 (exp) uses a variable before it is computed",
    )
  })

  test("an output that is never computed", () => {
    const graph = graphWith(() => ({ outputs: [new Variable(vector)] }))
    expect(() => checkGraph(graph)).toThrow("output 0 is never computed")
  })

  test("a variable with two definitions", () => {
    const graph = graphWith(({ equations }) => ({ equations: [...equations, ...equations] }))
    expect(() => checkGraph(graph)).toThrow("equation 1 (exp) defines a variable for the second")
  })

  test("a result of another type than its rule infers", () => {
    const wrong = [new Variable({ shape: [4], dtype: "float32" })]
    const graph = graphWith((g) => ({ ...changed(g, { results: wrong }), outputs: wrong }))
    expect(() => checkGraph(graph)).toThrow(
      "equation 0 (exp) says f32[4] where its rule says f32[3]",
    )
  })

  test("a missing result", () => {
    const graph = graphWith((g) => ({ ...changed(g, { results: [] }), outputs: [] }))
    expect(() => checkGraph(graph)).toThrow("equation 0 (exp) has 0 results, not 1")
  })
})
