/** How workers are started, in Node and in a browser. */

import type { FromWorker, ToWorker } from "./control.ts"
import { nodeModule, reasonOf } from "./home.ts"
import type { FromSolo, ToSolo } from "./solo-messages.ts"

/** A worker as its host holds it. */
export interface Thread<To = ToWorker> {
  post(message: To): void
  /** Ends the worker wherever it is; resolves when it runs no more. */
  stop(): Promise<void>
  /** Keeps the process alive while true. A new thread does. */
  hold(alive: boolean): void
}

/** What a host hears from a worker. */
export interface Listener<From = FromWorker> {
  message(message: From): void
  /** The worker is gone, or will be. */
  death(reason: string): void
}

/** Starts a worker that runs `worker.ts`. */
export function spawn(name: string, listener: Listener): Thread {
  const node = nodeModule("node:worker_threads")
  if (node !== undefined) return spawnNode(node, "worker", name, listener)
  // Bundlers find a worker only where its path stands written out.
  const worker = import.meta.url.endsWith(".ts")
    ? new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name })
    : new Worker(new URL("./worker.js", import.meta.url), { type: "module", name })
  return hold(worker, listener)
}

/** Starts a worker that runs `solo-worker.ts`. */
export function spawnSolo(name: string, listener: Listener<FromSolo>): Thread<ToSolo> {
  const node = nodeModule("node:worker_threads")
  if (node !== undefined) return spawnNode(node, "solo-worker", name, listener)
  const worker = import.meta.url.endsWith(".ts")
    ? new Worker(new URL("./solo-worker.ts", import.meta.url), { type: "module", name })
    : new Worker(new URL("./solo-worker.js", import.meta.url), { type: "module", name })
  return hold(worker, listener)
}

function spawnNode<To, From>(
  node: typeof import("node:worker_threads"),
  file: string,
  name: string,
  listener: Listener<From>,
): Thread<To> {
  // The sources run as they are, or compiled: the worker is what this file is.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  // No options of the process are handed on: some, such as --input-type, would end the worker.
  const script = new URL(`./${file}.${extension}`, import.meta.url)
  const worker = new node.Worker(script, { name, execArgv: [] })
  worker.on("message", (message: From) => listener.message(message))
  worker.on("messageerror", (error) => listener.death(error.message))
  worker.on("error", (error) => listener.death(reasonOf(error)))
  worker.on("exit", (code) => listener.death(`it exited with code ${code}`))
  return {
    post: (message) => worker.postMessage(message),
    stop: async () => {
      await worker.terminate()
    },
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
  }
}

function hold<To, From>(worker: Worker, listener: Listener<From>): Thread<To> {
  worker.onmessage = (event: MessageEvent<From>) => listener.message(event.data)
  worker.onmessageerror = () => listener.death("a message could not be read")
  worker.onerror = (event) => listener.death(event.message || "its script could not be loaded")
  return {
    post: (message) => worker.postMessage(message),
    stop: async () => worker.terminate(),
    hold: () => {},
  }
}
