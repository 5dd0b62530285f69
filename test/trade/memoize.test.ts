import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { expect, expectTypeOf, test } from "vitest"
import { type Memoized, memoize, printMemoryFrontier } from "../../src/trade/index.ts"

/** A result that takes the bytes of so many float64 elements. */
const block = (length: number) => new Float64Array(length)

/** A promise and what settles it. */
function deferred<T>() {
  return Promise.withResolvers<T>()
}

test("a result is computed once for each structure of arguments", () => {
  let calls = 0
  const area = memoize(
    ({ width, height }: { width: number; height: number }) => {
      calls++
      return width * height
    },
    { memory: "1MB" },
  )
  expect(area({ width: 2, height: 3 })).toBe(6)
  expect(area({ height: 3, width: 2 })).toBe(6)
  expect(area({ width: 3, height: 2 })).toBe(6)
  expect(calls).toBe(2)
  expect(area.report()).toMatchObject({ hits: 1, misses: 2, entries: 2, evictions: 0 })
})

test("results that are undefined, NaN or −0 are results", () => {
  for (const result of [undefined, Number.NaN, -0, null, false, ""]) {
    const f = memoize(() => result, { memory: 1e6 })
    f()
    expect(f()).toBe(result)
    expect(f.report().hits).toBe(1)
  }
})

test("a function may call itself through its memory", () => {
  const fibonacci: Memoized<[number], bigint> = memoize(
    (n: number) => (n < 2 ? BigInt(n) : fibonacci(n - 1) + fibonacci(n - 2)),
    { memory: "1MB" },
  )
  expect(fibonacci(90)).toBe(2880067194370816120n)
  expect(fibonacci.report().misses).toBe(91)
})

test("memory holds what a plain least-recently-used list would", () => {
  // Each entry takes the same, so that the budget is a number of entries.
  const probe = memoize((_: number) => block(50), { memory: 1e9 })
  probe(0)
  const entry = probe.report().bytes
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.nat(9), { maxLength: 100 }),
      (capacity, uses) => {
        const cached = memoize((_: number) => block(50), { memory: capacity * entry })
        const list: number[] = []
        let hits = 0
        for (const key of uses) {
          const place = list.indexOf(key)
          if (place >= 0) hits++
          if (place >= 0) list.splice(place, 1)
          list.push(key)
          if (list.length > capacity) list.shift()
          cached(key)
          expect(cached.report()).toMatchObject({ hits, entries: list.length })
          expect(cached.report().bytes).toBe(list.length * entry)
        }
      },
    ),
  )
})

test("bytes never exceed the budget, and a result larger than all of it displaces nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { maxLength: 60 }), (lengths) => {
      const cached = memoize(block, { memory: 16_000 })
      for (const length of lengths) {
        const before = cached.report()
        cached(length)
        const after = cached.report()
        expect(after.bytes).toBeLessThanOrEqual(16_000)
        if (8 * length > 16_000) expect(after.entries).toBe(before.entries)
      }
    }),
  )
})

test("what a full memory holds of the heap is what it says, to within a third", () => {
  const measure = `
    import { memoize } from ${JSON.stringify(new URL("../../src/trade/memoize.ts", import.meta.url))}
    const kinds = {
      // The first is measured twice: once for the engine to know the code by.
      "": (i) => i + 0.5,
      numbers: (i) => i + 0.5,
      strings: (i) => String(i).padStart(200, "x").split("").join(""),
      points: (i) => ({ x: i + 0.5, y: i + 0.25, name: "a" + i }),
      arrays: (i) => Array.from({ length: 40 }, (_, k) => i * k),
      maps: (i) => new Map(Array.from({ length: 60 }, (_, k) => [k, i])),
      blocks: (i) => new Float64Array(30).fill(i),
    }
    const held = () => {
      gc()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const ratios = {}
    // Kept, because the engine frees in its own time: what one leaves would be counted for the next.
    const kept = []
    for (const [kind, make] of Object.entries(kinds)) {
      const cached = memoize((i) => make(i), { memory: "1GB" })
      kept.push(cached)
      cached(0)
      const before = held()
      for (let i = 1; i < 30000; i++) cached(i)
      ratios[kind] = (held() - before) / cached.report().bytes
    }
    delete ratios[""]
    kept[0](0)
    console.log(JSON.stringify(ratios))`
  const options = ["--expose-gc", "--input-type=module", "--eval", measure]
  const ratios: Record<string, number> = JSON.parse(
    execFileSync(process.execPath, options, { encoding: "utf8" }),
  )
  expect(Object.keys(ratios)).toHaveLength(6)
  for (const [kind, ratio] of Object.entries(ratios)) {
    expect(ratio, kind).toBeGreaterThan(2 / 3)
    expect(ratio, kind).toBeLessThan(4 / 3)
  }
})

test("calls with the same arguments share the computation that is under way", async () => {
  const results = [deferred<string>(), deferred<string>()]
  let calls = 0
  const f = memoize((_: string) => results[calls++]!.promise, { memory: "1MB" })
  const waiting = [f("a"), f("a"), f("b"), f("a")]
  results[0]!.resolve("A")
  results[1]!.resolve("B")
  expect(await Promise.all(waiting)).toEqual(["A", "A", "B", "A"])
  expect(await f("a")).toBe("A")
  expect(calls).toBe(2)
  expect(f.report()).toMatchObject({ hits: 3, joined: 2, misses: 2 })
})

