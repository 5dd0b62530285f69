import { expect, test } from "vitest"
import { type Array, f32, grad, graphOf, i32, lax, nn, np, valueAndGrad } from "../../src/index.ts"
import * as losses from "../../src/nn/loss.ts"
import { kernelsOf, loadsOf, schedule } from "../../src/schedule/index.ts"
import { expectAgreement, randomArray, runProgram } from "../emit/wasm/running.ts"

const rows = randomArray("float32", [100, 300], 1)

test("a softmax keeps its powers in its result", () => {
  const graph = graphOf((x: Array) => nn.softmax(x))(f32(100, 300))
  expect(schedule(graph).arenaBytes).toBe(0)
  expectAgreement(graph, [rows])
})

test("rows that are wanted themselves, or twice, have memory of their own", () => {
  const powers = (x: Array) => np.exp(x.sub(x.max(-1, { keepdims: true })))
  const both = (x: Array) => {
    const y = powers(x)
    return [y, y.div(y.sum(-1, { keepdims: true }))]
  }
  const twice = (x: Array) => {
    const y = powers(x)
    const total = y.sum(-1, { keepdims: true })
    return [y.div(total), y.mul(total)]
  }
  for (const body of [both, twice]) {
    const graph = graphOf(body)(f32(100, 300))
    expectAgreement(graph, [rows])
    expectAgreement(graph, [rows], { donated: [true] })
  }
})

test("sums over rows that lie far apart are taken a few rows at a time, also in products", () => {
  const x = randomArray("float32", [512, 1024], 2)
  const v = randomArray("float32", [512], 3)
  const sums = graphOf((x: Array) => x.sum(0))(f32(512, 1024))
  const product = graphOf((x: Array, v: Array) => np.matmul(v, x))(f32(512, 1024), f32(512))
  for (const graph of [sums, product]) expect(schedule(graph).steps).toHaveLength(2)
  // Each of 512 additions rounds a sum whose terms' sizes add up to some thousand.
  const tolerance = 1000 * 2 ** -23
  expectAgreement(sums, [x], {}, tolerance)
  expectAgreement(product, [x, v], {}, tolerance)
})

test("a loss and its gradient along rows are one kernel, and the sum of the rows' losses another", () => {
  const loss = (x: Array, y: Array) =>
    valueAndGrad((logits: Array) => losses.crossEntropy(logits, y))(x)
  const graph = graphOf(loss)(f32(256, 300), i32(256))
  const { steps, arenaBytes } = schedule(graph)
  expect(steps).toHaveLength(2)
  expect(arenaBytes).toBeLessThan(4096)
  const x = randomArray("float32", [256, 300], 4)
  const labels = Int32Array.from({ length: 256 }, (_, i) => (i * 7919) % 300)
  expectAgreement(graph, [x, { data: labels, dtype: "int32", shape: [256] }])
})

test("sums over the same far rows of the same array are taken together", () => {
  const moments = (x: Array, y: Array) => [x.sum(0), x.mul(y).sum(0), np.exp(x).sum(0)]
  const shape = [4096, 48]
  const graph = graphOf(moments)(f32(...shape), f32(...shape))
  const [first, ...others] = schedule(graph).steps
  expect(first).toMatchObject({ kind: "loop", accumulators: { length: 3 } })
  expect(others).toHaveLength(3)
  const given = [5, 6].map((seed) => randomArray("float32", shape, seed))
  expectAgreement(graph, given, {}, 4096 * 2 ** -23)
})

test("a batch norm's gradient goes over its arrays three times: what all terms share stands before a sum", () => {
  const normal = (x: Array, scale: Array) => {
    const factor = np.divide(scale, np.sqrt(x.var(0).add(1e-5)))
    return x.sub(x.mean(0)).mul(factor)
  }
  const gradients = (x: Array, scale: Array, cotangent: Array) =>
    grad((x: Array, scale: Array) => normal(x, scale).mul(cotangent).sum(), { argnums: [0, 1] })(
      x,
      scale,
    )
  const [rows, row] = [f32(4096, 32), f32(32)]
  const graph = graphOf(gradients)(rows, row, rows)
  const { steps, inputs } = schedule(graph)
  const over = kernelsOf(steps).filter((kernel) => loadsOf(kernel).has(inputs[0]))
  expect(over).toHaveLength(3)
  const given = [7, 8, 9].map((seed) =>
    randomArray("float32", seed === 8 ? [32] : [4096, 32], seed),
  )
  expectAgreement(graph, given, {}, 4096 * 2 ** -23)
})

test("an optimiser's step behind a kernel's gradient writes weights and momenta in their place", () => {
  const step = (k: Array, v: Array, x: Array, dy: Array) => {
    const loss = (k: Array) => convolved(x, k).mul(dy).sum()
    const momentum = v.mul(0.9).add(grad(loss)(k))
    return [k.sub(momentum.mul(0.1)), momentum]
  }
  const kernel = f32(3, 3, 32, 32)
  const graph = graphOf(step)(kernel, kernel, f32(16, 14, 14, 32), f32(16, 14, 14, 32))
  const inPlace = schedule(graph, { donated: [true, true, false, false] })
  const isTiled = kernelsOf(inPlace.steps).some(
    (kernel) => kernel.kind === "contraction" && kernel.batch.length > 0,
  )
  expect(isTiled).toBe(true)
  expect([...inPlace.donations]).toEqual([
    [0, 0],
    [1, 1],
  ])
  const inputs = graph.inputs.map(
    ({ shape }, seed) => randomArray("float32", shape.map(Number), seed).data,
  )
  expect(runProgram(inPlace, inputs)).toEqual(runProgram(schedule(graph), inputs))
})

test("what another round of a loop reads again is not written over in its place", () => {
  const residual = (x: Array, k: Array) => [convolved(x, k).add(x)]
  const rows = (w: Array, x: Array) => {
    const step = (c: Array, row: Array): [Array, Array] => {
      const next = np.tanh(c.add(row).matmul(w))
      return [next, np.cumsum(next)]
    }
    return [lax.scan(step, np.zeros([16]), x)[1]]
  }
  const graphs = [
    graphOf(residual)(f32(1, 56, 56, 64), f32(3, 3, 64, 64)),
    graphOf(rows)(f32(16, 16), f32(16, 16)),
  ]
  for (const graph of graphs) {
    const inputs = graph.inputs.map(
      ({ shape }, seed) => randomArray("float32", shape.map(Number), seed).data,
    )
    const donated = schedule(graph, { donated: [true, false] })
    expect(donated.donations.size).toBe(0)
    expect(runProgram(donated, inputs)).toEqual(runProgram(schedule(graph), inputs))
  }
})

const dimensionNumbers = ["NHWC", "HWIO", "NHWC"] as const

function convolved(x: Array, k: Array): Array {
  return lax.convGeneralDilated(x, k, [1, 1], "SAME", { dimensionNumbers })
}
