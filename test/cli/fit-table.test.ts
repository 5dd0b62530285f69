import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { flowers } from "../fit/tables.ts"
import { oneSentence } from "./command.ts"
import { inProcess } from "./in-process.ts"

let folder: string
let table: string
let out: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-"))
  table = join(folder, "flowers.csv")
  out = join(folder, "network")
  await writeFile(table, flowers(300))
})

test("a table is fitted within a deadline, told about, saved, and predicted with", async () => {
  const { status, output, errors } = await inProcess(
    "fit",
    table,
    "--deadline",
    "8s",
    "--epochs",
    "40",
    "--out",
    out,
  )
  expect({ status, errors }).toEqual({ status: 0, errors: "" })
  const parts = [
    "The task",
    "id-like-column",
    "time and memory buy",
    "chosen",
    "bill",
    "boosted trees",
  ]
  for (const part of parts) expect(output).toContain(part)
  expect((await readdir(out)).sort()).toEqual([
    "network.json",
    "report.html",
    "weights.safetensors",
  ])

  const found = await inProcess("predict", out, table)
  const [head, ...rows] = found.output.trimEnd().split("\n")
  expect(head).toBe("kind,probability")
  const truth = (await readFile(table, "utf8")).trimEnd().split("\n").slice(1)
  const right = rows.filter((row, i) => truth[i].endsWith(row.split(",")[0]))
  expect(right.length).toBeGreaterThan(280)

  const row = await inProcess("predict", out, "--row", '{"petal": 1.9, "sepal": 5.4}', "--json")
  expect(JSON.parse(row.output).predictions[0].kind).toBe("setosa")

  const report = await inProcess("report", out)
  expect(report.status).toBe(0)
  for (const part of ["The task", "bill", "boosted trees", "tradespace fit"]) {
    expect(report.output).toContain(part)
  }
  const page = join(folder, "page.html")
  const told = await inProcess("report", out, "--out", page, "--json")
  expect(JSON.parse(told.output)).toMatchObject({ task: { target: "kind" }, saved: out, out: page })
  expect(await readFile(page, "utf8")).toBe(await readFile(join(out, "report.html"), "utf8"))

  const onnx = await inProcess("export", out, "--onnx", "--json")
  expect(JSON.parse(onnx.output).verification.largestDifference).toBeLessThan(1e-4)
})

test("in JSON a fit is one document, and its events are lines of JSON", async () => {
  const args = [
    "fit",
    table,
    "--steps",
    "20",
    "--size",
    "xs",
    "--json",
    "--out",
    join(folder, "json"),
  ]
  const { status, output, errors } = await inProcess(...args)
  expect(status).toBe(0)
  expect(JSON.parse(output)).toMatchObject({ steps: 20, size: "xs", task: { target: "kind" } })
  const events = errors
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).event)
  expect(events.slice(0, 2)).toEqual(["problem", "offer"])
  expect(events.at(-1)).toBe("progress")
})

const wrong: readonly [what: string, args: readonly string[], status: number, message: string][] = [
  ["a target that is no column", ["--target", "colour"], 2, 'no column "colour"'],
  ["a network that is none", ["--network", "brain"], 2, "network is brain"],
  ["too little memory", ["--memory", "1kB"], 2, "MB are allowed"],
]
test.each(wrong)("%s ends with one sentence", async (_what, args, status, message) => {
  const failed = await inProcess("fit", table, ...args, "--out", join(folder, "none"))
  expect(failed.errors).toContain(message)
  expect(failed.errors).toMatch(oneSentence)
  expect(failed.status).toBe(status)
})

test("what is no network, or one of another version, is refused in a sentence", async () => {
  const none = await inProcess("predict", folder, table)
  expect(none.status).toBe(1)
  expect(none.errors).toContain("holds no fitted network")
  const other = join(folder, "other")
  await inProcess("fit", table, "--steps", "5", "--size", "xs", "--out", other)
  const place = join(other, "network.json")
  const description = JSON.parse(await readFile(place, "utf8"))
  await writeFile(place, JSON.stringify({ ...description, version: 9 }))
  const newer = await inProcess("serve", other)
  expect(newer.errors).toContain("version 9, where version 1 is read")
  expect(newer.errors).toMatch(oneSentence)
})
