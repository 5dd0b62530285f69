import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Graph, GraphBuilder, type Variable } from "../../src/graph/index.ts"
import { greedySteps, type Job, jobsOf } from "../../src/price/greedy.ts"
import { burdenOf, parallelTime, priceGraph, printBurden } from "../../src/price/index.ts"
import { type Shape, type Size, symbol } from "../../src/size/index.ts"
import { primitives, randomGraph } from "../graph/random.ts"

function graphOf(
  shapes: readonly Shape[],
  build: (b: GraphBuilder, ...inputs: Variable[]) => Variable,
): Graph {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return b.build([build(b, ...inputs)])
}

const multiplyAll = (n: Size): Graph =>
  graphOf([[n]], (b, x) => b.emit("reduceProd", [x], { axes: [0] }))

/** Single operations: which ones each waits for, and the job and the urgency that order them. */
interface Operation {
  readonly after: readonly number[]
  readonly job: number
  urgency: number
}

/** Every operation of every level, written out. */
function operationsOf(jobs: readonly Job[]): readonly Operation[] {
  const operations: Operation[] = []
  const lastOf: number[][] = []
  for (const [job, { levels, after }] of jobs.entries()) {
    let before = after.flatMap((earlier) => lastOf[earlier])
    for (const level of levels) {
      const own = Array.from({ length: level }, (_, i) => operations.length + i)
      for (const _ of own) operations.push({ after: before, job, urgency: 1 })
      before = own
    }
    lastOf.push(before)
  }
  for (const { after, urgency } of [...operations].reverse()) {
    for (const earlier of after) {
      operations[earlier].urgency = Math.max(operations[earlier].urgency, urgency + 1)
    }
  }
  return operations
}

/** The same schedule, one step and one operation after another. */
function simulate(operations: readonly Operation[], threads: number): number {
  const done = new Set<number>()
  let steps = 0
  for (; done.size < operations.length; steps++) {
    const available = operations
      .map((operation, i) => ({ ...operation, i }))
      .filter(({ after, i }) => !done.has(i) && after.every((earlier) => done.has(earlier)))
      .sort((a, b) => b.urgency - a.urgency || a.job - b.job)
    for (const { i } of available.slice(0, threads)) done.add(i)
  }
  return steps
}

/** The fewest steps of any schedule: all sets of operations that can be done, step by step. */
function fewestSteps(operations: readonly Operation[], threads: number): number {
  const all = 2 ** operations.length - 1
  let reached = new Set([0])
  for (let steps = 0; ; steps++) {
    if (reached.has(all)) return steps
    const next = new Set<number>()
    for (const done of reached) {
      const available = operations.flatMap(({ after }, i) =>
        !(done & (1 << i)) && after.every((earlier) => done & (1 << earlier)) ? [1 << i] : [],
      )
      for (const chosen of choices(available, threads)) next.add(done | chosen)
    }
    reached = next
  }
}

/** Sums of as many of the numbers as there are threads, or of all. */
function choices(numbers: readonly number[], count: number): readonly number[] {
  if (count >= numbers.length) return [numbers.reduce((a, b) => a + b, 0)]
  if (count === 0) return [0]
  const [first, ...rest] = numbers
  return [...choices(rest, count - 1).map((sum) => sum + first), ...choices(rest, count)]
}

function randomJobs(most: { jobs: number; levels: number; width: number }): fc.Arbitrary<Job[]> {
  const job = fc.record({
    levels: fc.array(fc.integer({ min: 1, max: most.width }), {
      minLength: 1,
      maxLength: most.levels,
    }),
    after: fc.array(fc.nat(most.jobs), { maxLength: 2 }),
  })
  return fc.array(job, { maxLength: most.jobs }).map((jobs) =>
    jobs.map(({ levels, after }, i) => ({
      levels,
      after: i === 0 ? [] : [...new Set(after.map((earlier) => earlier % i))].slice(0, i),
    })),
  )
}

