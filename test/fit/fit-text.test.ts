import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { openDevice } from "../../src/array/index.ts"
import { calibrationOf } from "../../src/device/index.ts"
import {
  exportOnnx,
  type FittedNetwork,
  FittedText,
  fit as fitNetwork,
  loadNetwork,
  sampleOf,
  verifySample,
} from "../../src/fit/index.ts"
import { ngramLoss, unigramLoss } from "../../src/fit/text/ngrams.ts"
import { tokenPrices } from "../../src/fit/text/writing-price.ts"
import { evaluate } from "../../src/size/index.ts"
import { inProcess } from "../cli/in-process.ts"

const folder = mkdtempSync(join(tmpdir(), "tradespace-text-"))
const corpus = join(folder, "sums.txt")
const out = join(folder, "network")

/** Sums in words: what follows is mostly determined by what stands before. */
function sums(count: number): string {
  const words = "zero one two three four five six seven eight nine".split(" ")
  let state = 7
  const digit = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor(state / 65536) % 5
  }
  return Array.from({ length: count }, () => {
    const [a, b] = [digit(), digit()]
    return `${words[a]} and ${words[b]} make ${words[a + b]}.\n`
  }).join("")
}

let network: FittedNetwork

beforeAll(async () => {
  writeFileSync(corpus, sums(1200))
  network = await fitNetwork(corpus, { steps: 200, size: "xs", out, seed: 1 })
})

afterAll(() => rmSync(folder, { recursive: true }))

test("a text is learned better than counting triples of its characters", () => {
  const { standings, verdict } = network.record
  expect(network.task).toMatchObject({ kind: "text", goal: "language-model" })
  expect(standings[0].score).toBeLessThan(Math.min(...standings.slice(1).map((s) => s.score)))
  expect(verdict).toContain("better than counting triples")
})

test("it goes on with a prompt, the same for the same seed and with its memory left out", async () => {
  const row = { prompt: "two and ", tokens: 40, temperature: 0.7, seed: 5 }
  const { rows } = await network.predict([row, { ...row, cache: false }])
  expect(String(rows[0].text)).toHaveLength(40)
  expect(rows[1]).toEqual(rows[0])
  expect((await network.predict([row])).rows[0]).toEqual(rows[0])
})

test("a second text compiles nothing, with its memory and without", async () => {
  const row = { prompt: "one and ", tokens: 30, temperature: 0.9, topK: 4 }
  for (const cache of [true, false]) {
    await network.predict([{ ...row, cache }])
    const compile = vi.spyOn(await openDevice(), "compile")
    await network.predict([{ ...row, prompt: "two and ", seed: 3, cache }])
    expect(compile).not.toHaveBeenCalled()
    await network.predict([{ ...row, temperature: cache ? 0.5 : 0.6, cache }])
    expect(compile).toHaveBeenCalled()
    compile.mockRestore()
  }
})

test("the folder gives the same network back", async () => {
  const again = await loadNetwork(out)
  const row = { prompt: "one and ", tokens: 20 }
  expect(await again.predict([row])).toEqual(await network.predict([row]))
  expect(again.report).toContain("Memory for time")
})

test.each([
  { what: "windows of a text", text: sums(60), rows: 100, length: 64 },
  { what: "a text shorter than the context", text: "two and one", rows: 1, length: 11 },
])("onnxruntime says of $what what follows each token", async ({ text, rows, length }) => {
  const path = join(folder, "windows.txt")
  writeFileSync(path, text)
  const made = await exportOnnx(network)
  const sample = await sampleOf(made, network, path, 100)
  expect(sample.feeds.tokens.shape).toEqual([rows, length])
  const { largestDifference, largest } = await verifySample(made, sample)
  expect(largest).toBeGreaterThan(1)
  expect(largestDifference).toBeLessThan(1e-5 * largest)
})

test("writing costs what its runs cost, over a full context too", async () => {
  const { fitted } = network
  if (!(fitted instanceof FittedText)) throw new TypeError("a text gives a writer")
  const { context } = fitted.settings
  const calibration = await calibrationOf(await openDevice())
  const [few, many] = await fitted.pricesOf(
    [1, context].map((tokens) => ({ prompt: "one and ", tokens, temperature: 0 })),
    calibration,
  )
  const { kept, again } = tokenPrices(fitted.settings)
  // One token reads the prompt alone; without what is kept, always the whole context.
  expect(few.again.work).toBeLessThan(many.again.work / (context - 1))
  expect(many.again.work).toBe(context * few.again.work)
  // The likeliest token needs no random numbers, which the price of one more token has.
  expect(few.again.work).toBeLessThanOrEqual(evaluate(again.work, {}))
  // When the context is full, its later half is read anew: once in these tokens.
  const single = evaluate(kept.work, {})
  expect(many.kept.work).toBeLessThan((context + 8 + context / 2) * single)
  expect(many.kept.work).toBeGreaterThan((context - 2) * 0.5 * single)
  expect(many.kept.seconds).toBeGreaterThan(few.kept.seconds)
})

test.each([
  [{ prompt: "" }, "row 1: prompt must be a text"],
  [{ prompt: "x", heat: 3 }, "row 1: heat is none of prompt"],
  [{ prompt: "one", topP: 2 }, "row 1: topP is 2"],
  ["Q", 'the character "Q" is not among'],
])("the prompt %j is refused", async (row, message) => {
  await expect(network.predict([row])).rejects.toThrow(message)
})

test("byte pairs and folders of texts are taken", async () => {
  const { mkdirSync } = await import("node:fs")
  const many = join(folder, "many")
  mkdirSync(many)
  for (const name of ["a.txt", "b.md"]) writeFileSync(join(many, name), sums(400))
  const fitted = await fitNetwork(many, { steps: 10, size: "xs", tokens: "300", context: 16 })
  expect(fitted.fitted.network.settings).toMatchObject({ context: 16 })
  const { rows } = await fitted.predict([{ prompt: "Ärger", tokens: 5 }])
  expect(typeof rows[0].text).toBe("string")
})

test.each([
  ["short.txt", "too short", {}, "too few to learn from"],
  ["empty.txt", " \n", {}, "holds no text"],
  ["cut.txt", sums(200), { tokens: "some" }, "tokens is some"],
  ["long.txt", sums(200), { context: 5 }, "context is 5"],
  ["task.txt", sums(200), { task: "regression" }, "task is regression"],
])("%s is refused", async (name, text, settings, message) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  await expect(fitNetwork(path, { steps: 1, ...settings })).rejects.toThrow(message)
})

test("counting knows what is frequent, and pairs know what follows", () => {
  const training = Int32Array.from([0, 1, 0, 1, 0, 1, 0, 1, 2])
  const text = Int32Array.from([0, 1, 0, 1])
  const alone = unigramLoss(training, text, 3)
  expect(alone).toBeCloseTo(-Math.log(4.5 / 10.5), 10)
  expect(ngramLoss(training, text, 3, 2)).toBeLessThan(alone)
})

// The last: a command closes the devices, on which the network of this file lies.
test("the command writes text from a saved network", async () => {
  const row = JSON.stringify({ prompt: "three and ", tokens: 12 })
  const { output, errors } = await inProcess("predict", out, "--row", row, "--json")
  const { predictions, prices } = JSON.parse(output)
  expect(predictions[0].text).toHaveLength(12)
  expect(errors).toMatch(/^tradespace: 12 tokens after 10 take .* kept, .* without/)
  expect(prices).toHaveLength(1)
  expect(prices[0].kept.work).toBeLessThan(prices[0].again.work / 4)
})
