import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { dalyInterval, failureStretch, youngInterval } from "../../src/physics/index.ts"

/** The interval with the least stretch, by golden-section search. */
function bestInterval(saveSeconds: number, meanSecondsToFailure: number): number {
  const stretch = (intervalSeconds: number) =>
    failureStretch({ intervalSeconds, saveSeconds, restartSeconds: 0, meanSecondsToFailure })
  let [low, high] = [saveSeconds / 100, 10 * meanSecondsToFailure]
  for (let i = 0; i < 200; i++) {
    const third = (high - low) / 3
    if (stretch(low + third) < stretch(high - third)) high -= third
    else low += third
  }
  return (low + high) / 2
}

describe("the checkpoint interval", () => {
  test("of Young is the geometric mean of twice the save and the time to failure", () => {
    expect(youngInterval(60, 3 * 3600)).toBeCloseTo(Math.sqrt(2 * 60 * 3 * 3600), 9)
    expect(youngInterval(8, 1)).toBe(4)
  })

  test("of Daly is within a percent of the best while saves are short", () => {
    const ratio = fc.double({ min: 1e-4, max: 0.1, noNaN: true })
    fc.assert(
      fc.property(ratio, (save) => {
        expect(dalyInterval(save, 1) / bestInterval(save, 1)).toBeCloseTo(1, 2)
      }),
      { numRuns: 30 },
    )
  })

  test("of Daly is the time to failure when saving takes longer than two of them", () => {
    expect(dalyInterval(20, 10)).toBe(10)
    expect(dalyInterval(21, 10)).toBe(10)
  })

  test("refuses a save or a failure that takes no time", () => {
    expect(() => youngInterval(0, 1)).toThrow("a save of 0 s cannot be")
    expect(() => dalyInterval(1, Infinity)).toThrow("a mean time to failure of Infinity s")
  })
})

describe("failures stretch a run", () => {
  const failures = { saveSeconds: 30, restartSeconds: 300, meanSecondsToFailure: 10_000 }

  test("by more than nothing, and least near Daly's interval", () => {
    const at = (intervalSeconds: number) => failureStretch({ ...failures, intervalSeconds })
    const daly = dalyInterval(30, 10_000)
    expect(at(daly)).toBeGreaterThan(1)
    expect(at(daly)).toBeLessThan(at(daly / 3))
    expect(at(daly)).toBeLessThan(at(daly * 3))
  })

  test("hardly at all when they are rare", () => {
    const rare = { ...failures, meanSecondsToFailure: 1e12, intervalSeconds: 1e6 }
    expect(failureStretch(rare)).toBeCloseTo(1, 4)
  })

  test("as a simulation of random failures does", () => {
    const { saveSeconds, restartSeconds, meanSecondsToFailure } = failures
    const intervalSeconds = 900
    let seed = 7
    const uniform = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const segments = 40_000
    let wall = 0
    for (let i = 0; i < segments; i++) {
      let needed = intervalSeconds + saveSeconds
      for (;;) {
        const failsAfter = -meanSecondsToFailure * Math.log(uniform())
        if (failsAfter >= needed) break
        wall += failsAfter
        needed = restartSeconds + intervalSeconds + saveSeconds
      }
      wall += needed
    }
    const stretch = failureStretch({ ...failures, intervalSeconds })
    expect(wall / (segments * intervalSeconds) / stretch).toBeCloseTo(1, 1)
  })

  test("only when the interval is positive", () => {
    expect(() => failureStretch({ ...failures, intervalSeconds: 0 })).toThrow("cannot be")
  })
})
