import { afterAll, describe, expect, test } from "vitest"
import { type Array, graphOf, lax, np } from "../../../src/index.ts"
import { allocateTyped, type DType, encodeElement } from "../../../src/size/index.ts"
import { disagreement } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

const { gpu, reason } = await gpuOrReason()
afterAll(() => gpu?.close())

/** Small whole numbers, which all dtypes hold, so that results are exact. */
function numbers(dtype: DType, shape: readonly number[]) {
  const data = allocateTyped(
    dtype,
    shape.reduce((a, b) => a * b, 1),
  )
  const most = dtype === "bool" ? 2 : 7
  for (let i = 0; i < data.length; i++) data[i] = encodeElement(dtype, (i * i + (i >> 2)) % most)
  return { data, shape }
}

/** Sums in the elements' own dtype. */
function sum(x: Array, axis: number): Array {
  return x.dtype === "bool" ? np.any(x, axis) : np.sum(x, axis, { dtype: x.dtype })
}

type Body = (...arrays: Array[]) => Array

const kernels: readonly (readonly [string, readonly (readonly number[])[], Body])[] = [
  ["maps", [[1001]], (x) => np.add(x, np.multiply(x, x))],
  [
    "maps of transposed arrays",
    [[37, 43]],
    (x) => np.add(x.T, np.ones([43, 37], { dtype: x.dtype })),
  ],
  [
    "parts side by side",
    [
      [5, 3],
      [5, 6],
    ],
    (x, y) => np.concatenate([x, y], 1),
  ],
  ["parts in a row", [[101], [7], [300]], (x, y, z) => np.concatenate([x, y, z])],
  ["views with odd offsets", [[400]], (x) => np.flip(x.at(np.arange(3, 398)).get())],
  ["sums of rows", [[51, 200]], (x) => sum(x, 1)],
  ["sums of columns", [[301, 75]], (x) => sum(x, 0)],
  ["extremes of everything", [[5003]], (x) => np.max(x)],
  [
    "rows beside their extremes",
    [[33, 101]],
    (x) => np.maximum(np.max(x, 1, { keepdims: true }), x),
  ],
  ["scans", [[3, 333]], (x) => lax.cummax(x, 1)],
  ["sorts", [[3, 301]], (x) => np.sort(x)],
  [
    "products",
    [
      [35, 41],
      [41, 27],
    ],
    (x, y) => np.matmul(x, y),
  ],
  ["parts put in", [[97], [13]], (x, y) => lax.dynamicUpdateSlice(x, y, [np.asarray(5)])],
  ["elements set", [[97], [60]], (x, y) => x.at(np.arange(5, 65)).set(y)],
  [
    "rows of a loop",
    [[11, 5]],
    (x) => lax.scan((sum: Array, row: Array) => [sum, np.maximum(sum, row)], x.at(0).get(), x)[1],
  ],
]

const dtypes = ["float16", "bfloat16", "int16", "int8", "uint8", "bool"] as const

describe.skipIf(gpu === undefined)(`elements narrower than a word ${reason}`, () => {
  test.each(dtypes)("of dtype %s are made by kernels of every kind", async (dtype) => {
    for (const [name, shapes, body] of kernels) {
      const graph = graphOf(body)(...shapes.map((shape) => ({ shape, dtype })))
      const inputs = shapes.map((shape) => numbers(dtype, shape))
      if (gpu === undefined) return
      expect(await disagreement(gpu, { seed: 0, graph, inputs }), name).toBeUndefined()
    }
  })

  test("take their own bytes, rounded up to words", async () => {
    if (gpu === undefined) return
    const n = 65_537
    const graph = graphOf((x: Array) => np.add(x, 1))({ shape: [n], dtype: "float16" })
    const executable = gpu.compile(graph, { donated: [true] })
    const before = gpu.memory().inUse
    const array = gpu.put(new Float16Array(n).fill(1), [n], "float16")
    const [next] = executable.run([array])
    await gpu.settled()
    expect(gpu.memory().inUse - before).toBeLessThan(4 * n)
    expect((await next.read()).every((x) => x === 2)).toBe(true)
    next.free()
  })
})
