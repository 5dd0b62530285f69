import {
  ahead,
  asleep,
  awake,
  completedWord,
  controlBytes,
  following,
  hostWord,
  parked,
  postedWord,
  slotFirst,
  slotProgram,
  slotThreads,
  slotWord,
  stateWord,
  type ToWorker,
} from "./control.ts"
import { type Home, home, reasonOf } from "./home.ts"
import { instantiate, type Main, Part } from "./part.ts"

/**
 * One thread of a pool: the script that a worker runs. It takes the jobs in their order from the
 * ring, and looks into its event loop only when it has nothing to do or lacks a program.
 */

type Open = Extract<ToWorker, { kind: "open" }>

/** How long a worker that has nothing to do sleeps where a job wakes it without a message. */
const warmMilliseconds = 20

/** How often a waiting thread looks for news between two looks at the clock. */
const looks = 32

/**
 * So many times as long as for others of its job a worker looks for the next job. The first one does
 * not: where the host takes part in jobs, it is in its place, and wants its core.
 */
const restlessness = 4

class Executor {
  readonly #home: Home
  readonly #memory: WebAssembly.Memory
  readonly #words: Int32Array
  readonly #thread: number
  readonly #threads: number
  readonly #state: number
  readonly #patience: number
  readonly #restlessness: number
  readonly #part: Part
  readonly #modules = new Map<number, WebAssembly.Module>()
  readonly #mains = new Map<number, Main>()
  /** The job to look at next: all before it are done, or done as far as this thread has a part. */
  #next = 0
  /** Whether it left its work, without a rest, for a program whose message was on the way. */
  #isLacking = false

  constructor(host: Home, { memory, thread, threads, patience }: Open) {
    this.#home = host
    this.#memory = memory
    this.#words = new Int32Array(memory.buffer, 0, controlBytes / 4)
    this.#thread = thread
    this.#threads = threads
    this.#state = stateWord(thread)
    this.#patience = patience
    this.#restlessness = thread > 0 ? restlessness : 1
    this.#part = new Part(memory)
  }

  /** For the end of a worker that failed. */
  abandon(): void {
    this.#part.abandon()
  }

  hear(message: ToWorker): void {
    if (message.kind === "load") {
      this.#modules.set(message.program, message.module)
    } else if (message.kind === "unload") {
      this.#modules.delete(message.program)
      this.#mains.delete(message.program)
    }
    // A job may have waited for this program. One who is woken, or lacked a program, works in any
    // case, though others may have done the job meanwhile: the host holds this thread for awake, and
    // it must rest and park again to be woken once more.
    if (message.kind === "wake" || this.#isLacking || this.#seek()) this.#work()
  }

  /** Runs the jobs there are, until none comes for a while or one needs an unknown program. */
  #work(): void {
    const words = this.#words
    this.#isLacking = false
    do {
      while (this.#seek()) {
        const main = this.#mainOf(Atomics.load(words, slotWord(this.#next) + slotProgram))
        // The host sent the program before it posted the job: its message is on the way.
        if (main === undefined) {
          this.#isLacking = true
          return
        }
        this.#awaitTurn()
        if (this.#part.take(this.#next, this.#thread, main)) this.#tell()
        this.#next = following(this.#next)
      }
    } while (this.#rest())
  }

  /** Moves on to the first job that this thread has a part in; false if none is posted. */
  #seek(): boolean {
    const words = this.#words
    for (;;) {
      const completed = Atomics.load(words, completedWord)
      if (ahead(this.#next, completed) < 0) this.#next = completed
      if (this.#next === Atomics.load(words, postedWord)) return false
      const first = Atomics.load(words, slotWord(this.#next) + slotFirst)
      const threads = Atomics.load(words, slotWord(this.#next) + slotThreads)
      // A job without a part for this thread may be done by now and its slot filled anew.
      if (ahead(this.#next, Atomics.load(words, completedWord)) < 0) continue
      if (this.#thread >= first && this.#thread < threads) return true
      this.#next = following(this.#next)
    }
  }

  /** Waits until all threads are done with the job before; this one may be done by then, too. */
  #awaitTurn(): void {
    const words = this.#words
    const deadline = performance.now() + this.#patience
    do {
      for (let look = 0; look < looks; look++) {
        if (ahead(Atomics.load(words, completedWord), this.#next) >= 0) return
      }
    } while (performance.now() < deadline)
    for (;;) {
      const completed = Atomics.load(words, completedWord)
      if (ahead(completed, this.#next) >= 0) return
      Atomics.wait(words, completedWord, completed)
    }
  }

  /** Called by the last thread of a job. */
  #tell(): void {
    if (Atomics.exchange(this.#words, hostWord, 0) === 1) this.#home.postMessage({ kind: "done" })
  }

  /**
   * Waits for a job: first by looking again and again, then asleep, where the host can still wake
   * this thread without a message. False if none came: the thread is parked.
   *
   * The host posts a job and then reads the state; this thread writes its state and then looks for
   * a job. So at least one of them sees the other.
   */
  #rest(): boolean {
    const words = this.#words
    const deadline = performance.now() + this.#restlessness * this.#patience
    while (performance.now() < deadline) {
      for (let look = 0; look < looks; look++) {
        if (Atomics.load(words, postedWord) !== this.#next && this.#seek()) return true
      }
    }
    Atomics.store(words, this.#state, asleep)
    if (this.#seek()) {
      Atomics.store(words, this.#state, awake)
      return true
    }
    Atomics.wait(words, this.#state, asleep, warmMilliseconds)
    return Atomics.compareExchange(words, this.#state, asleep, parked) !== asleep
  }

  #mainOf(program: number): Main | undefined {
    const known = this.#mains.get(program)
    if (known !== undefined) return known
    const module = this.#modules.get(program)
    if (module === undefined) return undefined
    const main = instantiate(module, this.#memory)
    this.#mains.set(program, main)
    return main
  }

  get name(): string {
    return `thread ${this.#thread} of ${this.#threads}`
  }
}

const host: Home = home()
let executor: Executor | undefined
let failed = false

host.onmessage = ({ data }) => {
  // A thread that failed has left its job half done: it waits for its end.
  if (failed) return
  try {
    if (data.kind === "open") {
      executor = new Executor(host, data)
      host.postMessage({ kind: "ready" })
    } else {
      executor?.hear(data)
    }
  } catch (error) {
    failed = true
    executor?.abandon()
    host.postMessage({ kind: "failed", reason: `${reasonOf(error)} on ${executor?.name}` })
  }
}
