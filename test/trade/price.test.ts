import { expect, expectTypeOf, test } from "vitest"
import {
  type Array,
  bill,
  f32,
  grad,
  np,
  type Price,
  parallelism,
  price,
  quote,
} from "../../src/index.ts"

test("the price of a function is that of the graph that runs", () => {
  const { work, span, gpu } = price((x: Array) => np.prod(x), f32("N"))
  expect([work, span, gpu.threads, gpu.memory].map(String)).toEqual([
    "N − 1",
    "⌈log₂ N⌉",
    "⌊N/2⌋",
    "4 N + 4",
  ])
})

test("the gradient of a matmul by one factor is a second matmul", () => {
  const loss = (w: Array, x: Array): Array => np.sum(np.square(np.matmul(x, w)))
  const once = price(loss, f32("M", "M"), f32("M", "M"))
  const gradient = price(grad(loss), f32("M", "M"), f32("M", "M"))
  const at = { M: 64 }
  const ratio = Number(evaluateAt(gradient, at)) / Number(evaluateAt(once, at))
  expect(ratio).toBeGreaterThan(1.9)
  expect(ratio).toBeLessThan(2.1)
})

function evaluateAt({ work }: Price, bindings: Readonly<Record<string, number>>): number {
  return typeof work === "number" ? work : work.at(bindings)
}

test("arguments are described as the function takes them", () => {
  const layer = ({ w, b }: { w: Array; b: Array }, x: Array): Array => np.add(np.matmul(x, w), b)
  const { traffic } = price(layer, { w: f32("K", 10), b: f32(10) }, f32("B", "K"))
  expect(String(traffic)).toBe("4 B K + 40 B + 40 K + 40")
  expectTypeOf(price(layer, { w: f32(3, 10), b: f32(10) }, f32(2, 3))).toEqualTypeOf<Price>()
  // @ts-expect-error: the tree has no b.
  expect(() => price(layer, { w: f32(3, 10) }, f32(2, 3))).toThrow()
})

test("parallelism is work per step of the span", () => {
  expect(parallelism(price((x: Array) => np.prod(x), f32(1024)))).toBe(102)
})

test("sizes that no array can have are refused in one sentence", () => {
  const sum = (x: Array): Array => np.sum(x)
  const wrong = "axis 0 of a spec has extent -3: extents are whole numbers of at least 0, or names"
  expect(() => price(sum, f32(-3))).toThrow(wrong)
  expect(() => price(sum, f32(2.5))).toThrow("has extent 2.5")
  expect(() => price(sum, f32(Number.NaN))).toThrow("has extent NaN")
  expect(() => price(sum, { shape: [-3], dtype: "float32" })).toThrow(wrong)
})

test("sizes without a value have no quote and no bill, and are refused before any device is asked", async () => {
  const sum = (x: Array): Array => np.sum(x)
  // This device could not even be opened.
  const nowhere = { device: "abacus" }
  const message = "shape [N] is symbolic: give N a value to run it"
  await expect(quote(sum, [f32("N")], nowhere)).rejects.toThrow(message)
  await expect(bill(sum, [f32("N")], nowhere)).rejects.toThrow(message)
  await expect(quote(sum, [{ shape: [2.5], dtype: "float32" }])).rejects.toThrow("has extent 2.5")
})
