import { expect, test } from "vitest"
import { type Array, f32, graphOf, nn, np, valueAndGrad } from "../../src/index.ts"
import { kernelsOf, schedule, writesOf } from "../../src/schedule/index.ts"
import { withSlopesApart } from "../../src/schedule/slopes.ts"
import { expectAgreement, randomArray } from "../emit/wasm/running.ts"

const [rows, width, hidden] = [64, 32, 96]
const shapes = [[rows, width], [width, hidden], [hidden], [hidden, width]]
const inputs = shapes.map((shape, i) => randomArray("float32", shape, i + 1))

function step(activation: (x: Array) => Array) {
  const loss = (x: Array, w: Array, b: Array, v: Array) =>
    np.square(activation(x.matmul(w.mul(0.1)).add(b)).matmul(v.mul(0.1))).mean()
  const gradients = valueAndGrad(loss, { argnums: [0, 1, 2, 3] })
  return graphOf((x: Array, w: Array, b: Array, v: Array) => gradients(x, w, b, v))(
    f32(rows, width),
    f32(width, hidden),
    f32(hidden),
    f32(hidden, width),
  )
}

const activations = {
  gelu: (x: Array) => nn.gelu(x),
  "gelu by erf": (x: Array) => nn.gelu(x, false),
  silu: (x: Array) => nn.silu(x),
}

test.each(Object.entries(activations))(
  "of %s the forward product keeps the result and the slope, and nothing else of their size",
  (_, activation) => {
    const graph = step(activation)
    const program = schedule(graph)
    const large = kernelsOf(program.steps)
      .flatMap((kernel) => writesOf(kernel))
      .filter(({ elements, name }) => elements === rows * hidden && name !== "panels")
    // The activation, its slope and the gradient before it.
    expect(large).toHaveLength(3)
    expectAgreement(graph, inputs, {}, 2e-5)
  },
)

test("terms that are multiples of a value are one multiple of it", () => {
  const graph = graphOf((x: Array, w: Array, a: Array, c: Array) => {
    const g = x.matmul(w)
    return g.mul(a).sub(g.mul(c).neg()).add(g.div(a)).add(g)
  })(f32(8, 8), f32(8, 8), f32(8, 8), f32(8, 8))
  const names = withSlopesApart(graph).equations.map(({ primitive }) => primitive)
  expect(names.filter((name) => name === "multiply")).toHaveLength(1)
  expectAgreement(
    graph,
    [1, 2, 3, 4].map((seed) => randomArray("float32", [8, 8], seed)),
    {},
    1e-4,
  )
})

test("a factor that depends on the value, or a term that others need, leaves terms as they are", () => {
  const graph = graphOf((x: Array, w: Array, a: Array) => {
    const g = x.matmul(w)
    const term = g.mul(a)
    return [term.add(g.mul(np.tanh(g))), term]
  })(f32(8, 8), f32(8, 8), f32(8, 8))
  expect(withSlopesApart(graph).equations).toHaveLength(graph.equations.length)
})
