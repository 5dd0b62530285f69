import { describe, expect, test } from "vitest"
import { type Graph, GraphBuilder, operations as op, type Variable } from "../../src/graph/index.ts"
import { linearize } from "../../src/transform/index.ts"

const type = { shape: [4, 3], dtype: "float32" } as const

/** The graph of one output from inputs of one type. */
function graphOf(build: (b: GraphBuilder, x: Variable, y: Variable) => Variable): Graph {
  const b = new GraphBuilder()
  const [x, y] = [b.input(type), b.input(type)]
  return b.build([build(b, x, y)])
}

const contraction = { contract: [[0], [0]], batch: [[], []] } as const

describe("a linear map keeps", () => {
  test("inputs as they are", () => {
    const { primal, residuals } = linearize(graphOf((b, x, y) => op.multiply(b, x, y)))
    expect(residuals).toBe(2)
    expect(new Set(primal.outputs.slice(1))).toEqual(new Set(primal.inputs))
  })

  test("an output that it can use", () => {
    const { primal, residuals } = linearize(graphOf((b, x) => op.apply(b, "exp", x)))
    expect(residuals).toBe(1)
    expect(primal.outputs[1]).toBe(primal.outputs[0])
    const slope = linearize(graphOf((b, x) => op.apply(b, "tanh", x)))
    expect(slope.primal.outputs[1]).toBe(slope.primal.outputs[0])
  })

  test("nothing for a map that is linear already", () => {
    expect(linearize(graphOf((b, x, y) => op.subtract(b, x, y))).residuals).toBe(0)
    expect(linearize(graphOf((b, x) => op.reduceSum(b, x, [0, 1]))).residuals).toBe(0)
  })

  test("a small array rather than its broadcast", () => {
    const graph = graphOf((b, x, y) => {
      const sums = op.apply(b, "exp", op.reduceSum(b, y, [0]))
      return op.multiply(b, x, op.broadcast(b, sums, x.shape, [1]))
    })
    const { primal } = linearize(graph, [true, false])
    expect(primal.outputs.slice(1).map(({ shape }) => shape)).toEqual([[3]])
  })

  test("one array for all that cheap arithmetic makes of it", () => {
    const graph = graphOf((b, x, y) => {
      const hidden = op.apply(b, "tanh", b.emit("dot", [x, y], contraction))
      return b.emit("dot", [hidden, hidden], contraction)
    })
    const { primal, residuals } = linearize(graph)
    // x, y and tanh(x·y), from which 1 − tanh² is rebuilt.
    expect(residuals).toBe(3)
    expect(primal.equations.map(({ primitive }) => primitive)).toEqual(["dot", "tanh", "dot"])
  })

  test("the truth of a condition, not what it compared", () => {
    const graph = graphOf((b, x, y) => {
      const product = b.emit("dot", [x, y], contraction)
      return op.select(b, op.greater(b, product, 0), product, 0)
    })
    const { primal } = linearize(graph)
    expect(
      primal.outputs
        .slice(1)
        .map(({ dtype }) => dtype)
        .sort(),
    ).toEqual(["bool", "float32", "float32"])
  })
})
