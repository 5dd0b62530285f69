import { expect, test } from "vitest"
import { openRam } from "../../../src/device/ram/index.ts"
import { GraphBuilder } from "../../../src/graph/index.ts"

function doubling() {
  const b = new GraphBuilder()
  const x = b.input({ shape: [2], dtype: "float32" })
  return b.build([b.emit("add", [x, x], {}), x])
}

test("the ram device holds arrays, runs graphs and counts its bytes", async () => {
  const device = openRam()
  const x = device.put(Float32Array.of(1, 2), [2], "float32")
  const program = device.compile(doubling())
  const [doubled, same] = program.run([x])
  expect([...(await doubled.read())]).toEqual([2, 4])
  expect(device.memory().inUse).toBe(24)
  x.free()
  x.free()
  expect([...(await same.read())]).toEqual([1, 2])
  expect(device.memory()).toEqual({ inUse: 16, highWater: 24 })
  expect(x.freed).toBe(true)
  await expect(x.read()).rejects.toThrow("after its memory was given back")
  expect(() => program.run([x])).toThrow("after its memory was given back")
})

test("a donated input is freed by the run", () => {
  const device = openRam()
  const x = device.put(Float32Array.of(1, 2), [2], "float32")
  device.compile(doubling(), { donated: [true] }).run([x])
  expect(x.freed).toBe(true)
  expect(device.memory().inUse).toBe(16)
})
