import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { afterAll, expect, test } from "vitest"
import { closeDevices } from "../../src/array/index.ts"
import { type FitProgress, fitImages } from "../../src/fit/index.ts"
import { pictures } from "./pictures.ts"

afterAll(() => closeDevices())

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** Bytes that the process still needs after its garbage is collected. */
function needed(): number {
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

test("2,000 training steps leave the memory where it stood after 100", async () => {
  const marks = new Map<number, { device: number; process: number }>()
  const onProgress = ({ step, bytes }: FitProgress) => {
    if (step % 100 === 0) marks.set(step, { device: bytes, process: needed() })
  }
  const images = pictures(200, 8)
  await fitImages(images, { steps: 2000, recipe: { batch: 16 }, device: "cpu", onProgress })
  const [early, late] = [marks.get(100), marks.get(2000)]
  if (early === undefined || late === undefined) throw new Error("no progress was told")
  // What is under way differs from moment to moment: about a megabyte here.
  expect(late.device - early.device).toBeLessThan(1e6)
  expect(late.process - early.process).toBeLessThan(2e6)
})
