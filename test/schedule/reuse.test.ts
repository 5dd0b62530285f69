import { expect, test } from "vitest"
import { type Array, f32, graphOf, nn, np } from "../../src/index.ts"
import { schedule } from "../../src/schedule/index.ts"
import { expectAgreement, randomArray } from "../emit/wasm/running.ts"

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
