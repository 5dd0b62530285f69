import { DeviceError } from "../device.ts"
import {
  ahead,
  asleep,
  awake,
  completedWord,
  controlBytes,
  type FromWorker,
  following,
  hostWord,
  maximumThreads,
  parked,
  postedWord,
  ringSlots,
  slotArgs,
  slotFirst,
  slotProgram,
  slotThreads,
  slotTogether,
  slotWord,
  stateWord,
  type ToWorker,
} from "./control.ts"
import { reasonOf } from "./home.ts"
import { cores, mayWait } from "./machine.ts"
import type { Memory } from "./memory.ts"
import { checkProgram } from "./module-check.ts"
import { instantiate, type Main, Part } from "./part.ts"
import { spawn, type Thread } from "./spawn.ts"
import type { Manner, Runner } from "./store.ts"

export interface PoolOptions {
  /** Workers to start, 1 to 64. */
  readonly threads: number
  /** What the programs work on. A memory serves one open pool at a time. */
  readonly memory: Memory
}

interface Program {
  readonly id: number
  readonly module: WebAssembly.Module
  /** Its entry for the host, once it was needed. */
  main: Main | undefined
  /** Runs of it that are not done. */
  pending: number
  unloaded: boolean
}

/** A run that is not done: a link of the list of them, in order. */
interface Job {
  readonly program: Program
  readonly args: number
  readonly threads: number
  /** The first of the workers that have a part in it. */
  readonly first: number
  readonly isTogether: boolean
  readonly resolve: () => void
  readonly reject: (error: DeviceError) => void
  next: Job | undefined
}

/**
 * Milliseconds for which a waiting worker looks for news before it sleeps. About what sleeping and
 * waking cost: so waiting never costs more than twice what the best choice would have.
 */
const patience = 0.05

/** Milliseconds for which the host, done with its own part of a run, looks for the others' end. */
const hostPatience = 0.25

/** Who owns a memory's control page, or did last. */
const owners = new WeakMap<Memory, Pool>()

/**
 * Worker threads that run whole Wasm programs on one shared memory.
 *
 * A program is a module that imports `env.memory` and exports
 * `main(thread: i32, threads: i32, args: i32)`. Runs happen strictly in the order they were asked
 * for, each on all of its threads at once, so the threads of a run may meet at barriers.
 *
 * Handing a run to threads that are awake costs no message: it is written into a ring in the
 * memory's first page. Workers keep a Node process alive only while a run is pending.
 */
export class Pool implements Runner {
  readonly memory: Memory
  readonly threads: number
  readonly #words: Int32Array
  readonly #workers: Thread[] = []
  readonly #part: Part
  /** Whether the host may take part in runs. */
  readonly #takesPart = mayWait()
  readonly #programs = new Map<number, Program>()
  #nextProgram = 0
  /** Jobs posted and jobs known to be done, as counted in the control page. */
  #posted = 0
  #completed = 0
  /** The list of pending jobs: the first, the first that is not posted, and the last. */
  #oldest: Job | undefined
  #unposted: Job | undefined
  #newest: Job | undefined
  #holding = true
  #failure: DeviceError | undefined
  #ending: Promise<void> | undefined

  /**
   * Starts workers and waits until all of them are ready.
   *
   * Throws a DeviceError if `threads` is not a whole number from 1 to 64, if the memory already has
   * an open pool, or if a worker cannot start.
   */
  static async open({ threads, memory }: PoolOptions): Promise<Pool> {
    if (!Number.isInteger(threads) || threads < 1 || threads > maximumThreads) {
      throw new DeviceError(`the cpu device has 1 to ${maximumThreads} threads, not ${threads}`)
    }
    const owner = owners.get(memory)
    // Workers that are being stopped may still write to the control page.
    if (owner?.closed) await owner.close()
    if (owners.get(memory) !== owner || owner?.closed === false) {
      throw new DeviceError("this memory already has an open pool: close that one first")
    }
    const pool = new Pool(threads, memory)
    owners.set(memory, pool)
    try {
      await pool.#start()
      return pool
    } catch (error) {
      await pool.#end(reasonOf(error))
      throw pool.#failure
    }
  }

  private constructor(threads: number, memory: Memory) {
    this.memory = memory
    this.threads = threads
    this.#words = new Int32Array(memory.wasm.buffer, 0, controlBytes / 4)
    this.#part = new Part(memory.wasm)
  }

