import { afterAll, describe, expect, test } from "vitest"
import type { Candidate } from "../../src/device/auto/candidate.ts"
import { ranked, Savings } from "../../src/device/auto/choice.ts"
import { AutoDevice } from "../../src/device/auto/device.ts"
import { type Device, openCpu, openNative, openRam } from "../../src/device/index.ts"
import { type Graph, GraphBuilder, operations as op } from "../../src/graph/index.ts"
import { type Array, closeDevices, f32, graphOf, jit, np } from "../../src/index.ts"
import { costKinds } from "../../src/schedule/index.ts"
import { gpuOrReason } from "./gpu/software.ts"
import { compiler } from "./native/compiler.ts"
import { calibration, rates } from "./paper.ts"

/** A device that is said to take so many nanoseconds for an instruction. */
function said(device: Device, nanoseconds: number, more: Partial<Candidate> = {}): Candidate {
  const instructions = new Map(costKinds.map((kind) => [kind, nanoseconds * 1e-9]))
  return {
    device,
    calibration: { ...calibration, device: device.name, rates: { ...rates, instructions } },
    transfer: { start: 0, perByte: 0 },
    compileSeconds: 0,
    ...more,
  }
}

const cpu = await openCpu({ threads: 1 })
const ram = openRam()
const { gpu } = await gpuOrReason()
const native = compiler === undefined ? undefined : await openNative({ threads: 1 })
afterAll(() => Promise.all([cpu, ram, gpu, native].map((device) => device?.close())))

/** x·x + x with n numbers. */
function square(n: number): Graph {
  return graphOf((x: Array) => np.add(np.multiply(x, x), x))(f32(n))
}

describe("auto chooses", () => {
  test("by quotes alone: who is told to be faster is taken, whoever it is", () => {
    const fastRam = new AutoDevice({ candidates: [said(cpu, 10), said(ram, 1)], absent: [] })
    const fastCpu = new AutoDevice({ candidates: [said(cpu, 1), said(ram, 10)], absent: [] })
    expect(fastRam.choose(square(100_000)).device).toBe("ram")
    expect(fastCpu.choose(square(100_000)).device).toBe("cpu")
  })

  test("cpu for small work, and another where its speed outweighs the way there and back", () => {
    const fast = said(ram, 0.01, { transfer: { start: 1e-3, perByte: 1e-12 } })
    const far = { ...fast, calibration: { ...fast.calibration, rough: true } }
    const auto = new AutoDevice({ candidates: [said(cpu, 1), far], absent: ["gpu has no adapter"] })
    const small = auto.choose(square(1000))
    expect(small.device).toBe("cpu")
    expect(small.offers.map(({ device }) => device)).toEqual(["cpu", "ram"])
    expect(small.offers.map(({ rough }) => rough)).toEqual([false, true])
    expect(small.absent).toEqual(["gpu has no adapter"])
    const [first, second] = auto.choose(square(10_000_000)).offers
    expect(first.device).toBe("ram")
    expect(first.transfer).toBeCloseTo(2e-3 + 8e-5, 9)
    expect(first.seconds + first.transfer).toBeLessThan(second.seconds)
    // Arrays that stay are brought once.
    const [stayed] = auto.choose(square(10_000_000), { runs: 1000, stays: true }).offers
    expect(stayed).toMatchObject({ device: "ram", transfer: 0, once: 1e-3 + 4e-5 })
  })

  test("a compiler for what runs often, not for what runs once", () => {
    const compiled = said(ram, 0.1, { compileSeconds: 0.5 })
    const auto = new AutoDevice({ candidates: [said(cpu, 1), compiled], absent: [] })
    expect(auto.choose(square(1_000_000)).device).toBe("cpu")
    expect(auto.choose(square(1_000_000), { runs: 100_000 }).device).toBe("ram")
  })

  test("never at more than twice the cost of knowing the number of runs beforehand", () => {
    const offers = [
      { device: "here", seconds: 3, transfer: 0, once: 0, rough: false },
      { device: "there", seconds: 1, transfer: 0.5, once: 20, rough: false },
    ]
    for (let runs = 1; runs < 60; runs++) {
      const savings = new Savings()
      let paid = 0
      let last = "here"
      for (let i = 0; i < runs; i++) {
        const now = offers.map((offer) => (offer.device === last ? { ...offer, once: 0 } : offer))
        const [best] = ranked(now.map((offer) => savings.after(offer)))
        paid += best.seconds + best.transfer + (best.device === last ? 0 : 20)
        savings.note(best, now, best.device !== last)
        last = best.device
      }
      expect(paid).toBeLessThanOrEqual(2 * Math.min(3 * runs, 1.5 * runs + 20))
    }
  })
})

