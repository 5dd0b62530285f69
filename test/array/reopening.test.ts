import { expect, test } from "vitest"
import { closeDevices, np, openDevice, registerDevice } from "../../src/array/index.ts"

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
