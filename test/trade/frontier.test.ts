import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import type { Quote } from "../../src/device/index.ts"
import { type Array, closeDevices, f32, grad, np } from "../../src/index.ts"
import {
  type Frontier,
  frontier,
  frontierOf,
  plotFrontier,
  printFrontier,
} from "../../src/trade/index.ts"

afterAll(closeDevices)

function quote(threads: number, bytes: number, seconds: number): Quote {
  return {
    device: "paper",
    threads,
    bytes,
    seconds,
    interval: [seconds * 0.75, seconds * 1.5],
    rough: false,
  }
}

test("a frontier of rough quotes says so below its table", () => {
  const [one, two] = [quote(1, 4e6, 8e-3), quote(2, 4e6, 4e-3)]
  const rough = frontierOf("paper", [one, { ...two, rough: true }])
  expect([rough.rough, frontierOf("paper", [one, two]).rough]).toEqual([true, false])
  expect(rough.points.map((point) => point.rough)).toEqual([false, true])
  expect(printFrontier(rough)).toMatch(
    /^rough: paper .*\ntradespace devices --device paper --threads 2$/m,
  )
  expect(printFrontier(frontierOf("paper", [one, two]))).not.toContain("rough")
})

test("a frontier of loops whose steps nobody knows says what each further step takes", () => {
  const one = { ...quote(1, 4e6, 8e-3), openLoops: { count: 2, stepSeconds: 3e-4 } }
  const two = { ...quote(2, 4e6, 4e-3), openLoops: { count: 2, stepSeconds: 2e-4 } }
  const noteOf = (...choices: (typeof one)[]) =>
    printFrontier(frontierOf("paper", choices)).split("\n").at(-1)
  const note =
    "quoted for one step of 2 while loops whose steps depend on the data: " +
    "each further step of all of them takes about"
  expect(noteOf(one)).toBe(`${note} 300 µs`)
  expect(noteOf(one, two)).toBe(`${note} 200 µs to 300 µs`)
})

const trade = frontierOf("paper", [
  quote(1, 4e6, 8e-3),
  quote(2, 4e6, 4e-3),
  quote(4, 4e6, 2.5e-3),
  quote(8, 4e6, 3e-3),
])

describe("a frontier", () => {
  test("holds the choices that no other beats, and says what beats the others", () => {
    expect(trade.points.map(({ threads }) => threads)).toEqual([1, 2, 4])
    expect(trade.beaten.map(({ threads, by }) => [threads, by])).toEqual([[8, 4]])
  })

  test("keeps a choice that is slower but takes less memory", () => {
    const { points } = frontierOf("paper", [quote(4, 9e6, 1), quote(4, 3e6, 2), quote(4, 9e6, 3)])
    expect(points.map(({ memory }) => memory)).toEqual([9e6, 3e6])
  })

  test("is every point that pairwise comparison leaves, whatever the order and the ties", () => {
    const few = fc.integer({ min: 1, max: 4 })
    const quotes = fc.array(fc.tuple(few, few, few), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(quotes, (list) => {
        const { points, beaten } = frontierOf(
          "paper",
          list.map(([t, b, s]) => quote(t, b, s)),
        )
        const kept = points.map(({ threads, memory, seconds }) => [threads, memory, seconds].join())
        const best = list.filter(
          ([t, b, s]) =>
            !list.some(([u, c, r]) => u <= t && c <= b && r <= s && (u < t || c < b || r < s)),
        )
        expect(kept.toSorted()).toEqual([...new Set(best.map((point) => point.join()))].toSorted())
        for (const { threads, by } of beaten) expect(by).toBeLessThanOrEqual(threads)
      }),
    )
  })

  test("over budgets says what is computed again", () => {
    const sold = frontierOf("paper", [
      { ...quote(1, 8e6, 4e-3), extra: 0, again: {} },
      { ...quote(1, 4e6, 5e-3), extra: 0.25, again: { dot: 3, tanh: 2, exp: 1 } },
      { ...quote(2, 8e6, 2e-3), extra: 0, again: {} },
      { ...quote(2, 4e6, 6e-3), extra: 0.25, again: { dot: 3, tanh: 2, exp: 1 } },
    ])
    expect(printFrontier(sold)).toMatchInlineSnapshot(`
      "threads  memory  seconds  four times of five  quicker  again
            1    8 MB     4 ms        3 ms to 6 ms      1 ×
            1    4 MB     5 ms   3.75 ms to 7.5 ms    0.8 ×  +25 %: 3 dot, 2 tanh, 1 other
            2    8 MB     2 ms      1.5 ms to 3 ms      2 ×
            2    4 MB     6 ms      4.5 ms to 9 ms  0.667 ×  +25 %: 3 dot, 2 tanh, 1 other  beaten by 1 thread"
    `)
    expect(plotFrontier(sold)).toMatchInlineSnapshot(`
      "6 ms │·
           │
           │1
           │
           │
           │                                                       1
           │
           │
           │
           │
           │
           │
           │
      2 ms │                                                       2
           └────────────────────────────────────────────────────────
            4 MB                                                8 MB memory
      1: 1 thread   2: 2 threads"
    `)
  })

  test("as a table", () => {
    expect(printFrontier(trade)).toMatchInlineSnapshot(`
      "threads  memory  seconds  four times of five  quicker
            1    4 MB     8 ms       6 ms to 12 ms      1 ×
            2    4 MB     4 ms        3 ms to 6 ms      2 ×
            4    4 MB   2.5 ms  1.88 ms to 3.75 ms    3.2 ×
            8    4 MB     3 ms   2.25 ms to 4.5 ms   2.67 ×  beaten by 4 threads"
    `)
  })

  test("as a plot", () => {
    expect(plotFrontier(trade)).toMatchInlineSnapshot(`
      "8 ms │● ·
           │    · ·
           │        · ·
           │            · ·
           │                · ●
           │                    · ·
           │                        · ·                            ○
           │                            · ·      ●
           │                                · ·
           │                                    · · ·
           │                                          · ·
           │                                              · ·
           │                                                  · ·
      1 ms │                                                      ·
           └────────────────────────────────────────────────────────
            1                 2                  4                 8 threads"
    `)
  })

  test("of one choice is a point", () => {
    const one: Frontier = frontierOf("paper", [quote(1, 8, 2e-6)])
    expect(plotFrontier(one)).toContain("│●")
    expect(printFrontier(one)).toContain("2 µs")
  })
})

