import { Worker } from "node:worker_threads"
import { afterEach, describe, expect, test } from "vitest"
import { closeDevices, setDefaultDevice } from "../../src/array/index.ts"
import { type FitSettings, fit as fitNetwork } from "../../src/fit/index.ts"
import { heldPictures } from "./pictures.ts"

const images = "images-idx3-ubyte"
const quick: FitSettings = { ...heldPictures(240, 8), size: "xs", steps: 19, device: "cpu" }

afterEach(() => closeDevices().catch(() => {}))

describe("a fit on worker threads", () => {
  test("gives the same bits with one thread, with two, and again", async () => {
    const weights = async (threads: number) => {
      const { fitted } = await fitNetwork(images, { ...quick, threads })
      return fitted.weights
    }
    const first = await weights(1)
    expect(await weights(2)).toEqual(first)
    expect(await weights(2)).toEqual(first)
  })

  test("goes the way that the sequential interpreter goes", async () => {
    const losses = async (device: string) => {
      const found: number[] = []
      const onProgress = ({ loss }: { loss: number }) => found.push(loss)
      await fitNetwork(images, { ...quick, device, onProgress })
      return found
    }
    const wanted = await losses("ram")
    expect(await losses("cpu")).toEqual(wanted.map((loss) => expect.closeTo(loss, 3)))
  })

  test("ends in one sentence when a worker dies", async () => {
    const workers = await capturingWorkers(async () => {
      setDefaultDevice("cpu", { threads: 2 })
      await fitNetwork(images, { ...quick, threads: 2, steps: 1 })
    })
    expect(workers.length).toBeGreaterThan(0)
    let dying: Promise<number> | undefined
    const onProgress = () => {
      dying ??= workers.at(-1)?.terminate()
    }
    const fit = fitNetwork(images, { ...quick, threads: 2, steps: 100_000, onProgress })
    await expect(fit).rejects.toThrow(/^thread \d of 2 died \([^\n]+\): the pool runs nothing more/)
    await dying
  })
})

/** The workers that are started meanwhile. */
async function capturingWorkers(work: () => Promise<void>): Promise<readonly Worker[]> {
  const threads = process.getBuiltinModule("node:worker_threads")
  const workers: Worker[] = []
  class Captured extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args)
      workers.push(this)
    }
  }
  threads.Worker = Captured
  try {
    await work()
  } finally {
    threads.Worker = Worker
  }
  return workers
}
