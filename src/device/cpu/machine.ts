/** What there is of threads and memory for this process or page. */

import { nodeModule } from "./home.ts"

/** Whether workers may be handed memory to share: not in pages that are not isolated. */
export function sharesMemory(): boolean {
  return typeof crossOriginIsolated === "undefined" || crossOriginIsolated
}

/** Whether this thread may sleep until another one wakes it: not the main thread of a page. */
export function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0)
    return true
  } catch {
    return false
  }
}

/** Threads the machine runs at once. */
export function cores(): number {
  return globalThis.navigator?.hardwareConcurrency ?? 1
}

/** Bytes of the machine's memory, or of what this process may use of it; unknown: infinite. */
export function physicalMemory(): number {
  const total = nodeModule("node:os")?.totalmem() ?? Number.POSITIVE_INFINITY
  const allowed = typeof process === "undefined" ? 0 : (process.constrainedMemory?.() ?? 0)
  return allowed > 0 ? Math.min(total, allowed) : total
}
