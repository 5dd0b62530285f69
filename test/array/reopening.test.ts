import { expect, test } from "vitest"
import { closeDevices, np } from "../../src/array/index.ts"

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
