import { mkdtemp, readdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { tradespace } from "./command.ts"

test("the main job learns handwritten digits, and tells what it took and where it saved", async () => {
  const out = join(await mkdtemp(join(tmpdir(), "tradespace-")), "mnist")
  const started = await tradespace("start", "--epochs", "0.2", "--out", out)
  expect(started).toMatchObject({ status: 0, errors: "" })
  const { output } = started
  for (const part of [
    "handwritten digits",
    "convolution 3 × 3  28 × 28 × 16",
    "RAM model: time on 1 thread",
    "GPU model: time",
    "The quote for this machine",
    "The bill beside the quote",
    "of the test images are recognised",
    "true \\ found",
    `Saved in ${out}: network.json and weights.safetensors.`,
  ]) {
    expect(output).toContain(part)
  }
  expect(output).toMatch(/^step \d+\/84 {2}loss \d\.\d+ /m)
  // A fifth of one look at the images is enough for nine out of ten.
  const [, share] = /([\d.]+) % of the test images/.exec(output) ?? []
  expect(Number(share)).toBeGreaterThan(90)
  expect((await readdir(out)).sort()).toEqual(["network.json", "weights.safetensors"])
})
