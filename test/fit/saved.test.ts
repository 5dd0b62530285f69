import { mkdtemp, readFile, truncate, unlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { closeDevices } from "../../src/array/index.ts"
import { type FittedNetwork, fit as fitNetwork, loadNetwork } from "../../src/fit/index.ts"
import { heldPictures, idxOf, pictures } from "./pictures.ts"

const fresh = new Map([["new-idx3-ubyte", idxOf(pictures(30)).images]])

let network: FittedNetwork
beforeAll(async () => {
  network = await fitNetwork("images-idx3-ubyte", { ...heldPictures(120), size: "xs", steps: 12 })
})
afterAll(() => closeDevices())

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "tradespace-")), "network")
  await network.save(folder)
})

test.each([
  ["a folder", () => loadNetwork(folder)],
  ["bytes", () => loadNetwork(network.toFiles())],
] as const)(
  "a network kept as %s predicts what it predicted before, to the bit",
  async (_, load) => {
    const loaded = await load()
    expect(await loaded.predictFile("new-idx3-ubyte", fresh)).toEqual(
      await network.predictFile("new-idx3-ubyte", fresh),
    )
    expect(loaded.fitted.weights).toEqual(network.fitted.weights)
    expect(loaded.report).toBe(network.report)
  },
)

test("it holds the running moments, and says how sure it is", async () => {
  const { fitted } = await loadNetwork(folder)
  expect([...fitted.weights.keys()].join()).toContain("batchNorm/mean")
  const { rows } = await network.predictFile("new-idx3-ubyte", fresh)
  expect(rows).toHaveLength(30)
  for (const { probability } of rows) {
    expect(probability).toBeGreaterThan(1 / 3 - 1e-6)
    expect(probability).toBeLessThanOrEqual(1)
  }
})

describe("a folder that holds no usable network is refused in one sentence:", () => {
  const refuse = async (message: RegExp | string) => {
    const loading = loadNetwork(folder)
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toThrow(/^[^\n]+$/)
  }
  const describeAs = async (change: object) => {
    const file = join(folder, "network.json")
    const now: object = JSON.parse(await readFile(file, "utf8"))
    await writeFile(file, JSON.stringify({ ...now, ...change }))
  }

  test("one that is not there", async () => {
    folder = join(folder, "none")
    await refuse("holds no fitted network: its network.json cannot be read")
  })

  test("bytes without weights", async () => {
    const files = network.toFiles()
    files.delete("weights.safetensors")
    await expect(loadNetwork(files)).rejects.toThrow(
      "what is given holds no fitted network: its weights.safetensors cannot be read",
    )
  })

  test("one of another version or format", async () => {
    await describeAs({ version: 2 })
    await refuse("it is of version 2, where version 1 is read")
    await describeAs({ format: "something else" })
    await refuse("its format is not")
  })

  test("one whose description is broken", async () => {
    await describeAs({ network: { architecture: "vgg" } })
    await refuse("its network of the architecture vgg is malformed")
    await describeAs({ network: "square" })
    await refuse("its network must have an architecture")
    await describeAs({ task: 3 })
    await refuse("its task must have a kind, a goal and inputs")
    await truncate(join(folder, "network.json"), 20)
    await refuse("it is not JSON")
  })

  test("one whose weights are cut short or missing", async () => {
    await truncate(join(folder, "weights.safetensors"), 1500)
    await refuse(/weights\.safetensors is no usable safetensors file: it is truncated/)
    await truncate(join(folder, "weights.safetensors"), 3)
    await refuse("it is shorter than its header's length")
    await unlink(join(folder, "weights.safetensors"))
    await refuse("its weights.safetensors cannot be read")
  })

  test("one whose weights are another network's", async () => {
    const { settings } = network.fitted.network
    await describeAs({ network: { ...settings, depth: 2 } })
    await refuse("the weights lack parameters/")
    await describeAs({ network: { ...settings, widths: [24] } })
    await refuse("in the weights, where the network needs float32[")
  })
})
