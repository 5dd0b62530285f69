/** What a network says of many examples, batch by batch. */

import { disposeBatch, type Examples, putBatch } from "./examples.ts"
import type { Readout } from "./programs.ts"
import { type NamedArrays, putWeights, type Weights } from "./weights.ts"

/** Examples that are looked at together. */
export const readoutSize = 512
/** Batches that wait for the device at most. */
const mostBatches = 8

/**
 * The readouts of all examples, one after another: count × width numbers.
 * @param width numbers told of one example
 * @param together examples that are looked at together, at most
 */
export async function readAll(
  readout: Readout,
  weights: NamedArrays,
  examples: Examples,
  width: number,
  together = readoutSize,
): Promise<Float32Array> {
  const results = new Float32Array(examples.count * width)
  const size = Math.min(together, examples.count)
  const reads: Promise<void>[] = []
  for (let start = 0; start < examples.count; start += size) {
    if (reads.length >= mostBatches) await reads[reads.length - mostBatches]
    const wanted = Math.min(size, examples.count - start)
    // The last batch is filled up with the last example, so that one program serves all.
    const numbers = Uint32Array.from({ length: size }, (_, i) => start + Math.min(i, wanted - 1))
    const batch = putBatch(await examples.gather(numbers))
    const found = readout(weights, batch)
    disposeBatch(batch)
    const read = found.data().then((data) => {
      found.dispose()
      results.set(data.subarray(0, wanted * width), start * width)
    })
    read.catch(() => {})
    reads.push(read)
  }
  await Promise.all(reads)
  return results
}

/** The same with weights from the host, which are taken off the device afterwards. */
export async function readAllWith(
  readout: Readout,
  weights: Weights,
  examples: Examples,
  width: number,
  together = readoutSize,
): Promise<Float32Array> {
  const named = putWeights(weights)
  try {
    return await readAll(readout, named, examples, width, together)
  } finally {
    for (const array of Object.values(named)) array.dispose()
  }
}
