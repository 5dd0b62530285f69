/** What the host and a thread of `spread` say to each other. */

/** A function as it is sent: its text, or where to import it from. */
export type Sendable =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "module"; readonly url: string; readonly name: string }

export type ToThread =
  /** The function that the batches from now on are for. */
  | { readonly kind: "function"; readonly f: Sendable; readonly transfer: boolean }
  | {
      readonly kind: "batch"
      /** Which claim word the batch has. */
      readonly slot: number
      readonly items: readonly unknown[]
      readonly claims: Int32Array | undefined
    }

export type FromThread =
  | {
      readonly kind: "results"
      readonly slot: number
      /** One for each item that was not taken back. */
      readonly results: readonly unknown[]
      /** Spent on the items. */
      readonly seconds: number
      /** Spent without items since the batch before; 0 for a function's first. */
      readonly waited: number
    }
  | { readonly kind: "failed"; readonly slot: number; readonly failure: Failure }

/** What went wrong in a thread. */
export interface Failure {
  /** The item's place in its batch; undefined if the function itself could not be loaded. */
  readonly place: number | undefined
  readonly reason: string
  readonly error: unknown
  /** The variable that the function's text uses and the thread does not have. */
  readonly missing?: string
}

/**
 * A batch's claim word: how many of its items have been begun, in the lower half, and how many are
 * the thread's to begin, in the upper. The thread begins items and the host takes back those that
 * are not begun, each by compare and exchange, so that every item is begun once.
 */
const half = 16
const mask = 2 ** half - 1

/** Most items of a batch. */
export const mostItems = 4096

/** Batches that a thread has at once: one that it works on, and one that is there when it is done. */
export const slots = 2

/** Memory for a thread's claim words; undefined where memory cannot be shared. */
export function claimWords(): Int32Array | undefined {
  return typeof SharedArrayBuffer === "undefined"
    ? undefined
    : new Int32Array(new SharedArrayBuffer(4 * slots))
}

/** Hands a batch of n items to the thread. */
export function openClaim(claims: Int32Array, slot: number, n: number): void {
  Atomics.store(claims, slot, n << half)
}

/** Begins the next item and returns its place, or −1 if none is left. */
export function claim(claims: Int32Array, slot: number): number {
  for (;;) {
    const word = Atomics.load(claims, slot)
    const begun = word & mask
    if (begun === word >>> half) return -1
    if (Atomics.compareExchange(claims, slot, word, word + 1) === word) return begun
  }
}

/** Items that have been begun. */
export function begun(claims: Int32Array, slot: number): number {
  return Atomics.load(claims, slot) & mask
}

/** Items that are not begun. */
export function unbegun(claims: Int32Array, slot: number): number {
  const word = Atomics.load(claims, slot)
  return (word >>> half) - (word & mask)
}

/** Takes back the later half of the items that are not begun, and returns how many remain. */
export function takeBack(claims: Int32Array, slot: number): number {
  for (;;) {
    const word = Atomics.load(claims, slot)
    const first = word & mask
    const remaining = first + Math.floor(((word >>> half) - first) / 2)
    const less = (remaining << half) | first
    if (Atomics.compareExchange(claims, slot, word, less) === word) return remaining
  }
}

/** In a thread: the module that it is loading, under a name that all copies of this file share. */
const loading = Symbol.for("tradespace.spread.loading")

/** Says which module a thread is loading. */
export function setLoading(url: string | undefined): void {
  Reflect.set(globalThis, loading, url)
}

/** The module that this thread is loading, if any. */
export function loadingModule(): unknown {
  return Reflect.get(globalThis, loading)
}
