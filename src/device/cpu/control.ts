/**
 * What the host and the workers of a pool share: the layout of the memory's first page, and their
 * messages.
 *
 * The page is read and written by sequentially consistent atomics alone. Jobs are numbered from 0
 * on by 32-bit words that may wrap, so they are compared by difference.
 *
 * Nobody waits for a thread that has not come to a job yet, since pieces are taken from counters: it
 * comes in when it wakes, or finds the job done. Only where that is asked for do all threads of a job
 * go through it together.
 */

/** Bytes at the start of the memory that belong to the pool: one page. Address 0 is nobody's. */
export const controlBytes = 65_536

/** The most workers of a pool. */
export const maximumThreads = 64

/** Jobs that may be posted at once; the host keeps those beyond. A power of two. */
export const ringSlots = 512

/** A cache line in 32-bit words: what different threads write stands on different lines. */
const line = 16

/** Index of the word that counts the jobs posted. Written by the host. */
export const postedWord = 0

/** Index of the word that counts the jobs done. Written by the last thread of each job. */
export const completedWord = line

/** Index of the word that is 1 while the host wants a message when a job is done. */
export const hostWord = 2 * line

/**
 * Index of the 64-bit word whose lower half tells who is at the oldest job that is not done, or that
 * nobody is at any more (see `src/emit/wasm/meeting.ts`), and whose upper half is that job's number.
 */
export const presenceCell = (3 * line) / 2

/** The lower half for a job at which so many threads are, before its first barrier. */
export function presenceOf(threads: number): number {
  return threads << 8
}

/** How many threads are at a job. */
export function presentOf(presence: number): number {
  return (presence >> 8) & 0xff
}

/** The lower half after a thread left that will not come to the next barrier: others may pass it. */
export function withoutOne(presence: number): number {
  const present = Math.max(0, presentOf(presence) - 1)
  const [waiting, passed] = [presence & 0xff, presence >>> 16]
  if (waiting === 0 || waiting < present) return (presence & ~0xff00) | presenceOf(present)
  return ((passed + 1) << 16) | presenceOf(present)
}

/** Index of the word that is 1 once a thread has failed. */
export const failedWord = 3 * line + 8

/** Index of the word that says what a worker is doing: awake, asleep or parked. */
export function stateWord(thread: number): number {
  return (4 + thread) * line
}

/** The worker runs jobs or looks for one: it sees a new job by itself. */
export const awake = 0
/** The worker sleeps on its state word. */
export const asleep = 1
/** The worker is in its event loop and needs a message. */
export const parked = 2

/** Index of the first word of the slot that holds a job. */
export function slotWord(job: number): number {
  return (4 + maximumThreads + (job & (ringSlots - 1))) * line
}

/** Words of a slot, counted from its first. */
export const slotProgram = 0
export const slotArgs = 1
/** How many threads the job runs on: those with the lowest numbers. */
export const slotThreads = 2
/** The first of them that is a worker of the pool: 1 where the host does thread 0's part. */
export const slotFirst = 3
/** How many of them the first one that comes counts as being there. */
export const slotTogether = 4

/** How many jobs `a` is ahead of `b`; negative if it is behind. */
export function ahead(a: number, b: number): number {
  return (a - b) | 0
}

/** The word that counts one job more. */
export function following(job: number): number {
  return (job + 1) | 0
}

/** What the host tells a worker. */
export type ToWorker =
  | {
      readonly kind: "open"
      readonly memory: WebAssembly.Memory
      readonly thread: number
      readonly threads: number
      /** Milliseconds for which a waiting worker looks for news before it sleeps. */
      readonly patience: number
    }
  | { readonly kind: "load"; readonly program: number; readonly module: WebAssembly.Module }
  | { readonly kind: "unload"; readonly program: number }
  | { readonly kind: "wake" }

/** What a worker tells the host. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: string }
