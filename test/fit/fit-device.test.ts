import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, expect, test } from "vitest"
import { closeDevices, defaultDevice, setDefaultDevice } from "../../src/array/index.ts"
import { hasNative } from "../../src/device/index.ts"
import { keepingDevice, quickest } from "../../src/fit/fit-device.ts"
import { fit as fitNetwork } from "../../src/fit/index.ts"
import { flowers } from "./tables.ts"

afterEach(() => {
  setDefaultDevice("cpu")
})
afterAll(() => closeDevices())

/** A frontier of one size, by the seconds that 100 of its steps take on each device. */
const frontier = (cpu: number, native: number) => (calibration: { readonly device: string }) => {
  const seconds = calibration.device === "native" ? native : cpu
  return [{ choice: { size: "s" }, quote: { seconds: seconds / 100 }, seconds, chosen: true }]
}

test("a long fit runs where it is quoted to be done first", async () => {
  const found = await hasNative()
  const [row] = await quickest({}, 300, frontier(100, 40))
  expect(row.seconds).toBe(found ? 40 : 100)
  expect(defaultDevice()).toBe(found ? "native" : "cpu")
})

test.each([
  ["is as quick as the other", {}, frontier(100, 95)],
  ["is done before a compiler is", {}, frontier(5, 1)],
  ["was asked for", { device: "cpu" }, frontier(100, 40)],
])("the cpu is kept where it %s", async (_why, settings, quote) => {
  await quickest(settings, 300, quote)
  expect(defaultDevice()).toBe("cpu")
})

test("a fit leaves the default device as it was, and its command names its own", async () => {
  const source = join(await mkdtemp(join(tmpdir(), "tradespace-")), "flowers.csv")
  await writeFile(source, flowers(200))
  const run = () => fitNetwork(source, { steps: 25, size: "xs", seed: 3 })
  const [first, second] = [await run(), await run()]
  expect(first.record.command).toContain("--device cpu")
  expect(first.fitted.weights).toEqual(second.fitted.weights)
  await keepingDevice(async () => {
    setDefaultDevice("native")
    const [one, other] = [await run(), await run()]
    expect(one.record.command).toContain("--device native")
    expect(one.fitted.weights).toEqual(other.fitted.weights)
  })
  expect(defaultDevice()).toBe("cpu")
})
