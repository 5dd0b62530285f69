import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, expect, test } from "vitest"
import { closeDevices, defaultDevice, setDefaultDevice } from "../../src/array/index.ts"
import { hasNative } from "../../src/device/index.ts"
import { keepingDevice, quickest } from "../../src/fit/choosing/device.ts"
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

test("operands of 8 bits are used where they are asked for, told, and nearly as good", async () => {
  const source = join(await mkdtemp(join(tmpdir(), "tradespace-")), "flowers.csv")
  await writeFile(source, flowers(600))
  const events: string[] = []
  const onEvent = (event: string) => void events.push(event)
  const settings = { steps: 150, size: "xs", seed: 3 }
  const whole = await fitNetwork(source, settings)
  const rounded = await fitNetwork(source, { ...settings, precision: "bfloat16", onEvent })
  expect(rounded.record.command).toContain("--precision bfloat16")
  expect(rounded.report).toContain("<td>bfloat16</td>")
  expect(events.join()).toContain("are rounded to bfloat16 in training, as asked")
  expect(whole.report).not.toContain("bfloat16")
  expect(rounded.fitted.weights).not.toEqual(whole.fitted.weights)
  const loss = ({ record }: typeof whole) => record.history.at(-1)?.validationLoss
  expect(Math.abs(Number(loss(rounded)) - Number(loss(whole)))).toBeLessThan(0.05)
  expect(rounded.record.validation.accuracy).toBeGreaterThan(
    whole.record.validation.accuracy - 0.03,
  )
  const given: object = { precision: "float8" }
  const wrong = fitNetwork(source, { ...settings, ...given })
  await expect(wrong).rejects.toThrow(
    "precision is float8, which must be one of highest, float32, bfloat16",
  )
})
