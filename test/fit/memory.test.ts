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
  const marks: { step: number; device: number; process: number }[] = []
  const onProgress = ({ step, bytes }: FitProgress) => {
    if (step % 100 === 0) marks.push({ step, device: bytes, process: needed() })
  }
  const images = pictures(200, 8)
  await fitImages(images, { steps: 2000, recipe: { batch: 16 }, device: "cpu", onProgress })
  // What is under way, and what the engine keeps for itself, differs from moment to moment; what
  // leaks stays. So the most of the first marks is held against the least of the last.
  const early = marks.filter(({ step }) => step <= 400)
  const late = marks.filter(({ step }) => step > 1600)
  const growth = (of: "device" | "process"): number =>
    Math.min(...late.map((mark) => mark[of])) - Math.max(...early.map((mark) => mark[of]))
  expect(growth("device")).toBeLessThan(1e6)
  expect(growth("process")).toBeLessThan(2e6)
})
