/** One thread of the limit's measurement: runs its share of a loop when told to. */

import { parentPort, workerData } from "node:worker_threads"

/** A call of one of the module's functions. */
export interface Share {
  readonly name: "multiplyAdd" | "copy"
  readonly args: readonly number[]
}

export interface Given {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
}

const { module, memory }: Given = workerData
const { exports } = new WebAssembly.Instance(module, { env: { memory } })

parentPort?.on("message", ({ name, args }: Share) => {
  const loop = exports[name]
  if (typeof loop !== "function") throw new TypeError(`the module has no function ${name}`)
  loop(...args)
  parentPort?.postMessage("done")
})