const threadCounts = fc.integer({ min: 1, max: 6 })

describe("greedy schedules", () => {
  test("take the steps that they take operation by operation", () => {
    fc.assert(
      fc.property(randomJobs({ jobs: 7, levels: 4, width: 9 }), threadCounts, (jobs, threads) => {
        expect(greedySteps(jobs, threads)).toBe(simulate(operationsOf(jobs), threads))
      }),
      { numRuns: 500 },
    )
  })

  test("take less than twice the fewest steps of any schedule, and never fewer", () => {
    fc.assert(
      fc.property(randomJobs({ jobs: 5, levels: 2, width: 3 }), threadCounts, (jobs, threads) => {
        const operations = operationsOf(jobs)
        fc.pre(operations.length > 0 && operations.length <= 12)
        const fewest = fewestSteps(operations, threads)
        const greedy = greedySteps(jobs, threads)
        expect(greedy).toBeGreaterThanOrEqual(fewest)
        expect(greedy).toBeLessThanOrEqual((2 - 1 / threads) * fewest)
      }),
      { numRuns: 200 },
    )
  })

  test("a chain of wide levels is not walked operation by operation", () => {
    const jobs: readonly Job[] = [{ levels: [1e12, 7], after: [] }]
    expect(greedySteps(jobs, 1)).toBe(1e12 + 7)
    expect(greedySteps(jobs, 1e6)).toBe(1e6 + 1)
  })
})