describe("the frontier of a function", () => {
  const square = (x: Array): Array => np.matmul(x, x)

  test("quotes each number of threads asked for", async () => {
    const { device, points, beaten } = await frontier(square, [f32(64, 64)], { device: "ram" })
    expect([device, points.length + beaten.length]).toEqual(["ram", 1])
    expect(points[0].threads).toBe(1)
    // An operand and a result of 64 × 64 floats at least.
    expect(points[0].memory).toBeGreaterThanOrEqual(2 * 4 * 64 * 64)
    expect(points[0].seconds).toBeGreaterThan(0)
  })

  test("is refused in one sentence where it cannot be", async () => {
    const wrong: readonly (readonly [Promise<Frontier>, string])[] = [
      [frontier(square, [f32("N", "N")], { device: "ram" }), "N"],
      [frontier(square, [f32(8, 8)], { device: "abacus" }), 'no device is called "abacus"'],
      [frontier(square, [f32(8, 8)], { threads: 0 }), "threads is 0: it must be a whole number"],
      [frontier(square, [f32(8, 8)], { threads: [1, 1.5] }), "threads is 1.5"],
      [frontier(square, [f32(8, 9)], { device: "ram" }), "matmul"],
    ]
    for (const [attempt, message] of wrong) {
      const error = await attempt.then(
        () => "no error",
        (thrown: unknown) => (thrown instanceof Error ? thrown.message : "no error"),
      )
      expect(error).toContain(message)
      expect(error).not.toContain("\n")
    }
  })
})

describe("a frontier over memory", () => {
  /** A chain whose gradient keeps a value for each layer. */
  const slope = grad((x: Array, w: Array) => {
    let y = x
    for (let i = 0; i < 10; i++) y = np.tanh(np.matmul(y, w))
    return np.sum(y)
  })
  const specs = [f32(128, 32), f32(32, 32)] as const

  test("buys time with memory, from the least to what keeping everything takes", async () => {
    const { points } = await frontier(slope, [...specs], { device: "ram" })
    expect(points.length).toBeGreaterThan(2)
    const memory = points.map((point) => point.memory)
    expect(memory).toEqual(memory.toSorted((a, b) => b - a))
    expect(points[0].extra).toBe(0)
    for (const { extra, again } of points.slice(1)) {
      expect(extra).toBeGreaterThan(0)
      expect(again.dot).toBeGreaterThan(0)
    }
  })

  test("tries the budgets that are named, and refuses too little", async () => {
    const named = await frontier(slope, [...specs], { device: "ram", memory: ["1MB", 150_000] })
    expect(named.points.map(({ extra }) => extra > 0)).toEqual([false, true])
    expect(named.points[1].memory).toBeLessThanOrEqual(150_000)
    const less = frontier(slope, [...specs], { device: "ram", memory: "1kB" })
    await expect(less).rejects.toThrow("a memory budget of 1000 bytes is too small")
    const wrong = frontier(slope, [...specs], { device: "ram", memory: "lots" })
    await expect(wrong).rejects.toThrow('frontier: memory is "lots"; it takes bytes')
  })
})
