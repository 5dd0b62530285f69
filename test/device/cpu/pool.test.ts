import { spawnSync } from "node:child_process"
import type { Worker } from "node:worker_threads"
import fc from "fast-check"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { awake, parked, stateWord } from "../../../src/device/cpu/control.ts"
import { Memory } from "../../../src/device/cpu/memory.ts"
import { presenceAddress } from "../../../src/device/cpu/part.ts"
import { Pool } from "../../../src/device/cpu/pool.ts"
import { DeviceError } from "../../../src/device/index.ts"
import { type FunctionBuilder, ModuleBuilder } from "../../../src/emit/wasm/assembler.ts"
import { presenceWord } from "../../../src/emit/wasm/layout.ts"
import { addMeeting } from "../../../src/emit/wasm/meeting.ts"

const MiB = 2 ** 20

function makeBytes(build: (f: FunctionBuilder) => void): Uint8Array<ArrayBuffer> {
  const m = new ModuleBuilder()
  m.importMemory("env", "memory", { initial: 1, maximum: 65_536, shared: true })
  const f = m.function({ params: ["i32", "i32", "i32"], results: [] }, "main")
  build(f)
  m.exportFunction("main", f)
  return m.finish()
}

function makeModule(build: (f: FunctionBuilder) => void): WebAssembly.Module {
  return new WebAssembly.Module(makeBytes(build))
}

/** Every thread adds one to the word at args. */
const countModule = makeModule((f) => {
  f.localGet(f.param(2))
  f.i32.const(1)
  f.i32.atomic_rmw_add(0)
  f.drop()
})

/** Every thread runs for ever. */
const endlessModule = makeModule((f) => f.loop((again) => f.br(again)))

/** Thread 0 traps, the others wait for it in vain at the word at args. */
const trapModule = makeModule((f) => {
  f.if_(
    () => {
      f.localGet(f.param(0))
      f.i32.eqz()
    },
    () => f.unreachable(),
  )
  f.localGet(f.param(2))
  f.i32.const(0)
  f.i64.const(-1)
  f.memory.atomic_wait32(0)
  f.drop()
})

/** Thread 1 traps, the others meet it in vain at a barrier of the run whose block is at args. */
const missingModule = (() => {
  const m = new ModuleBuilder()
  m.importMemory("env", "memory", { initial: 1, maximum: 65_536, shared: true })
  const meeting = addMeeting(m)
  const f = m.function({ params: ["i32", "i32", "i32"], results: [] }, "main")
  f.if_(
    () => f.localGet(f.param(0)),
    () => f.unreachable(),
  )
  f.localGet(f.param(1))
  f.localGet(f.param(2))
  for (let i = 0; i < 3; i++) f.i32.const(0)
  f.call(meeting)
  m.exportFunction("main", f)
  return new WebAssembly.Module(m.finish())
})()

const pools: Pool[] = []

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})

async function open(threads: number, memory = new Memory({ maximumBytes: 64 * MiB })) {
  const pool = await Pool.open({ threads, memory })
  pools.push(pool)
  return pool
}

/** The address of n words of zero. */
function zeros(memory: Memory, n: number): number {
  const address = memory.allocate(4 * n)
  memory.write(address, new Int32Array(n))
  return address
}

function words(memory: Memory, address: number, n: number): number[] {
  return [...memory.read("int32", address, n)]
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error("the promise should have been rejected with an error")
}

