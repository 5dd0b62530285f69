import type { FromWorker, ToWorker } from "./control.ts"

/** Everything that differs between Node and a browser, for the pool and its workers. */

/** A worker as its host holds it. */
export interface Thread {
  post(message: ToWorker): void
  /** Ends the worker wherever it is; resolves when it runs no more. */
  stop(): Promise<void>
  /** Keeps the process alive while true. A new thread does. */
  hold(alive: boolean): void
}

/** What a host hears from a worker. */
export interface Listener {
  message(message: FromWorker): void
  /** The worker is gone, or will be. */
  death(reason: string): void
}

/** The host as a worker holds it. */
export interface Home {
  postMessage(message: FromWorker): void
  onmessage: ((event: { readonly data: ToWorker }) => void) | null
}

function nodeModule<Name extends "node:worker_threads" | "node:os">(name: Name) {
  return typeof process === "undefined" ? undefined : process.getBuiltinModule?.(name)
}

/** Starts a worker that runs `worker.ts`. */
export function spawn(name: string, listener: Listener): Thread {
  const node = nodeModule("node:worker_threads")
  return node === undefined ? spawnWeb(name, listener) : spawnNode(node, name, listener)
}

function spawnNode(
  node: typeof import("node:worker_threads"),
  name: string,
  listener: Listener,
): Thread {
  // The sources run as they are, or compiled: the worker is what this file is.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  // No options of the process are handed on: some, such as --input-type, would end the worker.
  const script = new URL(`./worker.${extension}`, import.meta.url)
  const worker = new node.Worker(script, { name, execArgv: [] })
  worker.on("message", (message: FromWorker) => listener.message(message))
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

function spawnWeb(name: string, listener: Listener): Thread {
  // Bundlers find a worker only where its path stands written out.
  const worker = import.meta.url.endsWith(".ts")
    ? new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name })
    : new Worker(new URL("./worker.js", import.meta.url), { type: "module", name })
  worker.onmessage = (event: MessageEvent<FromWorker>) => listener.message(event.data)
  worker.onmessageerror = () => listener.death("a message could not be read")
  worker.onerror = (event) => listener.death(event.message || "its script could not be loaded")
  return {
    post: (message) => worker.postMessage(message),
    stop: async () => worker.terminate(),
    hold: () => {},
  }
}

/** The host, in a worker. */
export function home(): Home {
  const port: unknown = nodeModule("node:worker_threads")?.parentPort ?? globalThis
  return port as Home
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
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
