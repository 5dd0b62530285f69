/** Threads for time: a plain function called on many inputs at once. */

import { type ModuleFunction, sendable, show } from "./spread-function.ts"
import { loadingModule } from "./spread-message.ts"
import { Run, type RunOptions, type Sink } from "./spread-run.ts"
import { cores } from "./spread-thread.ts"

export interface SpreadOptions {
  /** Threads that work at once. Default: as many as the machine runs. */
  readonly threads?: number
  /** Ends the call and its threads, in the middle of an item too. */
  readonly signal?: AbortSignal
  /**
   * Whether the buffers of items that are typed arrays, or hold them, are handed over to the
   * threads without a copy: they are empty here afterwards. Results are handed over in any case if
   * the function was sent as text. Default: false.
   */
  readonly transfer?: boolean
  /** Whether results come as their items do, or as they are done. Default: `"items"`. */
  readonly order?: "items" | "done"
}

export interface SpreadEachOptions extends SpreadOptions {
  /**
   * Most items that are in threads or whose results wait to be taken: past it, items wait to be
   * read. Default: 64 for each thread.
   */
  readonly ahead?: number
}

/** A list of items, or what yields them in its own time. */
export type Items<T> = Iterable<T> | AsyncIterable<T>

/**
 * Calls a function on every item, over threads, and resolves to the results.
 *
 * The function is sent as text, and so must do with its item and the platform's globals alone; a
 * function that needs imports or variables around it is exported from a module and passed as
 * `{ module: new URL("./work.ts", import.meta.url), export: "work" }`. Items and results are copied
 * as `structuredClone` does, and shared memory is shared. A promise that the function returns is
 * waited for before the thread's next item.
 *
 * Uneven items balance themselves: a thread without work takes over what another has not begun.
 * Time is at most total/threads + the longest item, besides messages; threads start on first use
 * (tens of milliseconds), wait 10 s for more work and do not keep the process alive.
 * @example await spread((n: number) => n * n, [1, 2, 3], { threads: 2 }) // → [1, 4, 9]
 * @throws SpreadError naming the item for which the function failed, when the first fails; TypeError
 *   naming a variable that the function's text lacks; the signal's reason.
 */
export function spread<T, R>(
  f: (item: T) => R,
  items: Items<T>,
  options?: SpreadOptions,
): Promise<Awaited<R>[]>
export function spread<R = unknown>(
  f: ModuleFunction,
  items: Items<unknown>,
  options?: SpreadOptions,
): Promise<R[]>
export async function spread(
  f: unknown,
  items: Items<unknown>,
  options: SpreadOptions = {},
): Promise<unknown[]> {
  const results: unknown[] = []
  const put =
    options.order === "done"
      ? (_: number, result: unknown) => void results.push(result)
      : (index: number, result: unknown) => {
          results[index] = result
        }
  const run = begin(f, items, { ...options, ahead: undefined }, { put, waiting: 0 })
  run.advance()
  await run.done
  return results
}

/**
 * `spread`, giving results one after another. Items are read only as results are taken, so that
 * neither need fit memory together. Leaving the loop ends the threads' work.
 * @example
 * const found: number[] = []
 * for await (const n of spreadEach((n: number) => n * n, [1, 2, 3], { threads: 2 })) found.push(n)
 * found // → [1, 4, 9]
 */
export function spreadEach<T, R>(
  f: (item: T) => R,
  items: Items<T>,
  options?: SpreadEachOptions,
): AsyncGenerator<Awaited<R>, void, undefined>
export function spreadEach<R = unknown>(
  f: ModuleFunction,
  items: Items<unknown>,
  options?: SpreadEachOptions,
): AsyncGenerator<R, void, undefined>
export async function* spreadEach(
  f: unknown,
  items: Items<unknown>,
  options: SpreadEachOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  const queue = new ResultQueue(options.order ?? "items")
  const { threads = cores() } = options
  const run = begin(f, items, { ahead: 64 * threads, ...options }, queue)
  let ended = false
  // A failure is heard of when what was done before it has been taken.
  run.done.then(
    () => {
      ended = true
      queue.wake()
    },
    () => {
      ended = true
      queue.wake()
    },
  )
  try {
    run.advance()
    for (;;) {
      if (queue.hasNext) {
        yield queue.next()
        run.advance()
      } else if (ended) {
        await run.done
        return
      } else await queue.news()
    }
  } finally {
    run.stop()
  }
}

/** Results that wait to be taken. */
class ResultQueue implements Sink {
  readonly #order: "items" | "done"
  readonly #results = new Map<number, unknown>()
  #put = 0
  #next = 0
  #news = Promise.withResolvers<void>()

  constructor(order: "items" | "done") {
    this.#order = order
  }

  get waiting(): number {
    return this.#results.size
  }

  get hasNext(): boolean {
    return this.#results.has(this.#next)
  }

  put(index: number, result: unknown): void {
    this.#results.set(this.#order === "items" ? index : this.#put++, result)
    if (this.hasNext) this.wake()
  }

  next(): unknown {
    const result = this.#results.get(this.#next)
    this.#results.delete(this.#next++)
    return result
  }

  wake(): void {
    this.#news.resolve()
  }

  async news(): Promise<void> {
    await this.#news.promise
    this.#news = Promise.withResolvers()
  }
}

function begin(f: unknown, items: Items<unknown>, options: SpreadEachOptions, sink: Sink) {
  const { threads = cores(), transfer = false, order = "items", signal } = options
  const { ahead = Number.POSITIVE_INFINITY } = options
  checkCount("threads", threads)
  if (ahead !== Number.POSITIVE_INFINITY) checkCount("ahead", ahead)
  if (order !== "items" && order !== "done") {
    throw new TypeError(`the option order of spread is "items" or "done"; not ${show(order)}`)
  }
  if (!isItems(items)) {
    throw new TypeError(`spread takes its items from a list or an iterable; not ${show(items)}`)
  }
  const module = loadingModule()
  if (module !== undefined) {
    // Each thread would start threads of its own, without end.
    throw new Error(
      `spread was called while a thread loaded ${module} for its function; put the call under ` +
        "if (import.meta.main), or the function in a module of its own",
    )
  }
  signal?.throwIfAborted()
  const settings: RunOptions<unknown> = { f: sendable(f), items, threads, transfer, ahead, sink }
  const run = new Run(settings)
  const abort = () => run.fail(signal?.reason)
  signal?.addEventListener("abort", abort, { once: true })
  const forget = () => signal?.removeEventListener("abort", abort)
  run.done.then(forget, forget)
  return run
}

function checkCount(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return
  throw new RangeError(
    `the option ${name} of spread is ${show(count)}; it takes a whole number ≥ 1`,
  )
}

function isItems(items: unknown): items is Items<unknown> {
  if (typeof items === "string") return true
  if (typeof items !== "object" || items === null) return false
  return Symbol.iterator in items || Symbol.asyncIterator in items
}
