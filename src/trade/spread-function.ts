/** Functions that other threads can call, and what is said when they cannot. */

import type { Failure, Sendable } from "./spread-message.ts"

/** A function that a module exports: the module's URL and the name of the export. */
export interface ModuleFunction {
  /** A URL, such as `new URL("./work.ts", import.meta.url)`, or an absolute URL as text. */
  readonly module: URL | string
  /** Default: `default`. */
  readonly export?: string
}

/** An item for which the function failed. */
export class SpreadError extends Error {
  override readonly name = "SpreadError"
  /** The item's place, from 0. */
  readonly index: number
  readonly input: unknown

  constructor(index: number, input: unknown, what: string, cause?: unknown) {
    super(`item ${index} (${show(input)}) ${what}`, { cause })
    this.index = index
    this.input = input
  }
}

/**
 * A function as it is sent to threads.
 * @throws if it has no text of its own, or the module's URL is relative.
 */
export function sendable(f: unknown): Sendable {
  if (typeof f === "function") return { kind: "text", text: textOf(f) }
  if (typeof f === "object" && f !== null && "module" in f) {
    const name = "export" in f ? String(f.export) : "default"
    return { kind: "module", url: urlOf(f.module), name }
  }
  throw new TypeError(
    `spread takes a function, or { module, export } for one that a module exports; not ${show(f)}`,
  )
}

function textOf(f: Function): string {
  const text = String(f)
  const name = f.name || "the function"
  if (/\{\s*\[native code\]\s*\}$/.test(text)) {
    throw new TypeError(
      `spread cannot send ${name} to a thread, since it is bound or built in and has no text; ` +
        "wrap it in a function, as in (x) => Math.sqrt(x)",
    )
  }
  if (/^class\b/.test(text)) {
    throw new TypeError(`spread calls functions, and ${name} is a class; pass (x) => new …`)
  }
  return text
}

function urlOf(module: unknown): string {
  if (module instanceof URL) return module.href
  if (URL.canParse(String(module))) return String(module)
  throw new TypeError(
    `the module ${show(module)} is not a URL; pass new URL("./work.ts", import.meta.url)`,
  )
}

/** What a failure in a thread is for the caller. */
export function errorOf(sent: Sendable, failure: Failure, index: number, input: unknown): Error {
  const { place, reason, missing, error } = failure
  if (missing !== undefined) {
    return new TypeError(
      `spread sent the function as text, and its variable ${missing} does not exist in a thread; ` +
        `define ${missing} inside the function, make it part of each item, or export the function ` +
        "from a module and pass { module, export }",
      { cause: error },
    )
  }
  if (place !== undefined) return new SpreadError(index, input, `failed: ${reason}`, error)
  const what = sent.kind === "text" ? "the function's text" : `${sent.name} of ${sent.url}`
  const right = sent.kind === "text" ? "; pass { module, export } instead" : ""
  return new TypeError(`spread cannot load ${what} in a thread: ${reason}${right}`, {
    cause: error,
  })
}

/** A value in at most some sixty characters. */
export function show(value: unknown): string {
  const text = textOfValue(value)
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}

function textOfValue(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name} of ${value.byteLength} bytes`
  }
  try {
    const text: string | undefined = JSON.stringify(value)
    if (text !== undefined && text !== "null") return text
  } catch {
    // It holds itself, or a bigint.
  }
  try {
    return typeof value === "function" ? value.name || "a function" : String(value)
  } catch {
    return "an object"
  }
}
