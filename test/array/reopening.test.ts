import { expect, test } from "vitest"
import {
  blockUntilReady,
  closeDevices,
  devicePut,
  np,
  openDevice,
  registerDevice,
} from "../../src/array/index.ts"

test("what ran before all devices were closed runs again after it", async () => {
  const sum = () =>
    np
      .array([1, 2])
      .add(np.array([3, 4]))
      .data()
  const before = await sum()
  await closeDevices()
  expect(await sum()).toEqual(before)
  await closeDevices()
})

test("a device that never opened is no obstacle to closing all, and is tried again after it", async () => {
  let failures = 0
  registerDevice("absent", () => Promise.reject(new Error(`there is none, ${++failures}`)))
  await expect(openDevice("absent")).rejects.toThrow("there is none, 1")
  await expect(openDevice("absent")).rejects.toThrow("there is none, 1")
  await closeDevices()
  const opening = expect(openDevice("absent")).rejects.toThrow("there is none, 2")
  await closeDevices()
  await opening
})

test("what is moved to a device while it closes arrives there, or says why not", async () => {
  const x = np.arange(4)
  await blockUntilReady(x)
  const first = devicePut(x, "ram")
  const closing = closeDevices()
  const second = devicePut(np.arange(4).add(1), "ram").mul(2)
  const third = second.add(1)
  await closing
  await first.data().catch(() => {})
  const outcomes = await Promise.allSettled([second.data(), third.data(), openDevice("ram")])
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(String(outcome.reason)).toContain("device")
  }
  expect(await devicePut(np.arange(3), "ram").mul(2).data()).toEqual(Int32Array.of(0, 2, 4))
})
