import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { afterAll, expect, test } from "vitest"
import { closeDevices, openDevice } from "../../src/array/index.ts"
import { fit as fitNetwork } from "../../src/fit/index.ts"
import { heldPictures } from "./pictures.ts"

afterAll(() => closeDevices())

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** Bytes that the process still needs after its garbage is collected. */
function needed(): number {
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

test("hundreds of training steps leave the memory where it stood after the first", async () => {
  const marks: { device: number; process: number }[] = []
  const device = await openDevice("cpu")
  await fitNetwork("images-idx3-ubyte", {
    ...heldPictures(200, 8),
    size: "xs",
    steps: 1000,
    device: "cpu",
    onProgress({ step }) {
      if (step % 30 === 0) marks.push({ device: device.memory().inUse, process: needed() })
    },
  })
  // The fit may end early, when nothing gets better.
  expect(marks.length).toBeGreaterThan(10)
  // What is under way, and what the engine keeps for itself, differs from moment to moment; what
  // leaks stays. So the most of the first marks is held against the least of the last.
  const some = Math.floor(marks.length / 4)
  const [early, late] = [marks.slice(1, 1 + some), marks.slice(-some)]
  const growth = (of: "device" | "process"): number =>
    Math.min(...late.map((mark) => mark[of])) - Math.max(...early.map((mark) => mark[of]))
  expect(growth("device")).toBeLessThan(1e6)
  expect(growth("process")).toBeLessThan(2e6)
})
