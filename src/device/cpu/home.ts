/** The host as a worker sees it: apart from what starts workers, which a worker never needs. */

import type { FromWorker, ToWorker } from "./control.ts"

/** The host as a worker holds it. */
export interface Home<From = FromWorker, To = ToWorker> {
  postMessage(message: From): void
  onmessage: ((event: { readonly data: To }) => void) | null
}

interface NodeModules {
  "node:worker_threads": typeof import("node:worker_threads")
  "node:os": typeof import("node:os")
}

/** A module of Node; undefined in browsers. */
export function nodeModule<Name extends keyof NodeModules>(
  name: Name,
): NodeModules[Name] | undefined {
  return typeof process === "undefined" ? undefined : process.getBuiltinModule?.(name)
}

/** The host, in a worker. */
export function home<From, To>(): Home<From, To> {
  const port: unknown = nodeModule("node:worker_threads")?.parentPort ?? globalThis
  return port as Home<From, To>
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
