import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { expect, expectTypeOf, test } from "vitest"
import { SpreadError, spread, spreadEach } from "../../src/trade/index.ts"

const module = new URL("./spread-work.ts", import.meta.url)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

/** Works for so many milliseconds. */
function busy(milliseconds: number): number {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  return milliseconds
}

async function* later<T>(items: Iterable<T>) {
  for (const item of items) {
    await null
    yield item
  }
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const result of results) collected.push(result)
  return collected
}

/** The error that a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason) => reason,
  )
  if (error instanceof Error) return error
  throw new Error("it did not fail")
}

test("results are those of a loop, in the order of their items", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer()),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (items, threads, isLater) => {
        const source = isLater ? later(items) : items
        const results = await spread((x) => x * x + 1, source, { threads })
        expect(results).toEqual(items.map((x) => x * x + 1))
      },
    ),
    { numRuns: 40 },
  )
})

test("many items in batches lose none and repeat none", async () => {
  expect(await spread((x) => x, upTo(50_000), { threads: 3 })).toEqual(upTo(50_000))
  expect(await spread((x) => x, later(upTo(5000)), { threads: 3 })).toEqual(upTo(5000))
})

test("uneven items, of which batches are taken back, lose none and repeat none", async () => {
  // Short items make batches large; then they become long, and batches are shared out anew.
  const items = [...new Array(3000).fill(0), ...new Array(100).fill(2), 60, ...upTo(8)]
  for (let round = 0; round < 3; round++) {
    expect(await spread(busy, items, { threads: 3 })).toEqual(items)
  }
})

test("a thread without work takes over what another has not begun", async () => {
  // One item waits for a flag that the last raises. Batches are large by then, and how many items
  // there are is not known: unless another thread takes over the rest of its batch, it waits long.
  const flag = new Int32Array(new SharedArrayBuffer(4))
  function* items() {
    for (let i = 0; i < 3000; i++) yield { kind: "quick" }
    yield { kind: "wait", flag }
    for (let i = 0; i < 30; i++) yield { kind: "quick" }
    yield { kind: "raise", flag }
  }
  const play = ({ kind, flag }: { kind: string; flag?: Int32Array<SharedArrayBuffer> }) => {
    if (flag === undefined) return kind
    if (kind === "wait") return Atomics.wait(flag, 0, 0, 20_000)
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
    return kind
  }
  const results = await spread(play, items(), { threads: 2 })
  expect(results).toHaveLength(3032)
  expect(results[3000]).not.toBe("timed-out")
})

test("the results of a function have its type, awaited", async () => {
  const results = await spread(async (x: number) => String(x), [1, 2])
  expectTypeOf(results).toEqualTypeOf<string[]>()
  expect(results).toEqual(["1", "2"])
})

test("methods and functions of every form can be sent", async () => {
  const object = {
    method(x: number) {
      return x + 1
    },
    async later(x: number) {
      return x + 2
    },
  }
  expect(await spread(object.method, [1])).toEqual([2])
  expect(await spread(object.later, [1])).toEqual([3])
  expect(
    await spread(
      function named(x: number): number {
        return x === 0 ? 0 : x + named(x - 1)
      },
      [4],
    ),
  ).toEqual([10])
})

test("a function that a module exports may use what is around it", async () => {
  expect(await spread<number>({ module, export: "triple" }, [1, 2])).toEqual([3, 6])
  expect(await spread<number>({ module: module.href }, [1, 2])).toEqual([-1, -2])
})

test("results as they are done are all there, the quick before the slow", async () => {
  const results = await spread(busy, [300, 0, 0, 0], { threads: 2, order: "done" })
  expect(results).toEqual([0, 0, 0, 300])
})

test("no items give no results", async () => {
  expect(await spread((x) => x, [])).toEqual([])
  expect(await spread((x) => x, later([]))).toEqual([])
  expect(await collect(spreadEach((x) => x, []))).toEqual([])
})

test("one after another, results come in order whichever way they are read", async () => {
  for (const items of [upTo(3000), later(upTo(3000))]) {
    expect(await collect(spreadEach((x) => 2 * x, items, { threads: 2 }))).toEqual(
      upTo(3000).map((x) => 2 * x),
    )
  }
  const done = await collect(spreadEach((x) => x, upTo(3000), { order: "done" }))
  expect(done.sort((a, b) => a - b)).toEqual(upTo(3000))
})

test("items are read no further ahead than results are taken", async () => {
  for (const isLater of [false, true]) {
    let read = 0
    function* endless() {
      for (;;) yield read++
    }
    const ahead = 20
    let taken = 0
    const items = isLater ? later(endless()) : endless()
    for await (const result of spreadEach((x) => x, items, { threads: 2, ahead })) {
      expect(result).toBe(taken++)
      if (taken % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
      // What has been asked for of an asynchronous source may still be on its way.
      expect(read).toBeLessThanOrEqual(taken + (isLater ? 2 : 1) * ahead)
      if (taken === 500) break
    }
  }
})

test("leaving the loop closes the source", async () => {
  let closed = false
  function* endless() {
    try {
      for (let i = 0; ; i++) yield i
    } finally {
      closed = true
    }
  }
  for await (const result of spreadEach((x) => x, endless())) if (result === 10) break
  expect(closed).toBe(true)
})

test("a signal ends items that would never end", async () => {
  const forever = () => {
    for (;;);
  }
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error("enough")), 200)
  const error = await failure(spread(forever, upTo(10), { signal: controller.signal, threads: 2 }))
  expect(error.message).toBe("enough")
  const again = await failure(spread((x) => x, [1], { signal: controller.signal }))
  expect(again.message).toBe("enough")
  expect(await spread((x) => x, [1])).toEqual([1])
})

test("a failing item is named with its input", async () => {
  const items = upTo(1000).map((value) => ({ value }))
  const picky = ({ value }: { value: number }) => {
    if (value === 700) throw new RangeError("too large")
    return value
  }
  const error = await failure(spread(picky, items, { threads: 2 }))
  expect(error).toBeInstanceOf(SpreadError)
  expect(error).toMatchObject({ index: 700, input: { value: 700 } })
  expect(error.message).toBe('item 700 ({"value":700}) failed: RangeError: too large')
  expect(error.cause).toBeInstanceOf(RangeError)
})

test("results before a failing item are still given one after another", async () => {
  const taken: number[] = []
  const picky = (x: number) => {
    if (x === 3) throw new Error("no")
    return x
  }
  const error = await failure(
    (async () => {
      for await (const x of spreadEach(picky, upTo(6), { threads: 1 })) taken.push(x)
    })(),
  )
  expect(error.message).toBe("item 3 (3) failed: Error: no")
  expect(taken.length).toBeGreaterThan(0)
  expect(taken).toEqual(upTo(taken.length))
})

test("a rejected promise fails its item, whatever it is rejected with", async () => {
  const error = await failure(spread((x) => Promise.reject({ code: x }), [5]))
  expect(error.message).toMatch(/^item 0 \(5\) failed: /)
  expect(error.cause).toEqual({ code: 5 })
})

test("a function that ends its thread fails its item", async () => {
  const end = (x: number) => (x === 2 ? process.exit(9) : x)
  const error = await failure(spread(end, [1, 2], { threads: 1 }))
  expect(error.message).toBe("item 1 (2) ended its thread: it exited with code 9")
})

test("items and results that cannot change threads are named", async () => {
  const item = await failure(spread((x) => typeof x, [1, 2, () => 1]))
  expect(item.message).toMatch(/^item 2 \(.*\) cannot be sent to a thread: .* could not be cloned/)
  const result = await failure(spread((x) => (x === 1 ? () => x : x), [0, 1]))
  expect(result.message).toMatch(/^item 1 \(1\) failed: DataCloneError: .* could not be cloned/)
})

test("a failing source fails the call with its own error", async () => {
  function* broken() {
    yield 1
    throw new Error("the source broke")
  }
  expect((await failure(spread((x) => x, broken()))).message).toBe("the source broke")
  expect((await failure(spread((x) => x, later(broken())))).message).toBe("the source broke")
})

test("a function that needs a variable around it is told which, and what would be right", async () => {
  const offset = upTo(3).length
  const error = await failure(spread((x: number) => x + offset, [1]))
  expect(error.message).toBe(
    "spread sent the function as text, and its variable offset does not exist in a thread; " +
      "define offset inside the function, make it part of each item, or export the function " +
      "from a module and pass { module, export }",
  )
})

test("functions without a text of their own are refused", async () => {
  expect((await failure(spread(Math.sqrt, [1]))).message).toMatch(
    /^spread cannot send sqrt to a th/,
  )
  const bound = busy.bind(null)
  expect((await failure(spread(bound, [1]))).message).toMatch(/cannot send bound busy to a thread/)
})

test("what a module does not have is said with what it has", async () => {
  const missing = await failure(spread({ module, export: "double" }, [1]))
  expect(missing.message).toContain(
    "exports no function double; its functions are default, sharedTable, triple",
  )
  const relative = await failure(spread({ module: "./spread-work.ts" }, [1]))
  expect(relative.message).toBe(
    'the module "./spread-work.ts" is not a URL; pass new URL("./work.ts", import.meta.url)',
  )
  const nowhere = await failure(spread({ module: new URL("./nowhere.ts", module) }, [1]))
  expect(nowhere.message).toMatch(/^spread cannot load default of file:.*nowhere\.ts in a thread: /)
})

test("options that make no sense are refused", async () => {
  const same = (x: unknown) => x
  expect((await failure(spread(same, [1], { threads: 0 }))).message).toBe(
    "the option threads of spread is 0; it takes a whole number ≥ 1",
  )
  const ahead = collect(spreadEach(same, [1], { ahead: 1.5 }))
  expect((await failure(ahead)).message).toMatch(/^the option ahead of spread is 1\.5/)
  const order: unknown = "any"
  const options: object = { order }
  expect((await failure(spread(same, [1], options))).message).toMatch(/is "items" or "done"; not/)
  const items: unknown = 5
  expect((await failure(spread(same, items as number[]))).message).toBe(
    "spread takes its items from a list or an iterable; not 5",
  )
})

test("buffers are copied unless they are to be handed over", async () => {
  const sum = (x: { data: Float64Array }) => x.data.reduce((a, b) => a + b)
  const items = upTo(20).map((i) => ({ data: new Float64Array(1000).fill(i) }))
  expect(await spread(sum, items)).toEqual(upTo(20).map((i) => 1000 * i))
  expect(items[3]!.data.length).toBe(1000)
  expect(await spread(sum, items, { transfer: true })).toEqual(upTo(20).map((i) => 1000 * i))
  expect(items.map(({ data }) => data.length)).toEqual(new Array(20).fill(0))
})

test("typed arrays that are made come back as they are", async () => {
  const make = (n: number) => ({
    array: new Float32Array(n).fill(n),
    part: new Int8Array(9).subarray(2),
  })
  const results = await spread(make, upTo(50))
  for (const [n, { array, part }] of results.entries()) {
    expect(array).toStrictEqual(new Float32Array(n).fill(n))
    expect(part.length).toBe(7)
  }
})

test("a result that a module keeps stays with it", async () => {
  const results = await spread<Float64Array>({ module, export: "sharedTable" }, upTo(100))
  for (const result of results) expect(result).toStrictEqual(Float64Array.of(1, 2, 3))
})

test("shared memory is shared with the threads", async () => {
  const counter = new Int32Array(new SharedArrayBuffer(4))
  await spread((shared) => Atomics.add(shared, 0, 1), new Array(500).fill(counter), { threads: 3 })
  expect(counter[0]).toBe(500)
})

test("several calls at once do not disturb each other", async () => {
  const calls = upTo(6).map((k) =>
    spread(
      ({ x, k }) => x * k,
      upTo(200).map((x) => ({ x, k })),
    ),
  )
  expect(await Promise.all(calls)).toEqual(upTo(6).map((k) => upTo(200).map((x) => x * k)))
})

test("the process ends by itself, and after a failure too", () => {
  const script = `
    import { spread } from ${JSON.stringify(new URL("../../src/trade/spread.ts", import.meta.url))}
    console.log(await spread((x) => x + 1, [1, 2, 3]))
    await spread(() => { throw new Error("no") }, [1]).catch((error) => console.log(error.message))`
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 30_000,
  })
  expect(output).toBe("[ 2, 3, 4 ]\nitem 0 (1) failed: Error: no\n")
})

test("a module that spreads its own function while it loads does not start threads for ever", () => {
  const spreadUrl = JSON.stringify(new URL("../../src/trade/spread.ts", import.meta.url))
  const text = `
    import { spread } from ${spreadUrl}
    export default (x) => x
    await spread({ module: import.meta.url }, [1]).catch((error) => console.log(error.message))`
  const main = `data:text/javascript,${encodeURIComponent(text)}`
  const script = `await import(${JSON.stringify(main)})`
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 30_000,
  })
  expect(output).toMatch(
    /spread was called while a thread loaded .*; put the call under if \(import/,
  )
})
