import { afterAll, describe, expect, test } from "vitest"
import { abilitiesOf, featuresOf, matricesOf } from "../../../src/device/gpu/abilities.ts"
import { type Array, graphOf, np } from "../../../src/index.ts"
import { runOn } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

const { gpu, reason } = await gpuOrReason()
afterAll(() => gpu?.close())

/** Small whole numbers, whose products and sums every dtype here holds. */
function digits(length: number): number[] {
  return globalThis.Array.from({ length }, (_, i) => (i * i + (i >> 3)) % 3)
}

interface Sizes {
  readonly batch: number
  readonly m: number
  readonly k: number
  readonly n: number
}

function multiplied(x: number[], y: number[], { batch, m, k, n }: Sizes): number[] {
  const xy = new globalThis.Array<number>(batch * m * n).fill(0)
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < m; i++) {
      for (let l = 0; l < k; l++) {
        const a = x[(b * m + i) * k + l]
        for (let j = 0; j < n; j++) xy[(b * m + i) * n + j] += a * y[(b * k + l) * n + j]
      }
    }
  }
  return xy
}

describe.skipIf(gpu === undefined)(`products on a GPU ${reason}`, () => {
  // Of each size of block: 128, 64, 32 and 16 rows and columns, with remainders.
  test.each([
    { batch: 64, m: 200, k: 9, n: 130 },
    { batch: 256, m: 40, k: 17, n: 62 },
    { batch: 260, m: 27, k: 19, n: 31 },
    { batch: 3, m: 50, k: 40, n: 70 },
  ])("of $batch matrices, $m × $k × $n, are right in every element", async (sizes) => {
    if (gpu === undefined) return
    const { batch, m, k, n } = sizes
    const [x, y] = [digits(batch * m * k), digits(batch * k * n)]
    const shapes = [
      [batch, m, k],
      [batch, k, n],
    ]
    const expected = multiplied(x, y, sizes)
    for (const [dtype, Elements] of [
      ["float32", Float32Array],
      ["float16", Float16Array],
    ] as const) {
      const [left, right] = shapes.map((shape) => ({ shape, dtype }))
      const graph = graphOf((a: Array, b: Array) => np.matmul(a, b))(left, right)
      const inputs = [x, y].map((data, i) => ({ data: Elements.from(data), shape: shapes[i] }))
      const [{ data }] = await runOn(gpu, { seed: 0, graph, inputs })
      expect(data.length).toBe(expected.length)
      expect(expected.findIndex((value, i) => value !== data[i])).toBe(-1)
    }
  })
})

test("what an adapter tells of matrices is taken where subgroups have one size", () => {
  const f16 = { componentType: "f16", resultComponentType: "f32" }
  const subgroupMatrixConfigs = [
    { M: 8, N: 8, K: 16, ...f16 },
    { M: 16, N: 16, K: 16, ...f16 },
    { M: 16, N: 16, K: 16, componentType: "f16", resultComponentType: "f16" },
    { M: 16, N: 16, K: 32, componentType: "i8", resultComponentType: "i32" },
  ]
  const told = { subgroupMinSize: 32, subgroupMaxSize: 32, subgroupMatrixConfigs }
  expect(matricesOf(told)).toEqual({
    subgroup: 32,
    shapes: [
      { m: 16, n: 16, k: 16, component: "f16" },
      { m: 8, n: 8, k: 16, component: "f16" },
    ],
  })
  expect(matricesOf({ ...told, subgroupMinSize: 4 })).toBeUndefined()
  expect(matricesOf({ subgroupMinSize: 32, subgroupMaxSize: 32 })).toBeUndefined()
})

test("whether 16 bits keep every float16 is asked by a shader that Dawn accepts", async () => {
  const { create } = await import("webgpu")
  const dawn = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"])
  const adapter = await dawn.requestAdapter()
  if (adapter === null) throw new Error("Dawn was built without its null backend")
  const device = await adapter.requestDevice({ requiredFeatures: featuresOf(adapter) })
  device.pushErrorScope("validation")
  const language = new Set<string>(dawn.wgslLanguageFeatures)
  const { matrices } = await abilitiesOf(device, adapter.info, language)
  expect(await device.popErrorScope()).toBeNull()
  expect(matrices).toBeUndefined()
  device.destroy()
})