describe.each([1, 2, 3, 8, 64])("a pool of %i threads", (threads) => {
  let pool: Pool
  beforeAll(async () => {
    pool = await Pool.open({ threads, memory: new Memory({ maximumBytes: 64 * MiB }) })
  }, 60_000)
  afterAll(() => pool.close())

  test("runs a program once on each of them", async () => {
    const address = zeros(pool.memory, 64)
    // Thread t adds threads to word t.
    const program = pool.load(
      makeModule((f) => {
        f.localGet(f.param(0))
        f.i32.const(4)
        f.i32.mul()
        f.localGet(f.param(2))
        f.i32.add()
        f.localGet(f.param(1))
        f.i32.atomic_rmw_add(0)
        f.drop()
      }),
    )
    await pool.run(program, address)
    const expected = Array.from({ length: 64 }, (_, t) => (t < threads ? threads : 0))
    expect(words(pool.memory, address, 64)).toEqual(expected)
  })

  test("sums an array, each thread its part", async () => {
    const n = 10_000
    const data = zeros(pool.memory, n)
    const total = zeros(pool.memory, 1)
    pool.memory.write(
      data,
      Int32Array.from({ length: n }, (_, i) => i * i - 17),
    )
    const program = pool.load(
      makeModule((f) => {
        const i = f.local("i32")
        const sum = f.local("i32")
        f.forRange(i, f.param(0), n, f.param(1), () => {
          f.localGet(i)
          f.i32.const(4)
          f.i32.mul()
          f.i32.load(data)
          f.localGet(sum)
          f.i32.add()
          f.localSet(sum)
        })
        f.localGet(f.param(2))
        f.localGet(sum)
        f.i32.atomic_rmw_add(0)
        f.drop()
      }),
    )
    await pool.run(program, total)
    const expected = Array.from({ length: n }, (_, i) => i * i - 17).reduce((a, b) => (a + b) | 0)
    expect(words(pool.memory, total, 1)).toEqual([expected])
  })

  test("lets them meet at a barrier inside of a program", async () => {
    const rounds = threads > 8 ? 10 : 100
    const arrivals = zeros(pool.memory, 1)
    const generation = zeros(pool.memory, 1)
    const values = zeros(pool.memory, threads)
    // In each round every thread takes over its neighbour's value, and one more.
    const program = pool.load(
      makeModule((f) => {
        const [thread, count] = [f.param(0), f.param(1)]
        const [round, seen, value] = [f.local("i32"), f.local("i32"), f.local("i32")]
        const barrier = () => {
          f.i32.const(generation)
          f.i32.atomic_load(0)
          f.localSet(seen)
          f.i32.const(arrivals)
          f.i32.const(1)
          f.i32.atomic_rmw_add(0)
          f.i32.const(1)
          f.i32.add()
          f.localGet(count)
          f.i32.eq()
          f.if()
          f.i32.const(arrivals)
          f.i32.const(0)
          f.i32.atomic_store(0)
          f.i32.const(generation)
          f.localGet(seen)
          f.i32.const(1)
          f.i32.add()
          f.i32.atomic_store(0)
          f.i32.const(generation)
          f.i32.const(-1)
          f.memory.atomic_notify(0)
          f.drop()
          f.else()
          f.while_(
            () => {
              f.i32.const(generation)
              f.i32.atomic_load(0)
              f.localGet(seen)
              f.i32.eq()
            },
            () => {
              f.i32.const(generation)
              f.localGet(seen)
              f.i64.const(-1)
              f.memory.atomic_wait32(0)
              f.drop()
            },
          )
          f.end()
        }
        f.forRange(round, 0, rounds, 1, () => {
          f.localGet(thread)
          f.i32.const(1)
          f.i32.add()
          f.localGet(count)
          f.i32.rem_u()
          f.i32.const(4)
          f.i32.mul()
          f.i32.load(values)
          f.i32.const(1)
          f.i32.add()
          f.localSet(value)
          barrier()
          f.localGet(thread)
          f.i32.const(4)
          f.i32.mul()
          f.localGet(value)
          f.i32.store(values)
          barrier()
        })
      }),
    )
    const start = Int32Array.from({ length: threads }, (_, t) => 1000 * t)
    pool.memory.write(values, start)
    await pool.run(program, 0)
    const expected = [...start.keys()].map((t) => 1000 * ((t + rounds) % threads) + rounds)
    expect(words(pool.memory, values, threads)).toEqual(expected)
  })
})

/**
 * Checks the order of runs. Every call takes a ticket; those of run k must be the ones after those
 * of all runs before, as the two words at args say: its first ticket and its number of threads.
 * Calls with another ticket, another number of threads or a thread beyond it count as wrong.
 */
function orderProgram(ticket: number, wrong: number): WebAssembly.Module {
  return makeModule((f) => {
    const [thread, threads, args] = [f.param(0), f.param(1), f.param(2)]
    f.i32.const(ticket)
    f.i32.const(1)
    f.i32.atomic_rmw_add(0)
    f.localGet(args)
    f.i32.load(0)
    f.i32.sub()
    f.localGet(threads)
    f.i32.ge_u()
    f.localGet(threads)
    f.localGet(args)
    f.i32.load(4)
    f.i32.ne()
    f.i32.or()
    f.localGet(thread)
    f.localGet(threads)
    f.i32.ge_u()
    f.i32.or()
    f.if()
    f.i32.const(wrong)
    f.i32.const(1)
    f.i32.atomic_rmw_add(0)
    f.drop()
    f.end()
  })
}

