import { expect, test } from "vitest"
import { bytesPerTurn, limitModule } from "../../bench/limits/kernels.ts"
import { compiler } from "../device/native/compiler.ts"

function instance() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const { exports } = new WebAssembly.Instance(limitModule(1), { env: { memory } })
  const call = (name: string, ...args: number[]): unknown => {
    const loop = exports[name]
    if (typeof loop !== "function") throw new TypeError(`there is no function ${name}`)
    return loop(...args)
  }
  return { memory, call }
}

test("the arithmetic loop really computes: twelve sums of eight products in each turn", () => {
  const { call } = instance()
  expect(call("multiplyAdd", 1000)).toBeCloseTo(1000 * 12 * 8 * 1e-6, 4)
})

test("the copying loop copies what it is told and nothing else", () => {
  const { memory, call } = instance()
  const bytes = new Uint8Array(memory.buffer)
  for (let i = 0; i < 4096; i++) bytes[i] = i % 251
  call("copy", 64, 8192, 3 * bytesPerTurn)
  expect(bytes.slice(8192, 8192 + 3 * bytesPerTurn)).toEqual(bytes.slice(64, 64 + 3 * bytesPerTurn))
  expect(bytes[8191]).toBe(0)
  expect(bytes[8192 + 3 * bytesPerTurn]).toBe(0)
})

test.skipIf(compiler === undefined).each([
  ["arithmetic", 1],
  ["bfloat16", 1],
  ["bandwidth", 0],
] as const)("native code's limit by %s runs on all threads", async (by, perLane) => {
  const { openNativeLimit } = await import("../../bench/limits/native.ts")
  const { amount, threads, run } = await openNativeLimit(by)
  await run()
  expect(threads).toBeGreaterThan(0)
  // Every lane of every sum takes part, in pairs where the instruction for them is the faster one.
  expect(amount % (perLane === 1 ? threads * 2 * compiler!.lanes : 2 ** 24)).toBe(0)
})
