import { mkdtemp, readdir, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"
import { readTable } from "../../src/data/index.ts"
import {
  type FittedNetwork,
  FittedTable,
  fit as fitNetwork,
  loadNetwork,
  type Predictions,
} from "../../src/fit/index.ts"
import { flowers, generator, houses, parts } from "./tables.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-"))
})

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe("a fit of a table", () => {
  let network: FittedNetwork
  beforeAll(async () => {
    const source = await file("houses.csv", houses(600))
    network = await fitNetwork(source, {
      target: "price",
      epochs: 40,
      size: "xs",
      out: join(folder, "houses"),
    })
  })

  test("learns what there is to learn", () => {
    expect(network.task).toMatchObject({ kind: "table", goal: "regression", target: "price" })
    expect(network.record.test?.["R²"]).toBeGreaterThan(0.9)
  })

  test("leaves a folder that predicts the same", async () => {
    expect((await readdir(join(folder, "houses"))).sort()).toEqual([
      "network.json",
      "report.html",
      "weights.safetensors",
    ])
    const rows = [{ rooms: 5, age: 20, district: "north", sold: "2024-03-01" }]
    const again = await loadNetwork(join(folder, "houses"))
    expect(await again.predict(rows)).toEqual(await network.predict(rows))
  })

  test("predicts for a file in parts as for a table in memory: rows, bits and notes", async () => {
    const { fitted } = network
    if (!(fitted instanceof FittedTable)) throw new TypeError("a table gives another network")
    const [head, ...lines] = houses(60_000, 9).trimEnd().split("\n")
    lines[7] = lines[7].replace(/north|south|east|west/, "moon")
    lines[59_000] = lines[59_000].replace(/^\d+,[^,]*/, "3,old")
    const coloured = lines.map((line) => `${line},red`)
    const path = await file("many.csv", `${head},colour\n${coloured.join("\n")}\n`)
    const parts: Predictions[] = []
    for await (const part of network.predictParts(path)) parts.push(part)
    expect(parts.length).toBeGreaterThan(2)
    const whole = await fitted.predictTable(await readTable(path))
    expect(parts.flatMap(({ rows }) => rows)).toEqual(whole.rows)
    expect(parts.at(-1)?.notes).toEqual(whole.notes)
    expect(whole.notes).toHaveLength(3)
    expect(await network.predictFile(path)).toEqual(whole)
  })

  test("tells of unknown categories and new columns, and names columns that are lacking", async () => {
    const row = { rooms: 5, age: 20, district: "moon", sold: "2024-03-01", colour: "red" }
    const { notes } = await network.predict([row])
    expect(notes.join()).toContain("colour")
    expect(notes.join()).toContain('"moon"')
    await expect(network.predict([{ rooms: 5 }])).rejects.toThrow('"age"')
  })
})

test("the same seed and steps give the same bits, and another seed others", async () => {
  const source = await file("flowers.csv", flowers(300))
  const run = (seed: number) => fitNetwork(source, { steps: 15, size: "xs", seed })
  const [first, second, other] = [await run(1), await run(1), await run(2)]
  expect(first.fitted.weights).toEqual(second.fitted.weights)
  expect(first.fitted.weights).not.toEqual(other.fitted.weights)
  expect(first.record.findings.map(({ name }) => name)).toContain("id-like-column")
})

test("a deadline buys no more steps than have been found to help, and the fit says how to ask for more", async () => {
  const source = await file("few.csv", houses(60))
  const told: string[] = []
  const { record } = await fitNetwork(source, {
    deadline: "1h",
    size: "xs",
    onEvent: (event) => told.push(event),
  })
  expect(record.stepsPlanned).toBe(2500)
  expect(told.join()).toContain("--epochs")
  expect(record.events.join()).toContain("there is time for more than 2,500 steps")
  const asked = await fitNetwork(source, { deadline: "1h", size: "xs", steps: 20 })
  expect(asked.record.steps).toBe(20)
})

test("a table beyond the memory allowed is learned from in whole, with the bits of one in memory", async () => {
  const next = generator(5)
  const lines = Array.from({ length: 12_000 }, () => {
    const cells = Array.from({ length: 10 }, () => next().toFixed(4))
    const kind = Math.floor(5 * next())
    const y = Number(cells[0]) + 2 * Number(cells[1]) * kind + 0.1 * next()
    return `${cells.join()},k${kind},${y.toFixed(3)}`
  })
  const names = Array.from({ length: 10 }, (_, i) => `x${i}`)
  const source = await file("tall.csv", `${names.join()},kind,y\n${lines.join("\n")}\n`)
  const given = { steps: 60, size: "xs", testShare: 0.03, validationShare: 0.03 } as const
  const held = await fitNetwork(source, given)
  const spilled = await fitNetwork(source, { ...given, memory: "6MB" })
  const named = ({ record }: FittedNetwork) => record.findings.map(({ name }) => name)
  expect(named(held)).not.toContain("rows-on-disk")
  expect(named(spilled)).toContain("rows-on-disk")
  expect(spilled.record.split.training).toBe(held.record.split.training)
  expect(spilled.record.split.how).toContain("simpler ways learn from")
  expect(spilled.fitted.weights).toEqual(held.fitted.weights)
  expect(spilled.fitted.preprocessing).toEqual(held.fitted.preprocessing)
})

test("class weights find the rare class, and probabilities stay those of the data", async () => {
  const source = await file("parts.csv", parts(3000))
  const given = { steps: 150, size: "xs" } as const
  const plain = await fitNetwork(source, given)
  const balanced = await fitNetwork(source, { ...given, classWeights: "balanced" })
  const finding = ({ record }: FittedNetwork) =>
    record.findings.find(({ name }) => name === "class-imbalance")?.message
  expect(finding(plain)).toContain("--class-weights balanced")
  expect(finding(balanced)).toContain("every class counts the same")
  expect(plain.record.test?.["balanced accuracy"]).toBeLessThan(0.65)
  // Two normal distributions √(1.2² + 0.8²) apart: the best balanced accuracy is 0.764.
  expect(balanced.record.test?.["balanced accuracy"]).toBeGreaterThan(0.7)
  expect(balanced.task.metric.name).toBe("balanced accuracy")
  expect(balanced.record.test?.["calibration error"]).toBeLessThan(0.05)
  expect(balanced.report).toContain("the greatest probability × weight")
  expect(balanced.record.command).toContain("--class-weights balanced")
  const rows = [{ heat: 1.2, age: 0.8 }]
  const [told] = (await balanced.predict(rows)).rows
  expect(told.fails).toBe("yes")
  expect(told.probability).toBeLessThan(0.5)
  await balanced.save(join(folder, "parts"))
  const again = await loadNetwork(join(folder, "parts"))
  expect((await again.predict(rows)).rows).toEqual([told])
})

test("class weights of amounts, or of another name, are refused", async () => {
  const source = await file("houses.csv", houses(100))
  await expect(fitNetwork(source, { classWeights: "balanced" })).rejects.toThrow("holds amounts")
  await expect(fitNetwork(source, { classWeights: "half" })).rejects.toThrow("must be balanced")
})