/** Runs programs on the given numbers of threads and returns [tickets taken, wrong ones]. */
async function ordered(pool: Pool, widths: number[], pause: (k: number) => Promise<void> | void) {
  const { memory } = pool
  const [ticket, wrong] = [zeros(memory, 1), zeros(memory, 1)]
  const plan = memory.allocate(8 * widths.length)
  let first = 0
  const rows = widths.flatMap((width) => {
    first += width
    return [first - width, width]
  })
  memory.write(plan, Int32Array.from(rows))
  const program = pool.load(orderProgram(ticket, wrong))
  const resolved: number[] = []
  const runs: Promise<unknown>[] = []
  for (const [k, width] of widths.entries()) {
    runs.push(pool.run(program, plan + 8 * k, width).then(() => resolved.push(k)))
    await pause(k)
  }
  await Promise.all(runs)
  expect(resolved).toEqual([...widths.keys()])
  return [...words(memory, ticket, 1), ...words(memory, wrong, 1)]
}

const total = (widths: number[]) => widths.reduce((sum, width) => sum + width, 0)
const rest = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds))

describe("runs", () => {
  test.each([1, 2, 3])("happen in order: 10,000 of them on %i threads", async (threads) => {
    const widths = Array.from({ length: 10_000 }, () => threads)
    const pool = await open(threads)
    expect(await ordered(pool, widths, () => {})).toEqual([total(widths), 0])
  })

  test("happen in order on any numbers of threads, through pauses of any length", async () => {
    const pool = await open(5)
    const width = fc.integer({ min: 1, max: 5 })
    const pause = fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 5, 30)
    const run = fc.record({ width, pause })
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 60 }), async (runs) => {
        const widths = runs.map((each) => each.width)
        const sleep = (k: number) => (runs[k]!.pause > 0 ? rest(runs[k]!.pause) : undefined)
        expect(await ordered(pool, widths, sleep)).toEqual([total(widths), 0])
      }),
      { numRuns: 20 },
    )
  })

  test("that skip a thread for more than a ring of runs do not lose it", async () => {
    const pool = await open(3)
    const widths = Array.from({ length: 4000 }, (_, k) => (k % 1500 === 1499 ? 3 : 1 + (k % 2)))
    expect(await ordered(pool, widths, () => {})).toEqual([total(widths), 0])
  })

  test("wait for one another one by one", async () => {
    const pool = await open(2)
    const address = zeros(pool.memory, 1)
    const program = pool.load(countModule)
    for (let k = 1; k <= 300; k++) {
      await pool.run(program, address)
      expect(words(pool.memory, address, 1)).toEqual([2 * k])
    }
  })

  test("reach a worker that was woken too late for the last one", async () => {
    const workers: Worker[] = []
    const collect = (worker: Worker) => workers.push(worker)
    process.on("worker", collect)
    const pool = await open(1)
    process.off("worker", collect)
    const address = zeros(pool.memory, 1)
    const program = pool.load(countModule)
    await pool.run(program, address)
    await rest(60)
    // The worker is parked. Wake it as a host does that posted a job which is done by now.
    const control = new Int32Array(pool.memory.wasm.buffer)
    expect(Atomics.exchange(control, stateWord(0), awake)).toBe(parked)
    workers[0]!.postMessage({ kind: "wake" })
    await rest(60)
    await pool.run(program, address)
    expect(words(pool.memory, address, 1)).toEqual([2])
  })

  test("that are brief are done by the host, alone or with those that are awake", async () => {
    const pool = await open(2)
    const address = zeros(pool.memory, 1)
    const program = pool.load(countModule)
    const manner = { isTogether: false, isBrief: true }
    const alone = pool.run(program, address, 1, manner)
    expect(words(pool.memory, address, 1)).toEqual([1])
    await alone
    // The workers are parked, so the host is done before one of them comes.
    await rest(60)
    const little = pool.run(program, address, 2, { ...manner, isLittle: true })
    expect(words(pool.memory, address, 1)).toEqual([2])
    await little
    for (let k = 0; k < 300; k++) {
      await rest(k % 20 === 0 ? 2 : 0)
      const before = words(pool.memory, address, 1)[0]!
      await pool.run(program, address, 2, manner)
      const [after] = words(pool.memory, address, 1)
      // A worker that came too late has no part in the run, then or later.
      expect([before + 1, before + 2]).toContain(after)
    }
    // Behind others, a brief run waits its turn.
    const slow = pool.run(program, address)
    const brief = pool.run(program, address, 1, manner)
    await Promise.all([slow, brief])
  })

  test("may use a program loaded while the workers are at work", async () => {
    const pool = await open(2)
    const address = zeros(pool.memory, 1)
    const runs: Promise<void>[] = []
    for (let k = 0; k < 200; k++) {
      const program = pool.load(countModule)
      for (let i = 0; i < 5; i++) runs.push(pool.run(program, address))
      pool.unload(program)
      if (k % 20 === 0) await runs.at(-1)
    }
    await Promise.all(runs)
    expect(words(pool.memory, address, 1)).toEqual([2000])
  })

  test("that others did before a worker had their program keep it from none that follow", async () => {
    const pool = await open(2)
    const address = zeros(pool.memory, 1)
    const known = pool.load(countModule)
    for (let k = 0; k < 100; k++) {
      // The workers are awake, and see the brief run before they hear of its program.
      await pool.run(known, address)
      await pool.run(pool.load(countModule), address, 2, { isTogether: false, isBrief: true })
      const before = words(pool.memory, address, 1)[0]!
      await pool.run(known, address)
      expect(words(pool.memory, address, 1)).toEqual([before + 2])
    }
  })

  test("see memory that has grown since the program was instantiated", async () => {
    const pool = await open(4)
    const program = pool.load(countModule)
    for (let k = 0; k < 12; k++) {
      const address = zeros(pool.memory, MiB)
      const last = address + 4 * (MiB - 1)
      await pool.run(program, last)
      expect(words(pool.memory, last, 1)).toEqual([4])
    }
    expect(pool.memory.bytes.length).toBeGreaterThan(48 * MiB)
  })

  test("reach addresses beyond 2 GiB", async () => {
    const pool = await open(2, new Memory({ maximumBytes: 2 ** 32 - 65_536 }))
    pool.memory.allocate(2 ** 31)
    const address = zeros(pool.memory, 1)
    expect(address).toBeGreaterThan(2 ** 31)
    await pool.run(pool.load(countModule), address)
    expect(words(pool.memory, address, 1)).toEqual([2])
  })

  test.each([
    ["a program that is not loaded", 7, 0, 1, "program 7 is not loaded"],
    ["args beyond 32 bits", 0, 2 ** 32, 1, "args must be a 32-bit integer, not 4294967296"],
    ["no threads", 0, 0, 0, "a run on this pool has 1 to 2 threads, not 0"],
    ["more threads than there are", 0, 0, 3, "a run on this pool has 1 to 2 threads, not 3"],
  ])("reject %s, and the pool goes on", async (_, program, args, threads, message) => {
    const pool = await open(2)
    expect(pool.load(countModule)).toBe(0)
    const failure = await failureOf(pool.run(program, args, threads))
    expect(failure).toBeInstanceOf(DeviceError)
    expect(failure.message).toContain(message)
    await pool.run(0, zeros(pool.memory, 1))
  })
})

