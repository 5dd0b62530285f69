import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { openGpu } from "../../../src/device/gpu/index.ts"
import { GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { randomGraph } from "../../graph/random.ts"
import { disagreement, runOn } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

const { gpu, reason } = await gpuOrReason()
afterAll(() => gpu?.close())

const lesser = {
  maxStorageBuffersPerShaderStage: 4,
  maxBufferSize: 2 ** 16,
  maxStorageBufferBindingSize: 2 ** 16,
  maxComputeInvocationsPerWorkgroup: 64,
  maxComputeWorkgroupSizeX: 64,
  maxComputeWorkgroupsPerDimension: 16,
} as const

describe.skipIf(gpu === undefined)(`limits of a GPU ${reason}`, () => {
  test("below the usual ones change no result", async () => {
    const small = await openGpu({ limits: lesser })
    await fc.assert(
      fc.asyncProperty(randomGraph({ equations: 20 }), async (example) => {
        expect(await disagreement(small, example)).toBeUndefined()
      }),
      { numRuns: 20 },
    )
    await small.close()
  })

  test("on buffers per kernel are met by joining small arrays", async () => {
    const small = await openGpu({ limits: lesser })
    const b = new GraphBuilder()
    const inputs = Array.from({ length: 20 }, () => b.input({ shape: [5], dtype: "float32" }))
    const sum = inputs.reduce((a, x) => op.add(b, a, x))
    const graph = b.build([sum, ...inputs.map((x) => op.multiply(b, x, sum))])
    const given = inputs.map((_, i) => ({ data: new Float32Array(5).fill(i), shape: [5] }))
    const results = await runOn(small, { seed: 0, graph, inputs: given })
    expect(results.map(({ data }) => data[0])).toEqual([190, ...given.map((_, i) => 190 * i)])
    await small.close()
  })

  test("on the size of a buffer spread an arena over several", async () => {
    const small = await openGpu({ limits: lesser })
    const b = new GraphBuilder()
    const n = 10_000
    const x = b.input({ shape: [n], dtype: "float32" })
    const sorts = [1, 2, 3].map((k) => {
      const scaled = op.multiply(b, x, op.full(b, { shape: [n], dtype: "float32" }, k))
      return b.emit("cumulativeMax", [scaled], { axis: 0, reverse: false })
    })
    const sum = sorts.map((y) => op.reduceSum(b, op.multiply(b, y, y), [0]))
    const data = Float32Array.from({ length: n }, (_, i) => Math.sin(i))
    const example = { seed: 0, graph: b.build(sum), inputs: [{ data, shape: [n] }] }
    expect(await disagreement(small, example)).toBeUndefined()
    expect(() => small.put(new Float32Array(2 ** 15), [2 ** 15], "float32")).toThrow(
      /^an array of 131,072 bytes is larger than this GPU .* 65,536 bytes: [^\n]*$/,
    )
    await small.close()
  })

  test("on memory are met before anything runs", async () => {
    const small = await openGpu({ maximumBytes: 2 ** 20 })
    const b = new GraphBuilder()
    const x = b.input({ shape: [], dtype: "float32" })
    const graph = b.build([op.negate(b, op.broadcast(b, x, [2 ** 19], []))])
    const given = small.put(Float32Array.of(1), [], "float32")
    expect(() => small.compile(graph).run([given])).toThrow(
      /^[^\n]*no room for 2,097,152 bytes[^\n]*$/,
    )
    expect(await given.read()).toEqual(Float32Array.of(1))
    await small.close()
  })

  test("on dtypes are said in a sentence that names the devices without them", async () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [2], dtype: "float64" })
    expect(() => gpu?.compile(b.build([op.negate(b, x)]))).toThrow(
      /^GPUs do not compute in float64: use float32 here, or .* cpu, native and ram$/,
    )
  })
})

describe.skipIf(gpu === undefined)(`a GPU that is lost ${reason}`, () => {
  test("is reported, and a new one can be opened", async () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [3], dtype: "float32" })
    const graph = b.build([op.add(b, x, x)])
    const first = await openGpu()
    const array = first.put(Float32Array.of(1, 2, 3), [3], "float32")
    const executable = first.compile(graph)
    first.gpu.destroy()
    await expect(array.read()).rejects.toThrow(/^the GPU was lost: [^\n]*open the device again/)
    expect(() => executable.run([array])).toThrow("the GPU was lost")
    await expect(first.settled()).rejects.toThrow("the GPU was lost")
    await first.close()
    const second = await openGpu()
    const inputs = [{ data: Float32Array.of(1, 2, 3), shape: [3] }]
    const [{ data }] = await runOn(second, { seed: 0, graph, inputs })
    expect(data).toEqual(Float32Array.of(2, 4, 6))
    await second.close()
  })
})

describe.skipIf(gpu === undefined)(`memory of a GPU ${reason}`, () => {
  test("of a donated input becomes the result's, unless others hold it", async () => {
    if (gpu === undefined) return
    const b = new GraphBuilder()
    const x = b.input({ shape: [1000], dtype: "float32" })
    const executable = gpu.compile(b.build([op.add(b, x, x)]), { donated: [true] })
    let array = gpu.put(new Float32Array(1000).fill(1), [1000], "float32")
    await gpu.settled()
    const before = gpu.memory().inUse
    for (let i = 0; i < 20; i++) [array] = executable.run([array])
    expect((await array.read()).every((x) => x === 2 ** 20)).toBe(true)
    expect(gpu.memory().inUse).toBeLessThanOrEqual(before + 2 ** 16)
    array.free()
  })

  test("goes back to where it stood after many runs that are not waited for", async () => {
    if (gpu === undefined) return
    const b = new GraphBuilder()
    const x = b.input({ shape: [1000], dtype: "float32" })
    const executable = gpu.compile(b.build([op.add(b, x, x)]))
    const given = gpu.put(new Float32Array(1000), [1000], "float32")
    for (const y of executable.run([given])) y.free()
    const before = gpu.memory().inUse
    for (let i = 0; i < 300; i++) for (const y of executable.run([given])) y.free()
    await gpu.settled()
    expect(gpu.memory().inUse).toBe(before)
    given.free()
  })
})
