/** A thread of `spread`: the script that a worker runs. */

import { isPromise } from "./promise.ts"
import {
  claim,
  type Failure,
  type FromThread,
  type Sendable,
  setLoading,
  type ToThread,
} from "./spread-message.ts"
import { home } from "./spread-thread.ts"
import { buffersOf } from "./spread-transfer.ts"

type Plain = (item: unknown) => unknown
type Batch = Extract<ToThread, { kind: "batch" }>

/** Functions by their texts, at most so many. */
const compiled = new Map<string, Plain>()
const mostCompiled = 64

const host = home()
let f: Promise<Plain> = Promise.reject(new Error("no function has been sent"))
f.catch(() => {})
let isText = false
let transfers = false
/** When the batch before was done, if there was one. */
let idleSince: number | undefined
/** Batches are worked on one after another, even if the function waits for something. */
let work: Promise<void> = Promise.resolve()

host.onmessage = ({ data }) => {
  if (data.kind === "function") {
    isText = data.f.kind === "text"
    transfers = isText || data.transfer
    idleSince = undefined
    f = load(data.f)
    // Whoever works on the first batch hears of it.
    f.catch(() => {})
  } else {
    work = work.then(() => answer(data))
  }
}

async function load(sent: Sendable): Promise<Plain> {
  if (sent.kind === "text") return compile(sent.text)
  setLoading(sent.url)
  const exports: Readonly<Record<string, unknown>> = await import(sent.url)
  setLoading(undefined)
  const value = exports[sent.name]
  if (typeof value === "function") return value as Plain
  const offered = Object.keys(exports).filter((name) => typeof exports[name] === "function")
  const known = offered.length === 0 ? "it exports none" : `its functions are ${offered.join(", ")}`
  throw new Error(`${sent.url} exports no function ${sent.name}; ${known}`)
}

/** The function of a text. One that came before is the same again: the engine knows it well by now. */
function compile(text: string): Plain {
  const known = compiled.get(text)
  if (known !== undefined) return known
  const made = build(text)
  if (compiled.size === mostCompiled) compiled.clear()
  compiled.set(text, made)
  return made
}

/** A text is an expression, or a method as it stands in a class or an object. */
function build(text: string): Plain {
  try {
    return evaluate(`(${text}\n)`) as Plain
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const [method] = Object.values(evaluate(`({${text}\n})`) as object)
    return method as Plain
  }
}

function evaluate(expression: string): unknown {
  return new Function(`"use strict"; return ${expression}`)()
}

async function answer(batch: Batch): Promise<void> {
  const { slot } = batch
  let apply: Plain
  try {
    apply = await f
  } catch (error) {
    return fail(slot, undefined, error)
  }
  const results: unknown[] = []
  const start = performance.now()
  for (let place = next(batch, 0); place >= 0; place = next(batch, place + 1)) {
    try {
      const result = apply(batch.items[place])
      results.push(isPromise(result) ? await result : result)
    } catch (error) {
      return fail(slot, place, error)
    }
  }
  const end = performance.now()
  const seconds = (end - start) / 1000
  const waited = (start - (idleSince ?? start)) / 1000
  idleSince = end
  const message: FromThread = { kind: "results", slot, results, seconds, waited }
  try {
    host.postMessage(message, transfers ? buffersOf(results) : [])
  } catch {
    sendCopies(message, slot, results)
  }
}

/** The place of the next item to begin, or −1. */
function next({ claims, slot, items }: Batch, place: number): number {
  if (claims !== undefined) return claim(claims, slot)
  return place < items.length ? place : -1
}

/** Some buffers, such as WebAssembly's memories, cannot change threads; some values cannot at all. */
function sendCopies(message: FromThread, slot: number, results: readonly unknown[]): void {
  try {
    host.postMessage(message, [])
  } catch (error) {
    const place = results.findIndex((result) => !isCloneable(result))
    fail(slot, place, error)
  }
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function fail(slot: number, place: number | undefined, error: unknown): void {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const missing = isText ? missingVariable(error) : undefined
  const failure: Failure = { place, reason, error, missing }
  try {
    host.postMessage({ kind: "failed", slot, failure }, [])
  } catch {
    host.postMessage({ kind: "failed", slot, failure: { ...failure, error: reason } }, [])
  }
}

/** The variable that a ReferenceError names, in the words of V8 and SpiderMonkey, or of WebKit. */
function missingVariable(error: unknown): string | undefined {
  if (!(error instanceof ReferenceError)) return undefined
  const [, before, after] =
    /^(\S+) is not defined$|^Can't find variable: (\S+)$/.exec(error.message) ?? []
  return before ?? after
}
