/**
 * Runs in the order in which they were asked for. Most go to the crew at once; one whose program is
 * still being compiled holds up those behind it, and one that could not be compiled runs elsewhere.
 */

import { DeviceError } from "../device.ts"
import type { Runtime } from "./crew.ts"
import { ringSlots } from "./runtime.ts"

/** A program as the queue sees it. */
export interface QueuedProgram {
  readonly state:
    | { readonly kind: "compiling" }
    | { readonly kind: "loaded"; readonly main: number }
    /** It could not be compiled: runs go elsewhere. */
    | { readonly kind: "elsewhere" }
  /** Whether runs may go elsewhere while it is being compiled. */
  readonly mayRunElsewhere: boolean
  readonly threads: number
  /** Whether all threads have to go through it together. */
  readonly isTogether: boolean
  /** Whether a run takes no longer than the host may be kept: it takes part itself. */
  readonly isBrief: boolean
  /** Whether a run on this thread alone is done before threads wake. */
  readonly isLittle: boolean
}

export interface Run {
  readonly program: QueuedProgram
  readonly words: Uint32Array
  /** Does the run without the crew. */
  elsewhere(): Promise<void>
}

/** Looks of about 40 ns for the end of a run before the host sleeps. */
const looks = 500

/** As many as fit in a part of a frame. */
const glances = 200_000

export class RunQueue {
  readonly #runtime: Runtime
  readonly #crew: number
  readonly #onDone: () => void
  /** Runs that wait for their program, or for room in the ring. */
  readonly #waiting: Run[] = []
  /** Runs posted to the crew, and how many of them are known to be done. */
  #posted = 0
  #done = 0
  #isElsewhere = false
  #isWatched = false
  #failure: unknown
  readonly #sleepers: {
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }[] = []

  /** `onDone` is called once for every run that is done, in order. */
  constructor(runtime: Runtime, crew: number, onDone: () => void) {
    this.#runtime = runtime
    this.#crew = crew
    this.#onDone = onDone
  }

  /** Why nothing runs any more. */
  get failure(): unknown {
    return this.#failure
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#done === this.#posted && !this.#isElsewhere
  }

  add(run: Run): void {
    const { state, isBrief } = run.program
    if (isBrief && state.kind === "loaded") {
      this.#look(0)
      if (this.#isIdle) {
        this.#runHere(run, state.main)
        return
      }
    }
    this.#waiting.push(run)
    this.advance()
  }

  /** Hands over what is ready, and calls the process back when it is done. */
  advance(): void {
    if (this.#failure !== undefined) return
    while (this.#waiting.length > 0 && !this.#isElsewhere) {
      const [run] = this.#waiting
      const { program, words } = run
      if (program.state.kind === "compiling" && !program.mayRunElsewhere) break
      if (program.state.kind !== "loaded") {
        this.#look(0)
        if (this.#done !== this.#posted) break
        this.#waiting.shift()
        this.#runElsewhere(run)
        break
      }
      if (this.#posted - this.#done >= ringSlots - 1) this.#look(0)
      if (this.#posted - this.#done >= ringSlots - 1) break
      this.#waiting.shift()
      const { main } = program.state
      const { threads, isTogether } = program
      if (
        !this.#count(
          this.#runtime.post(this.#crew, main, threads, isTogether, words, words.byteLength),
        )
      )
        return
    }
    this.#watch()
  }

  /** Whether all runs so far are done, or nearly: a short wait is allowed. */
  isSettled(): boolean {
    if (this.#failure !== undefined) return false
    if (this.#waiting.length === 0 && !this.#isElsewhere) this.#look(glances)
    return this.#isIdle
  }

  /** Resolves when all runs so far are done; rejects when one failed. */
  settled(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    this.#look(looks)
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ resolve, reject })
      this.#watch()
    })
  }

  /** Takes part in a run; other threads may still be at it at the end. */
  #runHere({ program, words }: Run, main: number): void {
    const { threads, isTogether, isLittle } = program
    const { byteLength } = words
    if (
      !this.#count(
        this.#runtime.run(this.#crew, main, threads, isTogether, isLittle, words, byteLength),
      )
    )
      return
    this.#look(looks)
    this.#watch()
  }

  /** Counts the jobs that a run was posted as: none where it is done. */
  #count(jobs: number): boolean {
    if (jobs < 0) this.#fail(new DeviceError("the system has no memory left for a run"))
    else if (jobs === 0) this.#onDone()
    else this.#posted += jobs
    return jobs >= 0
  }

  #runElsewhere(run: Run): void {
    this.#isElsewhere = true
    run.elsewhere().then(
      () => {
        this.#isElsewhere = false
        this.#onDone()
        this.#wake()
        this.advance()
      },
      (error) => this.#fail(error),
    )
  }

  /** Sees which runs are done. */
  #look(times: number): void {
    if (this.#done === this.#posted) return
    const completed = this.#runtime.look(this.#crew, this.#posted, times)
    for (; this.#done < completed; this.#done++) this.#onDone()
    this.#wake()
  }

  /** Waits for the crew outside of the main thread, which also keeps the process alive. */
  #watch(): void {
    if (this.#isWatched || this.#done === this.#posted) return
    this.#isWatched = true
    this.#runtime.wait(this.#crew, this.#posted).then(
      () => {
        this.#isWatched = false
        this.#look(0)
        this.advance()
      },
      (error) => this.#fail(error),
    )
  }

  #wake(): void {
    if (!this.#isIdle) return
    for (const { resolve } of this.#sleepers.splice(0)) resolve()
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    for (const { reject } of this.#sleepers.splice(0)) reject(this.#failure)
  }
}