  /** Whether everything that was asked for is done, or is within so many milliseconds. */
  idles(milliseconds: number): boolean {
    if (this.closed || this.#unposted !== undefined) return false
    const deadline = performance.now() + milliseconds
    do {
      if (Atomics.load(this.#words, completedWord) === this.#posted) return true
    } while (performance.now() < deadline)
    return false
  }

  /** True once the pool was closed or has failed: it runs nothing more. */
  get closed(): boolean {
    return this.#failure !== undefined
  }

  /**
   * Sends a program to every worker; each instantiates it when it first runs it. Returns the number
   * that `run` knows it by.
   *
   * Throws a DeviceError if the pool is closed or the module's imports or exports are not a
   * program's.
   */
  load(module: WebAssembly.Module): number {
    if (this.#failure !== undefined) throw this.#failure
    checkProgram(module)
    const id = this.#nextProgram++
    this.#programs.set(id, { id, module, main: undefined, pending: 0, unloaded: false })
    this.#tellAll({ kind: "load", program: id, module })
    return id
  }

  /**
   * Runs `main(thread, threads, args)` on the first `threads` workers, all by default, after every
   * run asked for before. Resolves when the last thread has returned. A run that is not together may
   * be over before all threads have come to it: they then have no part in it. A brief one is done at
   * once where nothing else is pending, with the host for the first thread.
   *
   * `args` is any 32-bit integer, usually an address. Rejects with a DeviceError if the program is
   * not loaded, if the pool is closed, or if any thread of this or an earlier run fails, which
   * closes the pool.
   */
  run(
    program: number,
    args: number,
    threads = this.threads,
    { isTogether = true, isBrief = false, isLittle = false }: Manner = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure
      const known = this.#programs.get(program)
      if (known === undefined) throw new DeviceError(`program ${program} is not loaded`)
      if (!Number.isInteger(threads) || threads < 1 || threads > this.threads) {
        throw new DeviceError(`a run on this pool has 1 to ${this.threads} threads, not ${threads}`)
      }
      if (!Number.isInteger(args) || args < -(2 ** 31) || args >= 2 ** 32) {
        throw new DeviceError(`a run's args must be a 32-bit integer, not ${args}`)
      }
      const isHere = isBrief && this.#takesPart && this.#isIdle()
      if (isHere && (threads === 1 || (isLittle && !this.#isAwake(1)))) {
        this.#runAlone(known, args)
        resolve()
        return
      }
      known.pending++
      const first = isHere ? 1 : 0
      const common = { program: known, args, threads, first, isTogether }
      this.#append({ ...common, resolve, reject, next: undefined })
      if (isHere) this.#takePart(known)
      this.#advance()
    })
  }

  /** Whether nothing is pending, as far as can be seen at once. */
  #isIdle(): boolean {
    if (this.#oldest !== undefined) this.#advance()
    return this.#oldest === undefined
  }

  #isAwake(thread: number): boolean {
    return Atomics.load(this.#words, stateWord(thread)) === awake
  }

  /** Runs a program on the host's thread alone. */
  #runAlone(program: Program, args: number): void {
    try {
      this.#mainOf(program)(0, 1, args)
    } catch (error) {
      this.#end(`program ${program.id} failed (${reasonOf(error)}) on the host's thread`)
      throw this.#failure
    }
  }

  /** Posts the only pending job to all of its threads but the first, whose part the host does. */
  #takePart(program: Program): void {
    const job = this.#posted
    this.#post()
    try {
      this.#part.take(job, 0, this.#mainOf(program))
      this.idles(hostPatience)
    } catch (error) {
      this.#end(`${reasonOf(error)} on the host's thread`)
    }
  }

  #mainOf(program: Program): Main {
    program.main ??= instantiate(program.module, this.memory.wasm)
    return program.main
  }

  /** Forgets a program once the runs asked for are done. Throws if it is not loaded. */
  unload(program: number): void {
    const known = this.#programs.get(program)
    if (known === undefined) throw new DeviceError(`program ${program} is not loaded`)
    this.#programs.delete(program)
    known.unloaded = true
    this.#forget(known)
  }

  /** Stops all workers wherever they are; pending runs reject. Resolves when none runs any more. */
  close(): Promise<void> {
    return this.#end("the pool was closed")
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #start(): Promise<void> {
    const words = this.#words
    for (let i = 0; i < words.length; i++) Atomics.store(words, i, 0)
    this.#part.reset()
    const { threads } = this
    const ready: Promise<void>[] = []
    // Where threads share a core, one that looks for news only holds up the others.
    const spinning = threads > cores() ? 0 : patience
    for (let thread = 0; thread < threads; thread++) {
      Atomics.store(words, stateWord(thread), parked)
      const name = `thread ${thread} of ${threads}`
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      ready.push(promise)
      const end = (reason: string) => {
        // Rejects only while the pool opens.
        this.#end(reason).then(() => reject(this.#failure))
      }
      const worker = spawn(`tradespace ${name}`, {
        message: (message: FromWorker) => {
          if (message.kind === "ready") resolve()
          else if (message.kind === "done") this.#advance()
          else end(message.reason)
        },
        death: (reason) => end(`${name} died (${reason})`),
      })
      this.#workers.push(worker)
      worker.post({ kind: "open", memory: this.memory.wasm, thread, threads, patience: spinning })
    }
    await Promise.all(ready)
    for (const worker of this.#workers) worker.hold(false)
    this.#holding = false
  }

  #append(job: Job): void {
    if (this.#newest === undefined) this.#oldest = job
    else this.#newest.next = job
    this.#newest = job
    this.#unposted ??= job
  }

  /** Brings the host up to date: done jobs resolve, waiting ones are posted. */
  #advance(): void {
    if (this.#failure !== undefined) return
    const words = this.#words
    do {
      this.#settle()
      this.#post()
      this.#hold(this.#oldest !== undefined)
      if (this.#oldest === undefined) return
      // From here on the next job to be done sends a message; one that came before did not.
      Atomics.store(words, hostWord, 1)
    } while (Atomics.load(words, completedWord) !== this.#completed)
  }

  /** Resolves the jobs that are done. */
  #settle(): void {
    const completed = Atomics.load(this.#words, completedWord)
    for (; this.#completed !== completed; this.#completed = following(this.#completed)) {
      const job = this.#oldest!
      this.#oldest = job.next
      if (job.next === undefined) this.#newest = undefined
      job.program.pending--
      this.#forget(job.program)
      job.resolve()
    }
  }

  /** Writes jobs into free slots of the ring and wakes the threads that they need. */
  #post(): void {
    const words = this.#words
    let first = this.threads
    let threads = 0
    for (let job = this.#unposted; job !== undefined; job = job.next) {
      if (ahead(this.#posted, this.#completed) === ringSlots) break
      const slot = slotWord(this.#posted)
      Atomics.store(words, slot + slotProgram, job.program.id)
      Atomics.store(words, slot + slotArgs, job.args)
      Atomics.store(words, slot + slotThreads, job.threads)
      Atomics.store(words, slot + slotFirst, job.first)
      Atomics.store(words, slot + slotTogether, job.isTogether ? job.threads : 1)
      this.#posted = following(this.#posted)
      this.#unposted = job.next
      first = Math.min(first, job.first)
      threads = Math.max(threads, job.threads)
    }
    if (threads === 0) return
    Atomics.store(words, postedWord, this.#posted)
    for (let thread = first; thread < threads; thread++) {
      const state = stateWord(thread)
      if (Atomics.load(words, state) === awake) continue
      const was = Atomics.exchange(words, state, awake)
      if (was === asleep) Atomics.notify(words, state)
      else if (was === parked) this.#workers[thread]!.post({ kind: "wake" })
    }
  }

  /** Lets the workers drop a program that was unloaded and has no run left. */
  #forget(program: Program): void {
    if (program.unloaded && program.pending === 0 && this.#failure === undefined) {
      this.#tellAll({ kind: "unload", program: program.id })
    }
  }

  /** Keeps the process alive or not. The first thread has a part in every run: it is enough. */
  #hold(alive: boolean): void {
    if (this.#holding === alive) return
    this.#holding = alive
    this.#workers[0]!.hold(alive)
  }

  #tellAll(message: ToWorker): void {
    for (const worker of this.#workers) worker.post(message)
  }

  #end(reason: string): Promise<void> {
    this.#ending ??= this.#stop(reason)
    return this.#ending
  }

  async #stop(reason: string): Promise<void> {
    const failure = new DeviceError(`${reason}: the pool runs nothing more, open another one`)
    this.#failure = failure
    // The others may wait for the failed one for ever.
    await Promise.all(this.#workers.map((worker) => worker.stop()))
    this.#settle()
    for (let job = this.#oldest; job !== undefined; job = job.next) job.reject(failure)
    this.#oldest = undefined
    this.#unposted = undefined
    this.#newest = undefined
  }
}
