/** Threads for `spread`: what differs between Node and a browser, and those that wait for work. */

import type { FromThread, ToThread } from "./spread-message.ts"

/** What a host hears from a thread. */
export interface Listener {
  message(message: FromThread): void
  /** The thread is gone, or will be. */
  death(reason: string): void
}

/** The host as a thread holds it. */
export interface Home {
  postMessage(message: FromThread, transfer: ArrayBuffer[]): void
  onmessage: ((event: { readonly data: ToThread }) => void) | null
}

/** A worker of either platform. */
interface Carrier {
  post(message: ToThread, transfer: ArrayBuffer[]): void
  stop(): void
  /** Whether the process stays alive for it. */
  hold(alive: boolean): void
}

/** How long a thread waits for work before it ends. */
const idleMilliseconds = 10_000

/** Threads without work, the latest last. */
const idle: Thread[] = []

function nodeThreads() {
  return typeof process === "undefined"
    ? undefined
    : process.getBuiltinModule?.("node:worker_threads")
}

/** A thread that calls functions on batches of items. */
export class Thread {
  readonly #carrier: Carrier
  #listener: Listener | undefined
  #dead = false
  #timer: ReturnType<typeof setTimeout> | undefined

  private constructor() {
    this.#carrier = startCarrier({
      message: (message) => this.#listener?.message(message),
      death: (reason) => this.#end(reason),
    })
  }

  /** A thread that waits for work, or else a new one. The process stays alive for it. */
  static take(listener: Listener): Thread {
    const thread = idle.pop() ?? new Thread()
    clearTimeout(thread.#timer)
    thread.#listener = listener
    thread.#carrier.hold(true)
    return thread
  }

  post(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#carrier.post(message, transfer)
  }

  /** Gives back a thread that has nothing to do: it waits for a while, then ends. */
  release(): void {
    this.#listener = undefined
    if (this.#dead) return
    this.#carrier.hold(false)
    if (idle.length >= cores()) {
      this.stop()
      return
    }
    idle.push(this)
    this.#timer = setTimeout(() => this.stop(), idleMilliseconds)
    // Node stays alive for timers too, a browser knows no such thing.
    if (typeof this.#timer === "object") this.#timer.unref()
  }

  /** Ends the thread wherever it is. */
  stop(): void {
    this.#end("it was stopped")
    this.#carrier.stop()
  }

  #end(reason: string): void {
    if (this.#dead) return
    this.#dead = true
    clearTimeout(this.#timer)
    if (idle.includes(this)) idle.splice(idle.indexOf(this), 1)
    this.#listener?.death(reason)
  }
}

function startCarrier(listener: Listener): Carrier {
  const node = nodeThreads()
  return node === undefined ? startWeb(listener) : startNode(node, listener)
}

function startNode(node: typeof import("node:worker_threads"), listener: Listener): Carrier {
  // The sources run as they are, or compiled: the worker is what this file is.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  const script = new URL(`./spread-worker.${extension}`, import.meta.url)
  // No options of the process are handed on: some, such as --input-type, would end the worker.
  const worker = new node.Worker(script, { name: "tradespace spread", execArgv: [] })
  worker.on("message", (message: FromThread) => listener.message(message))
  worker.on("messageerror", (error) => listener.death(error.message))
  worker.on("error", (error) => listener.death(error instanceof Error ? error.message : `${error}`))
  worker.on("exit", (code) => listener.death(`it exited with code ${code}`))
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    stop: () => void worker.terminate(),
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
  }
}

function startWeb(listener: Listener): Carrier {
  const name = "tradespace spread"
  // Bundlers find a worker only where its path stands written out.
  const worker = import.meta.url.endsWith(".ts")
    ? new Worker(new URL("./spread-worker.ts", import.meta.url), { type: "module", name })
    : new Worker(new URL("./spread-worker.js", import.meta.url), { type: "module", name })
  worker.onmessage = (event: MessageEvent<FromThread>) => listener.message(event.data)
  worker.onmessageerror = () => listener.death("a message could not be read")
  worker.onerror = (event) => listener.death(event.message || "its script could not be loaded")
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    stop: () => worker.terminate(),
    hold: () => {},
  }
}

/** Threads that the machine runs at once. */
export function cores(): number {
  return globalThis.navigator?.hardwareConcurrency ?? 1
}

/** The host, in a thread. */
export function home(): Home {
  const port: unknown = nodeThreads()?.parentPort ?? globalThis
  return port as Home
}
