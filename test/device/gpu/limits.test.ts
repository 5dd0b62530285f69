import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { Downloads } from "../../../src/device/gpu/downloads.ts"
import { openGpu } from "../../../src/device/gpu/index.ts"
import { GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { randomGraph } from "../../graph/random.ts"
import { disagreement, runOn } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

const { gpu, reason } = await gpuOrReason()
afterAll(() => gpu?.close())

/** x + x of three numbers. */
const doubled = (() => {
  const b = new GraphBuilder()
  const x = b.input({ shape: [3], dtype: "float32" })
  const inputs = [{ data: Float32Array.of(1, 2, 3), shape: [3] }]
  return { graph: b.build([op.add(b, x, x)]), inputs }
})()

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
    expect(() => small.compile(graph)).toThrow(
      /^a program of 2,097,156 bytes with its inputs and results has no room [^\n]* 1,048,576:[^\n]*$/,
    )
    // What is in use already counts as well, once the program runs.
    const half = new GraphBuilder()
    const y = half.input({ shape: [], dtype: "float32" })
    const filled = half.build([op.negate(half, op.broadcast(half, y, [2 ** 17], []))])
    const program = small.compile(filled)
    const [kept] = program.run([given])
    expect(() => program.run([given])).toThrow(/^[^\n]*no room for 524,288 bytes[^\n]*$/)
    kept.free()
    expect(await given.read()).toEqual(Float32Array.of(1))
    await small.close()
  })

  test("on memory count what is given back, or written into what is donated, once", async () => {
    const n = 2 ** 16
    const small = await openGpu({ maximumBytes: 4 * n + 1024 })
    const b = new GraphBuilder()
    const x = b.input({ shape: [n], dtype: "float32" })
    const same = small.compile(b.build([x, x]))
    expect(same.bytes).toBe(0)
    const c = new GraphBuilder()
    const y = c.input({ shape: [n], dtype: "float32" })
    const sum = op.add(c, y, y)
    const doubling = c.build([sum, sum])
    expect(() => small.compile(doubling)).toThrow("a program of 524,288 bytes")
    const inPlace = small.compile(doubling, { donated: [true] })
    expect(inPlace.bytes).toBe(0)
    const given = small.put(new Float32Array(n).fill(3), [n], "float32")
    const [first, second] = same.run([given])
    second.free()
    given.free()
    // A run that is on its way holds its inputs, which are copied then.
    await small.settled()
    for (const twice of inPlace.run([first])) {
      expect((await twice.read()).every((value) => value === 6)).toBe(true)
    }
    await small.close()
  })

  test.skipIf(!gpu?.adapter.isSoftware)(
    "of its driver fail one program, and nothing else",
    async () => {
      if (gpu === undefined) return
      const b = new GraphBuilder()
      const x = b.input({ shape: [], dtype: "float32" })
      // The software driver gives no gibibyte at once.
      const large = gpu.compile(b.build([op.negate(b, op.broadcast(b, x, [2 ** 28], [])), x]))
      const next = new GraphBuilder()
      const y = next.input({ shape: [2 ** 28], dtype: "float32" })
      const sum = gpu.compile(next.build([op.reduceSum(next, y, [0])]))
      const earlier = gpu.put(Float32Array.of(7), [], "float32")
      await gpu.settled()
      const before = gpu.memory().inUse
      const [made, kept] = large.run([earlier])
      const put = gpu.put(new Float32Array(2 ** 28), [2 ** 28], "float32")
      const results = [made, put, ...sum.run([made]), ...sum.run([put])]
      const noRoom =
        /^the gpu device has no room for 1,073,741,824 bytes: its driver gave none[^\n]*$/
      for (const array of results) await expect(array.read()).rejects.toThrow(noRoom)
      await expect(kept.read()).rejects.toThrow(noRoom)
      for (const array of [...results, kept]) array.free()
      expect(await earlier.read()).toEqual(Float32Array.of(7))
      // What programs use in turn stays.
      expect(gpu.memory().inUse).toBeLessThan(before + 2 ** 16)
      expect((await runOn(gpu, { seed: 0, ...doubled }))[0].data).toEqual(Float32Array.of(2, 4, 6))
      await gpu.settled()
    },
  )

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
    const { graph } = doubled
    const first = await openGpu()
    const array = first.put(Float32Array.of(1, 2, 3), [3], "float32")
    const executable = first.compile(graph)
    first.gpu.destroy()
    await expect(array.read()).rejects.toThrow(/^the GPU was lost: [^\n]*open the device again/)
    expect(() => executable.run([array])).toThrow("the GPU was lost")
    await expect(first.settled()).rejects.toThrow("the GPU was lost")
    await first.close()
    const second = await openGpu()
    const [{ data }] = await runOn(second, { seed: 0, ...doubled })
    expect(data).toEqual(Float32Array.of(2, 4, 6))
    expect(() => second.compile(graph).run([array])).toThrow("an array of another device")
    await expect(array.read()).rejects.toThrow(/^the GPU was lost/)
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

describe.skipIf(gpu === undefined)(`transfers of a GPU ${reason}`, () => {
  test("come in the order of the programs, many at once", async () => {
    if (gpu === undefined) return
    const b = new GraphBuilder()
    const x = b.input({ shape: [50_000], dtype: "float32" })
    const next = gpu.compile(b.build([op.add(b, x, 1)]))
    const data = new Float32Array(50_000)
    const reads: Promise<ArrayLike<number>>[] = []
    for (let i = 0; i < 60; i++) {
      const given = gpu.put(data.fill(3 * i), [50_000], "float32")
      const [once] = next.run([given])
      const [twice] = next.run([once])
      reads.push(given.read(), once.read(), twice.read())
      for (const array of [given, once, twice]) array.free()
    }
    const found = await Promise.all(reads)
    for (const [i, elements] of found.entries()) {
      expect([elements[0], elements[49_999]]).toEqual(
        Array(2).fill(3 * Math.floor(i / 3) + (i % 3)),
      )
    }
  })

  test("to the host go through few buffers, however much is asked for", async () => {
    if (gpu === undefined) return
    const downloads = new Downloads(gpu.gpu, { pieceBytes: 16_384, mostBytes: 50_000 })
    const buffers = [1, 2, 3, 4, 5].map((factor) => {
      const words = Float32Array.from({ length: 25_000 }, (_, i) => factor * i)
      const buffer = gpu.gpu.createBuffer({ size: words.byteLength, usage: 4 | 8 })
      gpu.gpu.queue.writeBuffer(buffer, 0, words)
      return { buffer, words }
    })
    const read = buffers.map(({ buffer, words }) => downloads.read(buffer, words.byteLength))
    for (const [i, bytes] of (await Promise.all(read)).entries()) {
      expect(new Float32Array(bytes)).toEqual(buffers[i].words)
    }
    expect(downloads.highWater).toBeLessThanOrEqual(50_000)
    expect(downloads.highWater).toBeGreaterThan(2 * 16_384)
    for (const { buffer } of buffers) buffer.destroy()
  })
})