describe("programs", () => {
  test("are gone once unloaded", async () => {
    const pool = await open(1)
    const program = pool.load(countModule)
    pool.unload(program)
    expect(() => pool.unload(program)).toThrow(`program ${program} is not loaded`)
    await expect(pool.run(program, 0)).rejects.toThrow(`program ${program} is not loaded`)
  })

  test("are refused if they need more than the memory or have no main", async () => {
    const pool = await open(1)
    const needy = new ModuleBuilder()
    needy.importFunction("env", "exp", { params: ["f32"], results: ["f32"] })
    expect(() => pool.load(new WebAssembly.Module(needy.finish()))).toThrow("env.exp")
    const empty = new WebAssembly.Module(new ModuleBuilder().finish())
    expect(() => pool.load(empty)).toThrow("must export a function main")
  })
})

describe("a pool that fails", () => {
  test("rejects the run that traps and all after it, and ends the threads that wait", async () => {
    const pool = await open(4)
    const address = zeros(pool.memory, 2)
    const [count, trap] = [pool.load(countModule), pool.load(trapModule)]
    const before = pool.run(count, address)
    const failures = [pool.run(trap, address + 4), pool.run(count, address)].map(failureOf)
    await before
    const [first, second] = await Promise.all(failures)
    expect(first).toBeInstanceOf(DeviceError)
    expect(first!.message).toMatch(/^program 1 failed \(unreachable\) on thread 0 of 4: the pool/)
    expect(second).toBe(first)
    expect(pool.closed).toBe(true)
    expect(await failureOf(pool.run(count, address))).toBe(first)
    expect(() => pool.load(countModule)).toThrow(first!.message)
    expect(words(pool.memory, address, 1)).toEqual([4])
  })

  test("does not keep the host at a barrier for a thread that has trapped", async () => {
    const pool = await open(2)
    const address = zeros(pool.memory, 16)
    pool.memory.write(address + 4 * presenceWord, Int32Array.of(presenceAddress))
    const failure = await failureOf(
      pool.run(pool.load(missingModule), address, 2, { isBrief: true }),
    )
    expect(failure).toBeInstanceOf(DeviceError)
    expect(failure.message).toMatch(/^program 0 failed \(unreachable\) on thread 1 of 2: the pool/)
  })

  test("rejects a run that traps on the host's own thread", async () => {
    const pool = await open(2)
    const program = pool.load(trapModule)
    for (const threads of [1, 2]) {
      const failure = await failureOf(pool.run(program, 0, threads, { isBrief: true }))
      expect(failure).toBeInstanceOf(DeviceError)
      expect(failure.message).toContain("program 0 failed (unreachable) on the host's thread")
    }
    expect(pool.closed).toBe(true)
  })

  test("says so when a worker is killed", async () => {
    const workers: Worker[] = []
    const collect = (worker: Worker) => workers.push(worker)
    process.on("worker", collect)
    const pool = await open(3)
    process.off("worker", collect)
    const failure = failureOf(pool.run(pool.load(endlessModule), 0))
    await rest(20)
    await workers[1]!.terminate()
    const { message } = await failure
    expect(message).toMatch(/^thread 1 of 3 died \(it exited with code 1\): the pool/)
  })

  test("leaves the memory to the next one", async () => {
    const memory = new Memory({ maximumBytes: 64 * MiB })
    const pool = await open(2, memory)
    await failureOf(pool.run(pool.load(trapModule), zeros(memory, 1)))
    const next = await open(2, memory)
    const address = zeros(memory, 1)
    await next.run(next.load(countModule), address)
    expect(words(memory, address, 1)).toEqual([2])
  })
})

