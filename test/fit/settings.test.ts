import { expect, test } from "vitest"
import { type FitSettings, fit as fitNetwork } from "../../src/fit/index.ts"
import { heldPictures } from "./pictures.ts"
import { houses } from "./tables.ts"

const hours = Array.from(
  { length: 60 },
  (_, i) => `2024-01-${1 + Math.floor(i / 24)} ${i % 24}:00,${i}`,
)
const texts = Array.from({ length: 40 }, (_, i) => ({
  text: `some words that say number ${i} and more`,
  label: i % 2 === 0 ? "even" : "odd",
}))
const pictures = heldPictures(30)
const files = new Map<string, Uint8Array>(
  Object.entries({
    "houses.csv": houses(60),
    "load.csv": `time,load\n${hours.join("\n")}\n`,
    "mail.jsonl": texts.map((row) => `${JSON.stringify(row)}\n`).join(""),
    "novel.txt": "once upon a time ".repeat(40),
    "photos.csv": "path,label,day\na.png,cat,1\nb.png,dog,2\n",
  }).map(([name, text]) => [name, new TextEncoder().encode(text)]),
)
for (const [name, bytes] of pictures.files) files.set(name, bytes)
const idx = "images-idx3-ubyte"
for (const name of ["pictures/cat/1.png", "pictures/dog/1.png"]) files.set(name, new Uint8Array(9))

const passedOver: readonly [source: string, settings: FitSettings, message: string][] = [
  ["houses.csv", { horizon: 3 }, "horizon is given, which is for a series and not for a table"],
  ["houses.csv", { context: 8 }, "context is given"],
  ["houses.csv", { tokens: "bytes" }, "tokens is given, which is for a text or a table of texts"],
  ["houses.csv", { testLabels: "x" }, "testLabels is given, which is for images in IDX"],
  ["houses.csv", { test: "houses.csv", testShare: 0.3 }, "test and testShare are both given"],
  ["houses.csv", { group: "district", time: "sold" }, "group and time are both given"],
  ["houses.csv", { leaveOut: ["price"] }, 'leaveOut names "price", which is the target'],
  ["houses.csv", { target: "age", leaveOut: ["age"] }, 'leaveOut names "age", which is the target'],
  ["load.csv", { group: "load" }, "group is given, which is for a table or a table of texts"],
  ["load.csv", { classWeights: "balanced" }, "classWeights is given"],
  ["mail.jsonl", { time: "text" }, "time is given, which is for a table or a series"],
  ["mail.jsonl", { horizon: 2 }, "not for a table of texts"],
  ["mail.jsonl", { delimiter: ";" }, "mail.jsonl is json"],
  ["novel.txt", { target: "word" }, "target is given"],
  ["novel.txt", { delimiter: ";" }, "delimiter is given"],
  ["novel.txt", { network: "bag" }, "network is bag, where a text has only gpt"],
  [idx, { target: "class" }, "target is given"],
  [idx, { leaveOut: ["class"] }, "not for images in IDX"],
  ["pictures", { target: "class" }, "not for a folder of images"],
  ["pictures", { test: "pictures", testLabels: "x" }, "testLabels is given"],
  ["photos.csv", { group: "day" }, "not for a table of images"],
]

test.each(passedOver)(
  "of %s, %j is refused, for it would say nothing",
  async (source, settings, message) => {
    const refusal = await fitNetwork(source, { ...settings, files, steps: 1 }).catch(
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(RangeError)
    expect(String(refusal)).toContain(message)
    expect(String(refusal)).not.toContain("\n")
  },
)

test("columns to do without that are none are refused in every kind of table", async () => {
  for (const source of ["houses.csv", "load.csv", "mail.jsonl"]) {
    const refusal = await fitNetwork(source, { leaveOut: ["colour"], files }).catch(
      (e: unknown) => e,
    )
    expect(String(refusal), source).toMatch(/"colour"/)
  }
})

test("a test file is read with the delimiter of the data", async () => {
  const semicolons = new TextEncoder().encode(houses(60).replaceAll(",", "|"))
  const held = new Map([
    ["a.csv", semicolons],
    ["b.csv", semicolons],
  ])
  const settings = { test: "b.csv", delimiter: "|", files: held, steps: 1, size: "xs" }
  const { record } = await fitNetwork("a.csv", settings)
  expect(record.options.delimiter).toBe("|")
  await expect(fitNetwork("a.csv", { ...settings, delimiter: ";" })).rejects.toThrow(
    'set apart by "|"',
  )
})

test("the command that repeats a fit of IDX files names them as the command line takes them", async () => {
  const { labels } = pictures
  const settings = { labels, test: idx, testLabels: labels, files, steps: 1, size: "xs" }
  const { record } = await fitNetwork(idx, settings)
  expect(record.command).toMatch(
    /^tradespace fit images-idx3-ubyte labels-idx1-ubyte --test images-idx3-ubyte labels-idx1-ubyte --/,
  )
})
