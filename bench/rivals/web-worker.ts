/**
 * A stand-in for the `Worker` of browsers, on Node's worker threads. Libraries that use threads in a
 * browser only would else be measured on one thread in Node.
 */

import { resolveObjectURL } from "node:buffer"
import { Worker } from "node:worker_threads"

/** What a script for browsers expects to find in a worker. */
const prelude = `
const { parentPort } = require("node:worker_threads")
globalThis.self = globalThis
globalThis.postMessage = (message) => parentPort.postMessage(message)
parentPort.on("message", (data) => self.onmessage({ data }))
`

export class BrowserWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | undefined
  onerror: ((error: Error) => void) | undefined
  readonly #early: unknown[] = []
  #worker: Worker | undefined

  /** @param url of a blob that holds a classic script */
  constructor(url: string) {
    const script = resolveObjectURL(url)
    if (script === undefined) throw new RangeError(`${url} is no blob of this process`)
    script.text().then((text) => this.#start(text))
  }

  postMessage(message: unknown): void {
    if (this.#worker === undefined) this.#early.push(message)
    else this.#worker.postMessage(message)
  }

  #start(script: string): void {
    const worker = new Worker(prelude + script, { eval: true })
    worker.unref()
    worker.on("message", (data: unknown) => this.onmessage?.({ data }))
    worker.on("error", (error: Error) => this.onerror?.(error))
    for (const message of this.#early) worker.postMessage(message)
    this.#worker = worker
  }
}

/** Makes the stand-in the process's global `Worker`. */
export function provideWebWorkers(): void {
  Object.assign(globalThis, { Worker: BrowserWorker })
}
