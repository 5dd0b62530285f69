/** Threads that run the limit's loops, one for each core. */

import { once } from "node:events"
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { bytesPerTurn, limitModule, operationsPerTurn } from "./kernels.ts"
import type { Given, Share } from "./worker.ts"

/** Bytes of 2²⁴ float32, as the cases that memory limits have them. */
const copiedBytes = 4 * 2 ** 24
const pageBytes = 65_536

/** Turns of the arithmetic loop in one run: some ten milliseconds. */
const turns = 400_000

/** One of the machine's limits, ready to be measured. */
export interface LimitRun {
  readonly threads: number
  /** Operations or bytes (read and written) of one run. */
  readonly amount: number
  run(): Promise<void>
}

export function openLimit(by: "arithmetic" | "bandwidth"): LimitRun {
  const threads = availableParallelism()
  const pages = by === "bandwidth" ? (2 * copiedBytes) / pageBytes : 1
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  const given: Given = { module: limitModule(pages), memory }
  // What was never written has no memory of its own: reading it would read one page of zeros again
  // and again, from the nearest cache.
  if (by === "bandwidth") new Float32Array(memory.buffer, 0, copiedBytes / 4).fill(1.5)
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: given })
    worker.unref()
    return worker
  })
  const shares = workers.map((_, i) => (by === "arithmetic" ? product() : copy(i, threads)))
  return {
    threads,
    amount: by === "arithmetic" ? threads * turns * operationsPerTurn : 2 * copiedBytes,
    run: async () => {
      const finished = workers.map((worker) => once(worker, "message"))
      for (const [i, worker] of workers.entries()) worker.postMessage(shares[i])
      await Promise.all(finished)
    },
  }
}

function product(): Share {
  return { name: "multiplyAdd", args: [turns] }
}

/** The i-th of equal parts of the copy, cut between turns of its loop. */
function copy(i: number, parts: number): Share {
  const cut = (part: number) => {
    return Math.floor((part * copiedBytes) / parts / bytesPerTurn) * bytesPerTurn
  }
  const [start, end] = [cut(i), cut(i + 1)]
  return { name: "copy", args: [start, copiedBytes + start, end - start] }
}
