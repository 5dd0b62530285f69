import fc from "fast-check"
import { expect, test } from "vitest"
import { CpuDevice, openCpu } from "../../../src/device/cpu/device.ts"
import { Solo } from "../../../src/device/cpu/solo.ts"
import { randomGraph } from "../../graph/random.ts"
import { disagreement, runOn } from "../agreement.ts"

test("a worker with a memory of its own gives the bits that threads give", async () => {
  const solo = await Solo.open(2 ** 28)
  const alone = new CpuDevice(solo, solo)
  const threads = await openCpu({ threads: 2 })
  await fc.assert(
    fc.asyncProperty(randomGraph({ equations: 12 }), async (example) => {
      expect(await disagreement(alone, example)).toBeUndefined()
      expect(await runOn(alone, example)).toEqual(await runOn(threads, example))
    }),
    { numRuns: 40 },
  )
  await alone.close()
  await threads.close()
})

test("memory grows as arrays need it, and is refused beyond its maximum", async () => {
  const solo = await Solo.open(2 ** 25)
  const device = new CpuDevice(solo, solo)
  const data = Float32Array.from({ length: 2 ** 21 }, (_, i) => i)
  const kept = [device.put(data, [data.length], "float32")]
  kept.push(device.put(data, [data.length], "float32"))
  expect(await kept[1].read()).toEqual(data)
  expect(await kept[0].read()).toEqual(data)
  expect(() => {
    for (let i = 0; i < 8; i++) device.put(data, [data.length], "float32")
  }).toThrow(/8,388,608 bytes/)
  await device.close()
})