describe("closing a pool", () => {
  test("ends endless programs and rejects their runs", async () => {
    const pool = await open(2)
    const failure = failureOf(pool.run(pool.load(endlessModule), 0))
    await rest(20)
    await pool.close()
    expect((await failure).message).toContain("the pool was closed")
  })

  test("makes way for another one on the same memory, even before it is through", async () => {
    const memory = new Memory({ maximumBytes: 64 * MiB })
    const pool = await open(2, memory)
    await expect(Pool.open({ threads: 1, memory })).rejects.toThrow("already has an open pool")
    const closing = pool.close()
    const next = await open(2, memory)
    await closing
    await next.run(next.load(countModule), zeros(memory, 1))
  })

  test.each([0, 65, 1.5, Number.NaN])(
    "is not needed where %s threads were asked",
    async (threads) => {
      const memory = new Memory({ maximumBytes: MiB })
      await expect(Pool.open({ threads, memory })).rejects.toThrow(`not ${threads}`)
      await (await open(1, memory)).close()
    },
  )
})

/** What a script in a Node process of its own printed. It finds a pool with two programs. */
function inNode(body: string, { options = [] as string[], before = "" } = {}) {
  const urlOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const module = (build: (f: FunctionBuilder) => void) =>
    `new WebAssembly.Module(new Uint8Array([${makeBytes(build)}]))`
  const script = `
    import { Memory } from ${urlOf("../../../src/device/cpu/memory.ts")}
    import { Pool } from ${urlOf("../../../src/device/cpu/pool.ts")}
    ${before}
    const memory = new Memory({ maximumBytes: 2 ** 24 })
    const pool = await Pool.open({ threads: 2, memory })
    const quick = pool.load(${module(() => {})})
    const slow = pool.load(${module((f) => {
      const i = f.local("i32")
      f.forRange(i, 0, 100_000_000, 1, () => {})
    })})
    ${body}
  `
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...options, "--input-type=module", "--eval", script],
    { encoding: "utf8", timeout: 50_000, env: {} },
  )
  return { status, stdout, stderr }
}

