import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { machineFiles } from "../../src/data/index.ts"
import {
  type FittedNetwork,
  fit as fitNetwork,
  loadNetwork,
  serveNetwork,
} from "../../src/fit/index.ts"
import { textSolver } from "../../src/fit/text/text-solver.ts"
import { tfIdfClassifier } from "../../src/fit/text/tf-idf.ts"
import { tradespace } from "../cli/command.ts"
import { generator } from "./tables.ts"

const folder = mkdtempSync(join(tmpdir(), "tradespace-labelled-"))
const out = join(folder, "network")
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Messages of two kinds, told apart by a word among many that say nothing. */
function messages(count: number, seed = 1): { text: string; kind: string }[] {
  const random = generator(seed)
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)]
  const filler = "we you they saw the a house river today later some many often never".split(" ")
  const telling = {
    praise: ["lovely", "splendid", "delightful", "superb"],
    blame: ["dreadful", "awful", "broken", "tedious"],
  }
  return Array.from({ length: count }, (_, i) => {
    const kind = i % 2 === 0 ? "praise" : "blame"
    const words = Array.from({ length: 6 + Math.floor(6 * random()) }, () => pick(filler))
    words.splice(Math.floor(random() * words.length), 0, pick(telling[kind]))
    return { text: words.join(" "), kind }
  })
}

const lines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("")

let network: FittedNetwork
beforeAll(async () => {
  const source = file("messages.jsonl", lines(messages(400)))
  network = await fitNetwork(source, { steps: 150, size: "xs", out, seed: 1 })
})
afterAll(() => rmSync(folder, { recursive: true }))

test("a table of texts and their classes is a task of texts, judged beside counting words", () => {
  const { standings, test: figures } = network.record
  expect(network.task).toMatchObject({ kind: "text", goal: "classification", inputs: ["text"] })
  expect(figures?.accuracy).toBeGreaterThan(0.9)
  expect(standings.map(({ name }) => name)).toEqual([
    "the network",
    "the most frequent class",
    "logistic regression on TF-IDF",
  ])
  expect(standings[2].score).toBeGreaterThan(0.95)
  expect(network.report).toContain("Words that tell the classes")
})

test("the folder gives the same network back; the command judges rows and files", async () => {
  const again = await loadNetwork(out)
  const row = { text: "They saw a DREADFUL house" }
  const own = await network.predict([row])
  expect(own.rows[0]).toMatchObject({ kind: "blame" })
  expect(await again.predict([row])).toEqual(own)
  const csv = file(
    "new.csv",
    "id,text\n1,you often saw a superb river\n2,the tedious house today\n",
  )
  const { status, output } = await tradespace("predict", out, csv, "--json")
  expect(status).toBe(0)
  const { predictions } = JSON.parse(output)
  expect(predictions.map(({ kind }: { kind: string }) => kind)).toEqual(["praise", "blame"])
})

test("what stands behind a text changes nothing", async () => {
  const alone = await network.predict([{ text: "a lovely river" }])
  const long = { text: "many a broken river they never saw today or later often some house" }
  const beside = await network.predict([{ text: "a lovely river" }, long])
  expect(beside.rows[0]).toEqual(alone.rows[0])
})

test("an encoder tells them apart too, and comes back from its folder", async () => {
  const source = file("encoded.jsonl", lines(messages(400)))
  const folder = join(out, "..", "encoder")
  const settings = { network: "encoder", steps: 150, size: "xs", out: folder, seed: 1 } as const
  const encoder = await fitNetwork(source, settings)
  expect(encoder.record.test?.accuracy).toBeGreaterThan(0.9)
  expect(encoder.fitted.network.settings.architecture).toBe("text-encoder")
  const row = { text: "a lovely river" }
  expect(await (await loadNetwork(folder)).predict([row])).toEqual(await encoder.predict([row]))
  const wrong = fitNetwork(source, { kind: "text", network: "forest", steps: 1 })
  await expect(wrong).rejects.toThrow("network is forest, where texts are told apart by bag or")
})

test("texts whose first line is one of them are told", async () => {
  const rows = messages(60).map(({ text, kind }) => `${text},${kind}`)
  const found = async (name: string, head: readonly string[]) => {
    const source = file(name, [...head, ...rows, ""].join("\n"))
    const { findings } = await textSolver.prepare(source, { seed: 0 }, machineFiles)
    return findings.map((finding) => finding.name)
  }
  expect(await found("bare.csv", [])).toContain("no-header")
  expect(await found("named.csv", ["text,kind"])).not.toContain("no-header")
})

test("it is served with its schema", async () => {
  const serving = await serveNetwork(network, { port: 0 })
  const schema = await (await fetch(`${serving.url}/schema`)).json()
  expect(schema.request.oneOf[0].required).toEqual(["text"])
  const answer = await fetch(`${serving.url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ text: "a splendid house" }, { text: "an awful house" }]),
  })
  const { predictions } = await answer.json()
  expect(predictions.map(({ kind }: { kind: string }) => kind)).toEqual(["praise", "blame"])
  await serving.close()
})

test("rare words weigh more than frequent ones in the linear model", () => {
  const rows = messages(300, 4)
  const part = (from: number, to: number) => ({
    texts: rows.slice(from, to).map(({ text }) => text),
    labels: rows.slice(from, to).map(({ kind }) => (kind === "praise" ? 1 : 0)),
  })
  const { words, predict } = tfIdfClassifier(part(0, 200), part(200, 250), 2)
  expect(words[1].slice(0, 4).sort()).toEqual(["delightful", "lovely", "splendid", "superb"])
  const [blame, praise] = predict(["a superb house"])
  expect(praise).toBeGreaterThan(blame)
})

const sentences = messages(60).map(({ text }) => text)
const refused: readonly [what: string, name: string, text: string, message: string][] = [
  [
    "texts of one class",
    "one.jsonl",
    lines(sentences.map((text) => ({ text, kind: "same" }))),
    '"same" in every row: there is nothing to tell apart',
  ],
  [
    "texts without a column of classes",
    "bare.jsonl",
    lines(sentences.map((text) => ({ text }))),
    "no column of classes: name one with --target",
  ],
  [
    "a table without texts",
    "numbers.csv",
    `a,b\n${sentences.map((_, i) => `${i},${i % 2}`).join("\n")}\n`,
    "has no column of texts",
  ],
]
test.each(refused)("%s are refused in a sentence", async (_what, name, text, message) => {
  await expect(fitNetwork(file(name, text), { kind: "text", steps: 1 })).rejects.toThrow(message)
})

test.each([
  [[5], "row 1: text must be a text"],
  [[{ text: "a house" }, {}], "row 2: text must be a text"],
])("the rows %j are refused", async (rows, message) => {
  await expect(network.predict(rows)).rejects.toThrow(message)
})
