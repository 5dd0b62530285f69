import { mkdtemp, readdir, readFile, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { closeDevices, setDefaultDevice } from "../../src/array/index.ts"
import { fitImages, type ImageClassifier, load, save } from "../../src/fit/index.ts"
import { batchNorm, dense, flatten } from "../../src/nn/index.ts"
import { pictures } from "./pictures.ts"

const images = pictures(120)
const network = { input: [6, 6, 1], layers: [flatten(), batchNorm(), dense(3)] }

let classifier: ImageClassifier
beforeAll(async () => {
  setDefaultDevice("ram")
  const fit = await fitImages(images, { network, recipe: { batch: 16 }, steps: 12 })
  classifier = fit.classifier
})
afterAll(() => closeDevices())

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "tradespace-")), "network")
})

describe("a saved network", () => {
  test("predicts after loading what it predicted before, to the bit", async () => {
    await save(classifier, folder)
    expect(await readdir(folder)).toEqual(["network.json", "weights.safetensors"])
    const loaded = await load(folder)
    expect(await loaded.predict(images)).toEqual(await classifier.predict(images))
    expect(loaded.definition).toEqual(classifier.definition)
  })

  test("holds the running moments too", async () => {
    await save(classifier, folder)
    const { weights } = await load(folder)
    expect([...weights.keys()]).toContain("state/1_batchNorm/mean")
  })

  test("says how sure it is", async () => {
    const { probabilities } = await classifier.predict(images)
    for (const probability of probabilities) {
      expect(probability).toBeGreaterThan(1 / 3 - 1e-6)
      expect(probability).toBeLessThanOrEqual(1 + 1e-6)
    }
  })
})

describe("a folder that holds no usable network is refused in one sentence:", () => {
  const refuse = async (message: RegExp | string) => {
    const loading = load(folder)
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toThrow(/^[^\n]+$/)
  }
  const describeAs = async (change: object) => {
    const file = join(folder, "network.json")
    const now: object = JSON.parse(await readFile(file, "utf8"))
    await writeFile(file, JSON.stringify({ ...now, ...change }))
  }

  test("one that is not there", async () => {
    await refuse("holds no fitted network: its network.json cannot be read")
  })

  test("one of another version or format", async () => {
    await save(classifier, folder)
    await describeAs({ version: 2 })
    await refuse("it is of version 2, where version 1 is read")
    await describeAs({ format: "something else" })
    await refuse("its format is not")
  })

  test("one whose description is broken", async () => {
    await save(classifier, folder)
    await describeAs({ network: { input: [6, 6, 1], layers: [{ kind: "attention" }] } })
    await refuse("describes no network: ")
    await describeAs({ network: { input: "square" } })
    await refuse("its network must have an input and a list of layers")
    await describeAs({ scaling: 3 })
    await refuse("its scaling must have a mean and a deviation")
    await truncate(join(folder, "network.json"), 20)
    await refuse("it is not JSON")
  })

  test("one whose weights are cut short or missing", async () => {
    await save(classifier, folder)
    await truncate(join(folder, "weights.safetensors"), 700)
    await refuse(/weights\.safetensors is no usable safetensors file: it is truncated inside/)
    await truncate(join(folder, "weights.safetensors"), 3)
    await refuse("it is shorter than its header's length")
  })

  test("one whose weights are another network's", async () => {
    await save(classifier, folder)
    await describeAs({ network: { input: [6, 6, 1], layers: [flatten(), dense(3)] } })
    await refuse("the weights lack parameters/1_dense/kernel")
    await describeAs({ network: { ...network, layers: [flatten(), batchNorm(), dense(4)] } })
    await refuse("is float32[36, 3] in the weights, where the network needs float32[36, 4]")
  })
})
