import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { idxOf, pictures } from "../fit/pictures.ts"
import { oneSentence, outcome, start } from "./command.ts"
import { inProcess } from "./in-process.ts"

let folder: string
let images: string
let labels: string
let out: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-"))
  images = join(folder, "images")
  labels = join(folder, "labels")
  out = join(folder, "network")
  const files = idxOf(pictures(200, 8))
  await writeFile(images, files.images)
  await writeFile(labels, files.labels)
})

test("images are fitted, saved, and told apart afterwards", async () => {
  const quick = ["--epochs", "20", "--out", out, "--test", images, labels]
  const fit = await inProcess("fit", images, labels, ...quick)
  expect({ status: fit.status, errors: fit.errors }).toEqual({ status: 0, errors: "" })
  for (const part of ["3 classes", "1 input: image", "quote", "bill", "test images"]) {
    expect(fit.output).toContain(part)
  }
  expect((await readdir(out)).sort()).toEqual([
    "network.json",
    "report.html",
    "weights.safetensors",
  ])

  const csv = join(folder, "found.csv")
  const predicted = await inProcess("predict", out, images, "--out", csv)
  expect(predicted.status).toBe(0)
  const [head, ...rows] = (await readFile(csv, "utf8")).trimEnd().split("\n")
  expect(head).toBe("image,class,probability")
  const right = rows.filter((row, i) => Number(row.split(",")[1]) === i % 3)
  expect(rows).toHaveLength(200)
  expect(right.length).toBeGreaterThan(180)
  const { output } = await inProcess("predict", out, images)
  expect(output).toBe(await readFile(csv, "utf8"))
})

test("in JSON a fit is one document on standard output, its progress on standard error", async () => {
  const args = ["fit", images, labels, "--steps", "5", "--out", out, "--json", "--threads", "1"]
  const { status, output, errors } = await inProcess(...args)
  expect(status).toBe(0)
  const document = JSON.parse(output)
  expect(document).toMatchObject({ steps: 5, saved: out, bill: { threads: 1 } })
  expect(document.history.at(-1).step).toBe(5)
  expect(errors).toMatch(/"event":"progress","step":5,/)
})

describe("a fit that fails ends with status 1 and one sentence, and writes nothing:", () => {
  const failed = async (message: string, ...args: readonly string[]) => {
    const { status, output, errors } = await inProcess("fit", ...args, "--out", out)
    expect(errors).toContain(message)
    expect(errors).toMatch(oneSentence)
    expect({ status, output }).toEqual({ status: 1, output: "Reading the data …\n" })
    expect((await readdir(folder)).sort()).toEqual(["images", "labels"])
  }

  test("truncated images", async () => {
    const whole = await readFile(images)
    await writeFile(images, whole.subarray(0, whole.length - 100))
    await failed(`${images} is no usable IDX file: it is truncated`, images, labels)
  })

  test("images and labels that are swapped", () =>
    failed("are images and labels swapped?", labels, images))

  test("more images than labels", async () => {
    await writeFile(labels, idxOf(pictures(199, 8)).labels)
    await failed("200 images", images, labels)
  })

  test("a file that is no IDX file", async () => {
    await writeFile(labels, "five, zero, four")
    await failed("it must start with two zero bytes", images, labels)
  })

  test("a file that is not there", () =>
    failed("elsewhere cannot be read", images, join(folder, "elsewhere")))
})

test("a fit that is interrupted leaves what it needs to go on", async () => {
  const child = start(["fit", images, labels, "--steps", "100000", "--device", "cpu", "--out", out])
  const ended = outcome(child)
  let isAsked = false
  child.stdout?.on("data", (chunk: Buffer) => {
    if (isAsked || !String(chunk).includes("step ")) return
    isAsked = true
    child.kill("SIGINT")
  })
  const { status, errors } = await ended
  expect(status).toBe(130)
  expect(errors).toContain("stopped before the end: go on with tradespace fit --resume")
  expect(await readdir(out)).toEqual(["checkpoint.safetensors"])
  const early = await inProcess("predict", out, "--row", "{}")
  expect(early.errors).toContain("holds a fit that was not ended: go on with it by tradespace fit")
})

test("a folder that holds something else is not touched", async () => {
  const args = ["fit", images, labels, "--steps", "1", "--out", folder]
  const { status, errors } = await inProcess(...args)
  expect(status).toBe(1)
  expect(errors).toContain("which is not mine to replace: name a new folder")
  expect((await readdir(folder)).sort()).toEqual(["images", "labels"])
})