test("a rejection reaches all who wait for it and is not kept", async () => {
  let calls = 0
  const f = memoize(
    async () => {
      if (calls++ === 0) throw new Error("no luck")
      return "luck"
    },
    { memory: "1MB" },
  )
  const both = await Promise.allSettled([f(), f()])
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"])
  expect(calls).toBe(1)
  expect(await f()).toBe("luck")
  expect(f.report()).toMatchObject({ hits: 0, misses: 1, entries: 1 })
})

test("what is thrown is not kept", () => {
  let calls = 0
  const f = memoize(
    () => {
      if (calls++ === 0) throw new Error("no luck")
      return "luck"
    },
    { memory: "1MB" },
  )
  expect(f).toThrow("no luck")
  expect(f()).toBe("luck")
})

test("a function without promises stays one, and one with promises keeps them", async () => {
  const plain = memoize((x: number) => x + 1, { memory: 1e6 })
  expectTypeOf(plain).toEqualTypeOf<Memoized<[x: number], number>>()
  const later = memoize(async (x: number) => x + 1, { memory: 1e6 })
  expectTypeOf(later).toEqualTypeOf<Memoized<[x: number], Promise<number>>>()
  await later(1)
  expect(later(1)).toBeInstanceOf(Promise)
})

test("forgetting leaves the counts", () => {
  const f = memoize((x: number) => x, { memory: 1e6 })
  f(1)
  f.clear()
  f(1)
  expect(f.report()).toMatchObject({ hits: 0, misses: 2, entries: 1 })
})

test("a result whose memory cannot be seen is as large as the caller says", () => {
  const f = memoize((x: number) => x, { memory: "1MB", sizeOf: () => 600_000 })
  f(1)
  f(2)
  expect(f.report()).toMatchObject({ entries: 1, evictions: 1 })
})

test("the frontier foretells the hits of a function with another budget", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(12), { minLength: 1, maxLength: 150 }),
      fc.integer({ min: 2000, max: 12_000 }),
      (uses, memory) => {
        const large = memoize((x: number) => block(10 * x), { memory: "1GB" })
        const small = memoize((x: number) => block(10 * x), { memory })
        for (const x of uses) large(x)
        for (const x of uses) small(x)
        const { hitRatio } = large.frontier().at(memory)
        expect(Math.round(hitRatio * uses.length)).toBe(small.report().hits)
        expect(small.frontier(1000).points.map((point) => point.hitRatio)).toEqual(
          large.frontier(1000).points.map((point) => point.hitRatio),
        )
      },
    ),
  )
})

test("the frontier rises to what unlimited memory saves, in as many points as asked for", () => {
  const f = memoize((x: number) => block(1000 * x), { memory: 1 })
  for (let use = 0; use < 300; use++) f(use % 200 < 100 ? use % 100 : 99 - (use % 100))
  const { points, calls, rate, at } = f.frontier(10)
  expect([calls, rate]).toEqual([300, 1])
  expect(points.length).toBeGreaterThan(1)
  expect(points.length).toBeLessThanOrEqual(10)
  expect(points.at(-1)!.hitRatio).toBeCloseTo(2 / 3)
  expect(at("1GB")).toMatchObject({ hitRatio: points.at(-1)!.hitRatio, nextMegabyte: 0 })
  expect(at(0)).toMatchObject({ hitRatio: 0, secondsSaved: 0 })
  const most = points.at(-1)!
  const before = at(most.memory - 1)
  expect(before.nextMegabyte).toBeCloseTo(most.secondsSaved - before.secondsSaved)
})

test("a frontier prints as a table", () => {
  const point = { memory: 64e6, hitRatio: 0.5, secondsSaved: 0.00125, nextMegabyte: 0 }
  const printed = printMemoryFrontier({ calls: 2, rate: 1, points: [point], at: () => point })
  expect(printed).toMatchInlineSnapshot(`
    "memory    hits  saved per call  next megabyte
     64 MB  50.0 %         1.25 ms            0 s"
  `)
})

test("arguments that cannot be told apart are refused with the function's name", () => {
  const apply = memoize(
    function apply(f: () => number) {
      return f()
    },
    { memory: "1MB" },
  )
  expect(() => apply(() => 1)).toThrow(
    "memoize cannot remember a call of apply: argument 0 is a function, which has no plain " +
      "structure to tell calls apart by; pass numbers, strings, typed arrays, dates, maps, sets, " +
      "arrays and plain objects",
  )
})

test("a budget that is no amount of memory is refused", () => {
  for (const memory of ["64 XB", "much", -1, Number.NaN, "", "-5MB"]) {
    expect(() => memoize(Math.sqrt, { memory })).toThrow(
      /^the memory to memoize within is .*; it takes bytes, as in 64000000, "64MB" or "64MiB"$/,
    )
  }
  expect(memoize(Math.sqrt, { memory: "1.5 KiB" }).report().budget).toBe(1536)
})