/** Makes a Node process look like a browser to the pool: web workers and no Node modules. */
const asBrowser = `
  const { Worker: NodeWorker } = process.getBuiltinModule("node:worker_threads")
  process.getBuiltinModule = undefined
  globalThis.Worker = class {
    #worker
    constructor(url) {
      this.#worker = new NodeWorker(\`
        const { parentPort, workerData } = require("node:worker_threads")
        process.getBuiltinModule = undefined
        globalThis.postMessage = (message) => parentPort.postMessage(message)
        import(workerData).then(() => {
          parentPort.on("message", (data) => globalThis.onmessage({ data }))
        })
      \`, { eval: true, execArgv: [], workerData: url.href })
      this.#worker.on("message", (data) => this.onmessage({ data }))
      this.#worker.on("error", ({ message }) => this.onerror({ message }))
    }
    postMessage(message) { this.#worker.postMessage(message) }
    terminate() { this.#worker.terminate() }
  }
`

describe("a process", () => {
  test("ends by itself when its pool has nothing to do", () => {
    const result = inNode("await pool.run(quick, 0); console.log('done')")
    expect(result).toEqual({ status: 0, stdout: "done\n", stderr: "" })
  })

  test("does not end while a run is pending", () => {
    const result = inNode("pool.run(slow, 0).then(() => console.log('done'))")
    expect(result).toEqual({ status: 0, stdout: "done\n", stderr: "" })
  })

  test("lives until its pool is closed, if it waits for that", () => {
    const result = inNode("await pool.close(); console.log('done')")
    expect(result).toEqual({ status: 0, stdout: "done\n", stderr: "" })
  })

  test("does not gather memory over many runs", () => {
    const result = inNode(
      `
      const bytes = () => {
        gc()
        const { heapUsed, external } = process.memoryUsage()
        return heapUsed + external
      }
      const batch = async () => {
        for (let i = 0; i < 20; i++) {
          await Promise.all(Array.from({ length: 200 }, () => pool.run(quick, 0)))
        }
      }
      await batch()
      const before = bytes()
      await batch()
      await batch()
      console.log(bytes() - before < 200_000)
      `,
      { options: ["--expose-gc"] },
    )
    expect(result).toEqual({ status: 0, stdout: "true\n", stderr: "" })
  })
})

test("a browser's web workers run programs as Node's threads do", () => {
  const result = inNode(
    `
    await pool.run(quick, 0)
    const ended = pool.run(slow, 0).catch((error) => error.message)
    await pool.close()
    console.log(await ended)
    `,
    { before: asBrowser },
  )
  const stdout = "the pool was closed: the pool runs nothing more, open another one\n"
  expect(result).toEqual({ status: 0, stdout, stderr: "" })
})

describe("a memory", () => {
  test("reads what was written, before and after it grows", () => {
    const memory = new Memory({ maximumBytes: 64 * MiB })
    const address = memory.allocate(12)
    memory.write(address, Float32Array.of(1, -2, 3.5))
    const view = memory.view("float32", address, 3)
    memory.allocate(32 * MiB)
    expect([...memory.read("float32", address, 3)]).toEqual([1, -2, 3.5])
    memory.write(address, Float32Array.of(4, 5, 6))
    expect([...view]).toEqual([4, 5, 6])
    expect(memory.read("float32", address, 3).buffer).toBeInstanceOf(ArrayBuffer)
  })

  test("grows to its maximum and not beyond", () => {
    const memory = new Memory({ maximumBytes: 4 * MiB })
    const address = memory.allocate(4 * MiB - 65_536)
    expect(address).toBe(65_536)
    expect(memory.bytes.length).toBe(4 * MiB)
    expect(() => memory.allocate(1)).toThrow(
      "cannot allocate 1 bytes: 4,128,768 of at most 4,128,768 bytes are in use",
    )
  })

  test("keeps the pool's page and what lies beyond its end from everyone", () => {
    const memory = new Memory({ maximumBytes: 4 * MiB })
    const end = memory.bytes.length
    expect(() => memory.read("int32", 65_532, 1)).toThrow("lie outside of the memory")
    expect(() => memory.read("int32", end, 1)).toThrow("lie outside of the memory")
    expect(() => memory.write(end - 4, new Int32Array(2))).toThrow("lie outside of the memory")
    expect(() => memory.read("float32", 65_538, 1)).toThrow("must be a multiple of 4")
  })

  test.each([1000, 2 ** 32, Number.NaN])("of %s bytes cannot be asked for", (maximumBytes) => {
    expect(() => new Memory({ maximumBytes })).toThrow(`maximumBytes is ${maximumBytes}`)
  })

  test("is as large as the machine allows if nothing is said", () => {
    const memory = new Memory()
    expect(memory.maximumBytes).toBeGreaterThanOrEqual(2 ** 26)
    expect(memory.maximumBytes).toBeLessThanOrEqual(2 ** 32 - 65_536)
  })
})
