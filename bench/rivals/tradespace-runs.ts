/** Runs of jitted functions on arrays that are kept, waited for without reading what they compute. */

import { type Array, type JitOptions, jit, np } from "../../src/index.ts"
import { joined, type Runnable } from "../contestant.ts"

export const input = (data: Float32Array, shape: readonly number[]): Array =>
  np.array(data).reshape(shape)

/** Runs of a function that gives one array. */
export function repeated(
  body: (...args: Array[]) => Array,
  given: readonly Array[],
  options: JitOptions = {},
): Runnable {
  return repeatedly((...args) => [body(...args)], given, options)
}

/** Runs of a function that gives several arrays. */
export function repeatedly(
  body: (...args: Array[]) => readonly Array[],
  given: readonly Array[],
  options: JitOptions = {},
): Runnable {
  const compiled = jit(body, options)
  return keepNewest(() => compiled(...given))
}

/** Runs that keep their results until the next one. */
export function keepNewest(body: () => readonly Array[]): Runnable {
  let newest: readonly Array[] = []
  return {
    run: async () => {
      for (const array of newest) array.dispose()
      newest = body()
      await ready(newest[0]!)
    },
    result: async () => {
      if (newest.length === 0) throw new Error("there is no result before the first run")
      return joined(await Promise.all(newest.map((array) => array.data())))
    },
  }
}

/** Waits for the work that makes an array, without reading it. */
async function ready(array: Array): Promise<void> {
  const device = await array.buffer.stream.device()
  await device.settled()
}
