import { mkdtemp, readdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { tradespace } from "./command.ts"

test("the main job learns handwritten digits, and tells what it took and where it saved", async () => {
  const out = join(await mkdtemp(join(tmpdir(), "tradespace-")), "mnist")
  const started = await tradespace("start", "--size", "xs", "--epochs", "0.4", "--out", out)
  expect(started).toMatchObject({ status: 0, errors: "" })
  const { output } = started
  for (const part of [
    "handwritten digits",
    "10,000 to judge by",
    "What the time and memory buy",
    "RAM model: time on 1 thread",
    "GPU model: time",
    "The quote for this machine",
    "The bill beside the quote",
    "test images",
    "the nearest class mean",
    `Saved in ${out}: open ${out}/report.html`,
  ]) {
    expect(output).toContain(part)
  }
  expect(output).toMatch(/^step \d+\/\d+ {2}loss \d\.\d+ /m)
  // Less than half of one look at the images is enough for nine out of ten.
  const [, share] = /the network +([\d.]+) %/.exec(output) ?? []
  expect(Number(share)).toBeGreaterThan(90)
  const files = ["network.json", "report.html", "weights.safetensors"]
  expect((await readdir(out)).sort()).toEqual(files)
})
