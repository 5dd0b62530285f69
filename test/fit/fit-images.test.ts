import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { closeDevices, setDefaultDevice } from "../../src/array/index.ts"
import type { LabelledImages } from "../../src/data/index.ts"
import { type FitOptions, type FitProgress, fitImages } from "../../src/fit/index.ts"
import { activation, dense, flatten } from "../../src/nn/index.ts"
import { pictures } from "./pictures.ts"

const images = pictures(300)
const network = { input: [6, 6, 1], layers: [flatten(), dense(16), activation("relu"), dense(3)] }
const quick: FitOptions = { network, recipe: { batch: 32 }, steps: 40 }

beforeAll(() => {
  setDefaultDevice("ram")
})
afterAll(() => closeDevices())

describe("a fit of images", () => {
  test("learns what there is to learn", async () => {
    const result = await fitImages(images, { ...quick, steps: 150, test: pictures(90) })
    expect(result.validation.accuracy).toBeGreaterThan(0.9)
    expect(result.test?.accuracy).toBeGreaterThan(0.9)
    const { confusion, correct, count } = result.validation
    expect(confusion.flat().reduce((a, b) => a + b)).toBe(count)
    expect(confusion.reduce((sum, row, i) => sum + row[i], 0)).toBe(correct)
  })

  test("with its usual network has convolutions and is offered and billed", async () => {
    const { offer, bill, classifier } = await fitImages(images, { recipe: { batch: 8 }, steps: 3 })
    expect(classifier.network.layers.map(({ kind }) => kind)).toContain("convolution")
    expect(offer).toMatchObject({ steps: 3, checks: 3, trainingImages: 270, validationImages: 30 })
    expect(offer.whole.ram.time).toBeGreaterThan(3 * Number(offer.step.ram.time))
    expect(offer.whole.gpu.time).toBeGreaterThan(3 * Number(offer.step.span))
    expect(offer.quote.seconds).toBeGreaterThan(0)
    expect(offer.quote.bytes).toBeGreaterThan(0)
    expect(bill.seconds).toBeGreaterThan(0)
    expect(bill.bytes).toBeGreaterThan(0)
    expect(bill.threads).toBe(1)
  })

  test("gives the same bits for the same seed, and others for another", async () => {
    const weights = async (seed: number) => {
      const { classifier } = await fitImages(images, { ...quick, seed })
      return [...classifier.weights.values()].map(({ data }) => [...data])
    }
    const first = await weights(5)
    expect(await weights(5)).toEqual(first)
    expect(await weights(6)).not.toEqual(first)
  })

  test("reports its progress in order, to the last step", async () => {
    const events: FitProgress[] = []
    await fitImages(images, { ...quick, onProgress: (event) => events.push(event) })
    expect(events.map(({ step }) => step)).toEqual([10, 20, 30, 40])
    for (const { loss, accuracy, steps, samplesPerSecond } of events) {
      expect(loss).toBeGreaterThan(0)
      expect(accuracy).toBeGreaterThanOrEqual(0)
      expect(steps).toBe(40)
      expect(samplesPerSecond).toBeGreaterThan(0)
    }
    expect(events.at(-1)).toMatchObject({ secondsLeft: 0, epoch: 40 / Math.floor(270 / 32) })
  })

  test("keeps the weights that did best on held-out images", async () => {
    const result = await fitImages(images, quick)
    const best = Math.max(...result.history.map((point) => point.validationAccuracy))
    expect(result.validation.accuracy).toBe(best)
    const point = result.history.find(({ step }) => step === result.bestStep)
    expect(point?.validationAccuracy).toBe(best)
  })

  test("with a deadline that is far away is the fit without one", async () => {
    const timed = await fitImages(images, { ...quick, deadline: 1000 })
    const untimed = await fitImages(images, quick)
    expect(timed.steps).toBe(quick.steps)
    expect(timed.classifier.weights).toEqual(untimed.classifier.weights)
  })

  test("is shortened when the machine turns too slow for its deadline", async () => {
    const { steps: _, ...open } = quick
    const slow = () => {
      const until = performance.now() + 100
      while (performance.now() < until);
    }
    const result = await fitImages(images, { ...open, deadline: 1.5, onProgress: slow })
    expect(result.offer.steps).toBeGreaterThan(100)
    expect(result.steps).toBeLessThan(result.offer.steps)
    expect(result.history.at(-1)?.step).toBe(result.steps)
  })

  test("by epochs sees every training image so often", async () => {
    const { steps: _, ...open } = quick
    const { offer } = await fitImages(images, { ...open, epochs: 2 })
    expect(offer).toMatchObject({ steps: 2 * Math.floor(270 / 32), epochs: 2 })
  })

  test("that diverges says so and what would be right", async () => {
    const recipe = { batch: 32, peak: 1e20 }
    await expect(fitImages(images, { ...quick, recipe })).rejects.toThrow(
      /^the fit diverged before step \d+: its loss is (NaN|Infinity), so a peak learning rate below 100000000000000000000 would be right$/,
    )
  })

  test("ends when it is told to", async () => {
    const reason = new Error("enough")
    const controller = new AbortController()
    const onProgress = () => controller.abort(reason)
    const fit = fitImages(images, { ...quick, onProgress, signal: controller.signal })
    await expect(fit).rejects.toBe(reason)
  })
})

describe("what cannot be fitted is refused in one sentence", () => {
  const refused: readonly [string, LabelledImages, FitOptions, string][] = [
    ["steps", images, { steps: 1.5 }, "steps is 1.5, which must be a whole number above 0"],
    ["a deadline", images, { deadline: 0 }, "deadline is 0, which must be more than 0"],
    [
      "one class",
      { ...images, labels: new Uint8Array(300), classes: 1 },
      {},
      "all images have one label, and there is nothing to tell apart",
    ],
    [
      "a network for other images",
      images,
      { network: { ...network, input: [5, 6, 1] } },
      "the network takes images of 5×6×1, and these are 6×6×1",
    ],
    [
      "a network with too few outputs",
      images,
      { network: { input: [6, 6, 1], layers: [flatten(), dense(2)] } },
      "the network's output is [2], where it must be a number for each of 3 classes",
    ],
    [
      "test images of another size",
      images,
      { test: pictures(9, 5) },
      "the network takes images of 6×6×1, and these are 5×5×1",
    ],
    [
      "test images of more classes",
      images,
      { ...quick, test: { ...pictures(9), labels: new Uint8Array(9).fill(7), classes: 8 } },
      "the test images are of classes up to 7, where the network learns the classes 0 to 2",
    ],
  ]
  test.each(refused)("%s", async (_what, given, options, message) => {
    await expect(fitImages(given, options)).rejects.toThrow(message)
  })
})
