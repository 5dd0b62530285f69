import fc from "fast-check"
import { expect, test } from "vitest"
import { MissRatioCurve } from "../../src/trade/miss-ratio.ts"
import { UseStack } from "../../src/trade/stack-distance.ts"

/** Things for the digests' place, well mixed as digests are. */
const digestOf = (thing: number) => ((thing + 1) * 0.6180339887498949 * 2 ** 53) % 2 ** 53

/** Hits of a cache of so many bytes, least recently used given up first. */
function simulate(uses: readonly number[], bytesOf: (thing: number) => number, budget: number) {
  const held: number[] = []
  let hits = 0
  for (const thing of uses) {
    const place = held.indexOf(thing)
    if (place >= 0) {
      hits++
      held.splice(place, 1)
    }
    held.unshift(thing)
    while (held.reduce((sum, each) => sum + bytesOf(each), 0) > budget) held.pop()
  }
  return hits
}

/** What a curve says of a budget, in hits. */
function hitsAt(curve: MissRatioCurve, budget: number) {
  const step = curve.steps().findLast(({ memory }) => memory <= budget)
  return Math.round((step?.hitRatio ?? 0) * curve.uses)
}

test("the curve equals the simulation of a cache of every size", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { minLength: 1, maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 10, maxLength: 10 }),
      (uses, sizes) => {
        const bytesOf = (thing: number) => sizes[thing]!
        const curve = new MissRatioCurve()
        for (const thing of uses) curve.use(digestOf(thing), bytesOf(thing), 0)
        for (let budget = 5; budget <= 50; budget++) {
          expect(hitsAt(curve, budget)).toBe(simulate(uses, bytesOf, budget))
        }
      },
    ),
  )
})

test("with things of one size the curve is exact down to a single thing", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 300 }), (uses) => {
      const curve = new MissRatioCurve()
      for (const thing of uses) curve.use(digestOf(thing), 1, 0)
      for (let budget = 0; budget <= 31; budget++) {
        expect(hitsAt(curve, budget)).toBe(simulate(uses, () => 1, budget))
      }
    }),
  )
})

test("distances survive the renumbering of times, and what is retained keeps its order", () => {
  const stack = new UseStack()
  for (let round = 0; round < 2000; round++) {
    for (let thing = 0; thing < 5; thing++) {
      expect(stack.use(thing, 10)).toBe(round === 0 ? undefined : 40)
    }
  }
  stack.retain((thing) => thing % 2 === 0)
  expect(stack.size).toBe(3)
  expect(stack.use(0, 10)).toBe(20)
  expect(stack.use(4, 10)).toBe(10)
  expect(stack.use(1, 10)).toBeUndefined()
})

test("seconds saved are those of the uses that a budget finds", () => {
  const curve = new MissRatioCurve()
  // a (2 s) again after b, b (5 s) again after a.
  for (const thing of [0, 1, 0, 1]) curve.use(digestOf(thing), 8, thing === 0 ? 2 : 5)
  expect(curve.steps()).toEqual([{ memory: 16, hitRatio: 0.5, secondsSaved: 7 / 4 }])
})

test("a curve without uses has no steps", () => {
  expect(new MissRatioCurve().steps()).toEqual([])
})

/** A stream in which few things are used often and many seldom. */
function* skewed(uses: number, things: number) {
  let state = 12345
  for (let i = 0; i < uses; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield Math.floor(things * (state / 2 ** 32) ** 3)
  }
}

test("a sample of the things gives the curve of all of them to within two percent", () => {
  const exact = new MissRatioCurve({ things: 100_000 })
  const sampled = new MissRatioCurve({ things: 2000 })
  for (const thing of skewed(200_000, 50_000)) {
    exact.use(digestOf(thing), 100, 1)
    sampled.use(digestOf(thing), 100, 1)
  }
  expect(exact.rate).toBe(1)
  expect(sampled.rate).toBeLessThan(0.1)
  const steps = exact.steps()
  const estimate = sampled.steps()
  for (let share = 0.05; share < 1; share += 0.05) {
    const memory = share * 50_000 * 100
    const at = (list: typeof steps) => list.findLast((step) => step.memory <= memory)
    expect(Math.abs(at(steps)!.hitRatio - at(estimate)!.hitRatio)).toBeLessThan(0.02)
    expect(Math.abs(at(steps)!.secondsSaved - at(estimate)!.secondsSaved)).toBeLessThan(0.02)
  }
})

test("however many distances there are, the curve keeps few and overstates none by one percent", () => {
  const curve = new MissRatioCurve()
  const things = 12_000
  for (let thing = 0; thing < things; thing++) curve.use(digestOf(thing), 1 + thing, 0)
  for (let thing = things; thing-- > 0; ) curve.use(digestOf(thing), 1 + thing, 0)
  const steps = curve.steps()
  expect(steps.length).toBeLessThan(8192)
  const all = (things * (things + 1)) / 2
  expect(steps.at(-1)!.memory).toBeGreaterThanOrEqual(all)
  expect(steps.at(-1)!.memory).toBeLessThan(1.01 * all)
  expect(steps.at(-1)!.hitRatio).toBe(0.5)
})
