import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type Computation,
  fitBudget,
  leastPeak,
  measureOrder,
  plainOrder,
} from "../../src/transform/index.ts"
import { longestChain, reverseChain } from "../../src/transform/rematerialise/chain.ts"

/**
 * The least cost within a budget, by Dijkstra's algorithm over everything that can be done: the
 * next step, any earlier one again, or a value let go.
 */
function exhaustive({ steps, bytes }: Computation, budget: number): number {
  const held = (mask: number): number =>
    bytes.reduce((sum, b, value) => sum + (mask & (1 << value) ? b : 0), 0)
  const best = new Map<string, number>([["0 0", 0]])
  const waiting: { cost: number; next: number; mask: number }[] = [{ cost: 0, next: 0, mask: 0 }]
  const reach = (cost: number, next: number, mask: number): void => {
    const key = `${next} ${mask}`
    if ((best.get(key) ?? Number.POSITIVE_INFINITY) <= cost) return
    best.set(key, cost)
    waiting.push({ cost, next, mask })
  }
  while (waiting.length > 0) {
    const at = waiting.reduce((m, w, i) => (w.cost < waiting[m].cost ? i : m), 0)
    const [{ cost, next, mask }] = waiting.splice(at, 1)
    if ((best.get(`${next} ${mask}`) ?? 0) < cost) continue
    if (next === steps.length) return cost
    for (const value of bytes.keys())
      if (mask & (1 << value)) reach(cost, next, mask & ~(1 << value))
    for (let step = 0; step <= next; step++) {
      const { operands, results, cost: own } = steps[step]
      if (!operands.every((value) => mask & (1 << value))) continue
      const after = results.reduce((m, value) => m | (1 << value), mask)
      if (held(after) <= budget) reach(cost + own, step === next ? next + 1 : next, after)
    }
  }
  return Number.POSITIVE_INFINITY
}

/** The least budget in which anything runs: a value of some sum of bytes. */
function leastBudget(computation: Computation): number {
  const { peak } = measureOrder(computation, plainOrder(computation))
  let least = peak
  while (Number.isFinite(exhaustive(computation, least - 1))) least--
  return least
}

const randomComputation: fc.Arbitrary<Computation> = fc
  .array(
    fc.record({
      cost: fc.integer({ min: 1, max: 9 }),
      bytes: fc.integer({ min: 1, max: 6 }),
      reads: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 3, maxLength: 8 },
  )
  .map((rows) => ({
    bytes: rows.map(({ bytes }) => bytes),
    steps: rows.map(({ cost, reads }, i) => ({
      cost,
      operands: i === 0 ? [] : [...new Set(reads.map((read) => read % i))],
      results: [i],
    })),
  }))

/** n states forwards, then n steps that need them from the last to the first. */
function training(costs: readonly number[], sizes: readonly number[]): Computation {
  const n = costs.length
  return {
    bytes: [...sizes, ...sizes.map(() => 0)],
    steps: [
      ...costs.map((cost, k) => ({ cost, operands: k === 0 ? [] : [k - 1], results: [k] })),
      ...costs.map((_, k) => ({
        cost: 0,
        operands: [n - 1 - k, ...(k === 0 ? [] : [n + k - 1])],
        results: [n + k],
      })),
    ],
  }
}

describe("the reversal of a chain", () => {
  const uniform = (n: number, slots: number) =>
    reverseChain(
      { costs: Array.from({ length: n }, () => 1), sizes: Array.from({ length: n }, () => 1) },
      slots,
    )

  test("makes no state more than r times just where n + 1 ≤ C(c + r, c)", () => {
    for (let slots = 1; slots <= 4; slots++) {
      for (let repeats = 1; repeats <= 4; repeats++) {
        const longest = longestChain(slots, repeats) - 1
        if (longest > 60) continue
        // Griewank: l states are reversed by r·l − C(c + r, c + 1) steps at the least.
        const binomial = longestChain(slots + 1, repeats - 1)
        expect(uniform(longest, slots)?.cost).toBe(repeats * (longest + 1) - binomial)
        const made = (uniform(longest, slots)?.sweeps ?? []).flatMap((sweep) => sweep.made)
        const times = Array.from({ length: longest }, (_, k) => made.filter((m) => m === k).length)
        expect(Math.max(...times)).toBe(repeats)
      }
    }
  })

  test("is what an exhaustive search finds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 })), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.integer({ min: 1, max: 12 }),
        (states, room) => {
          const [costs, sizes] = [states.map(([cost]) => cost), states.map(([, size]) => size)]
          const found = reverseChain({ costs, sizes }, room)
          // While a state is made, the one before it is there too, which the chain does not count.
          const most = exhaustive(training(costs, sizes), room + Math.max(...sizes))
          if (found === undefined) expect(room).toBeLessThan(sizes.reduce((a, b) => a + b))
          else expect(found.cost).toBeGreaterThanOrEqual(most)
          if (Number.isFinite(exhaustive(training(costs, sizes), room)) && found !== undefined) {
            expect(found.cost).toBeLessThanOrEqual(exhaustive(training(costs, sizes), room))
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  test("that fits no state is refused", () => {
    expect(reverseChain({ costs: [1, 1], sizes: [3, 3] }, 2)).toBeUndefined()
    expect(reverseChain({ costs: [], sizes: [] }, 0)?.cost).toBe(0)
  })
})

describe("a budget", () => {
  test("is kept, at a cost that an exhaustive search seldom beats", () => {
    let [same, all, ours, least] = [0, 0, 0, 0]
    fc.assert(
      fc.property(randomComputation, fc.double({ min: 0, max: 1, noNaN: true }), (c, share) => {
        const plain = measureOrder(c, plainOrder(c))
        const low = leastBudget(c)
        const budget = Math.round(low + share * (plain.peak - low))
        const best = exhaustive(c, budget)
        const { cost, peak, order } = fitBudget(c, budget)
        expect(measureOrder(c, order)).toMatchObject({ cost, peak })
        all++
        if (peak > budget) return
        expect(cost).toBeGreaterThanOrEqual(best)
        ours += cost
        least += best
        if (cost === best) same++
      }),
      { numRuns: 400, seed: 7 },
    )
    expect(same / all).toBeGreaterThan(0.9)
    expect(ours / least).toBeLessThan(1.02)
  })

  test("of a chain is bought at the exact price", () => {
    for (const [n, slots] of [
      [5, 2],
      [9, 3],
      [14, 4],
      [20, 5],
    ]) {
      const c = training(
        Array.from({ length: n }, () => 1),
        Array.from({ length: n }, () => 1),
      )
      const exact = reverseChain(
        { costs: c.steps.slice(0, n).map(() => 1), sizes: c.bytes.slice(0, n) },
        slots,
      )
      // One state more is there while one is made from another.
      const { cost, peak } = fitBudget(c, slots + 1)
      expect(peak).toBeLessThanOrEqual(slots + 1)
      expect(cost).toBeLessThanOrEqual(exact?.cost ?? 0)
    }
  })

  test("that is enough costs nothing, and there is a least one", () => {
    const c = training([1, 1, 1, 1], [4, 4, 4, 4])
    expect(fitBudget(c, 16).order).toEqual(plainOrder(c))
    expect(leastPeak(c).peak).toBe(8)
  })
})