describe("on auto", () => {
  /** Each device is taken for the better one by some programs. */
  function alternating(): AutoDevice {
    const others = [ram, gpu, native].filter((device) => device !== undefined)
    const candidates = others.map((device, i) =>
      said(device, 0.1 ** (i + 1), { transfer: { start: 2e-5 * 4 ** i, perByte: 0 } }),
    )
    return new AutoDevice({ candidates: [said(cpu, 1), ...candidates], absent: [] })
  }

  test("arrays go from device to device as programs need them, and results are the same", async () => {
    const auto = alternating()
    const used = new Set<string>()
    let array = auto.put(new Float32Array(64).fill(1), [64], "float32")
    let expected = 1
    for (const n of [64, 200_000, 64, 3_000_000, 64]) {
      const b = new GraphBuilder()
      const x = b.input({ shape: [64], dtype: "float32" })
      const wide = op.broadcast(b, x, [Math.ceil(n / 64), 64], [1])
      const most = b.emit("reduceMax", [op.multiply(b, wide, wide)], { axes: [0] })
      const graph = b.build([op.add(b, most, x)])
      used.add(auto.choose(graph).device)
      const [next] = auto.compile(graph).run([array])
      array.free()
      array = next
      expected = Math.fround(expected * expected + expected)
    }
    expect([...(await array.read())]).toEqual(new globalThis.Array(64).fill(expected))
    expect(used.size).toBeGreaterThan(1)
    array.free()
    await auto.settled()
  })

  test("a run that waits for an array keeps its place, and what it takes may be given back", async () => {
    const near = said(cpu, 1)
    const far = said(ram, 0.01, { transfer: { start: 1e-4, perByte: 0 } })
    const auto = new AutoDevice({ candidates: [near, far], absent: [] })
    const small = auto.compile(square(8))
    const b = new GraphBuilder()
    const x = b.input({ shape: [8], dtype: "float32" })
    const wide = op.broadcast(b, x, [100_000, 8], [1])
    const large = auto.compile(b.build([b.emit("reduceMax", [wide], { axes: [0] })]))
    const ones = auto.put(new Float32Array(8).fill(1), [8], "float32")
    const [twos] = small.run([ones])
    const [moved] = large.run([twos])
    const [sixes] = small.run([moved])
    for (const array of [ones, twos, moved]) array.free()
    expect([...(await sixes.read())]).toEqual(new globalThis.Array(8).fill(6))
    expect(() => small.run([twos])).toThrow("after its memory was given back")
    await auto.settled()
    expect(cpu.memory().inUse).toBeLessThan(2 ** 16)
  })

  test("donated arrays are consumed wherever they lie", async () => {
    const auto = new AutoDevice({ candidates: [said(cpu, 1), said(ram, 10)], absent: [] })
    const executable = auto.compile(square(4), { donated: [true] })
    let array = auto.put(Float32Array.of(0, 1, 2, 3), [4], "float32")
    for (let i = 0; i < 2; i++) {
      const [next] = executable.run([array])
      expect(array.freed).toBe(true)
      array = next
    }
    expect([...(await array.read())]).toEqual([0, 6, 42, 156])
    array.free()
  })

  test("a jitted function with what is here takes arrays from anywhere", async () => {
    const f = jit((x: Array) => np.sum(np.multiply(x, x)), { device: "auto" })
    const sum = f(np.array([1, 2, 3]))
    expect(sum.device).toBe("auto")
    expect(await sum.data()).toEqual(Float32Array.of(14))
    await closeDevices()
  }, 30_000)

  test.skipIf(gpu === undefined)("what a GPU refuses runs elsewhere", async () => {
    if (gpu === undefined) return
    const auto = new AutoDevice({ candidates: [said(cpu, 1), said(gpu, 0.001)], absent: [] })
    const b = new GraphBuilder()
    const x = b.input({ shape: [100_000], dtype: "float64" })
    const executable = auto.compile(b.build([op.add(b, x, x)]))
    const data = new Float64Array(100_000).fill(1 + 2 ** -40)
    const given = auto.put(data, [100_000], "float64")
    const [sum] = executable.run([given])
    expect((await sum.read())[99_999]).toBe(2 + 2 ** -39)
    for (const array of [given, sum]) array.free()
  })
})