describe("time on P threads of random graphs", () => {
  const exact = primitives.filter((primitive) => primitive !== "scatter")

  test("is the work on one, the span on all that are useful, and within the bounds between", () => {
    fc.assert(
      fc.property(randomGraph({ primitives: exact }), threadCounts, ({ graph }, threads) => {
        const time = parallelTime(graph)
        const { work, span, gpu } = priceGraph(graph)
        fc.pre(time.simulated)
        expect(time.on(1).greedy).toBe(work)
        expect(time.on(Math.max(1, Number(gpu.threads))).greedy).toBe(span)
        const { least, greedy, most } = time.on(threads)
        expect(greedy).toBeGreaterThanOrEqual(least)
        expect(greedy).toBeLessThanOrEqual(most)
      }),
      { numRuns: 200 },
    )
  })

  test("reaches the span with the useful threads, and with none fewer where it says so", () => {
    fc.assert(
      fc.property(randomGraph({ primitives: exact }), ({ graph }) => {
        const jobs = jobsOf(graph)
        fc.pre(jobs !== undefined)
        const { span, useful } = parallelTime(graph)
        fc.pre(span > 0)
        expect(greedySteps(jobs ?? [], useful.threads)).toBe(span)
        if (!useful.least) return
        const fewer = Array.from({ length: Math.min(useful.threads - 1, 200) }, (_, i) => i + 1)
        for (const threads of [...fewer, useful.threads - 1].filter((p) => p > 0)) {
          expect(greedySteps(jobs ?? [], threads)).toBeGreaterThan(Number(span))
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe("MULTIPLY-N on P threads", () => {
  test("halves with every doubling of the threads, until the tree's top", () => {
    const time = parallelTime(multiplyAll(1024))
    expect([1, 2, 4, 64, 256, 512, 4096].map((p) => time.on(p).greedy)).toEqual([
      // Levels of 512, 256, … 1 operations, each rounded up to whole steps.
      1023, 512, 257, 21, 11, 10, 10,
    ])
    expect(time.useful).toEqual({ threads: 512, least: true })
    expect(time.parallelism).toBeCloseTo(102.3, 10)
  })

  test("parts that can wait need fewer threads than the earliest start gives them", () => {
    // A chain of 10 steps beside 8 operations that nothing waits for but the end.
    const graph = graphOf([[1], [8]], (b, x, y) => {
      let chain = x
      for (let i = 0; i < 10; i++) chain = b.emit("exp", [chain], {})
      const aside = b.emit("reshape", [b.emit("exp", [y], {})], { shape: [8] })
      return b.emit("concatenate", [chain, aside], { axis: 0 })
    })
    const { gpu, span } = priceGraph(graph)
    expect([gpu.threads, span]).toEqual([9, 11])
    // The nine moves of the end cannot be put off.
    expect(parallelTime(graph).useful).toEqual({ threads: 9, least: true })
    const without = graphOf([[1], [8]], (b, x, y) => {
      let chain = x
      for (let i = 0; i < 10; i++) chain = b.emit("exp", [chain], {})
      b.emit("exp", [y], {})
      return chain
    })
    expect(priceGraph(without).gpu.threads).toBe(9)
    expect(parallelTime(without).useful).toEqual({ threads: 2, least: true })
  })

  test("needs sizes with values, and a whole number of threads", () => {
    expect(() => parallelTime(multiplyAll(symbol("N")))).toThrow(
      "time on a number of threads needs sizes with values, but a price is N − 1: bind its names",
    )
    expect(() => parallelTime(multiplyAll(8)).on(0)).toThrow("threads is 0")
  })

  test("what is priced by a bound has bounds alone", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [16], dtype: "float32" })
    const i = b.input({ shape: [8], dtype: "int32" })
    const u = b.input({ shape: [8], dtype: "float32" })
    const time = parallelTime(
      b.build([b.emit("scatter", [x, i, u], { axes: [0], combine: "add" })]),
    )
    expect(time.simulated).toBe(false)
    expect(time.on(4)).toEqual({ threads: 4, least: 6, most: 9 })
    expect(time.useful).toEqual({ threads: 20, least: false })
  })
})

describe("the burdened span", () => {
  const chain = graphOf([[1000]], (b, x) => {
    const once = b.emit("exp", [x], {})
    return b.emit("reduceSum", [b.emit("exp", [once], {})], { axes: [0] })
  })

  test("has a barrier behind each equation that computes", () => {
    expect(burdenOf(chain, 0).span).toBe(12)
    // exp, barrier, exp, barrier, ten steps of the tree, barrier.
    expect(burdenOf(chain, 100)).toMatchObject({ span: 312, plainSpan: 12 })
    expect(burdenOf(chain, 100).parallelism).toBeCloseTo(2999 / 312, 10)
    expect(burdenOf(multiplyAll(1024), 100).span).toBe(110)
  })

  test("says where threads cost more than they gain", () => {
    expect(burdenOf(multiplyAll(1024), 10_000).leastSpeedup(4)).toBeLessThan(0.1)
    expect(printBurden(burdenOf(multiplyAll(1024), 10_000), 10_000, 4)).toBe(
      "burdened span 10010: span 10, and 1 meeting of 10000 steps each on the longest chain\n" +
        "4 threads are 0.0592 to 4 times as fast as one: they may cost more than they gain",
    )
    expect(printBurden(burdenOf(multiplyAll(2 ** 26), 1000), 1000, 2)).toBe(
      "burdened span 1026: span 26, and 1 meeting of 1000 steps each on the longest chain\n" +
        "2 threads are 2 times as fast as one, meetings included",
    )
  })

  test("lies between the estimates of Cilkview", () => {
    const burden = burdenOf(chain, 100)
    expect(burden.mostSpeedup(4)).toBe(4)
    expect(burden.mostSpeedup(1e6)).toBeCloseTo(2999 / 12, 10)
    expect(burden.leastSpeedup(4)).toBeCloseTo(2999 / (2999 / 4 + 1.7 * 312), 10)
  })

  test("asks for a barrier that takes some number of steps", () => {
    expect(() => burdenOf(chain, -1)).toThrow("a barrier of -1 steps: it must be a number")
    expect(() => burdenOf(chain, Number.NaN)).toThrow("a barrier of NaN steps")
  })
})
