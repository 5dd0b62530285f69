import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  computeDensity,
  EARTH_GEOID,
  EARTH_SURFACE,
  FLAT,
  LIGHT_SPEED,
  metricDeficit,
  metricFactor,
  spacetimeFloor,
  spacetimeVolume,
} from "../../src/physics/index.ts"

describe("the metric factor", () => {
  test("differs from 1 by 6.96e-10 on the Earth's surface", () => {
    expect(metricDeficit() * 1e10).toBeCloseTo(6.96, 2)
    expect(metricFactor()).toBeLessThan(1)
    expect(metricFactor()).toBe(1 - metricDeficit(EARTH_SURFACE))
  })

  test("on the geoid is the rate of terrestrial time, whose L_G is 6.969290134e-10", () => {
    expect(metricDeficit(EARTH_GEOID) * 1e10).toBeCloseTo(6.96929013, 7)
  })

  test("is exactly 1 without a field", () => {
    expect(metricFactor(FLAT)).toBe(1)
  })

  test("keeps all its digits where 1 − √(1 + 2x) would lose them", () => {
    const x = -1e-20
    expect(metricDeficit(x * LIGHT_SPEED ** 2) / 1e-20).toBeCloseTo(1, 12)
    expect(1 - Math.sqrt(1 + 2 * x)).toBe(0)
  })

  test("grows from 0 at the horizon to 1 far away", () => {
    const potential = fc.double({ min: -0.5, max: 0, noNaN: true, minExcluded: true })
    fc.assert(
      fc.property(potential, potential, (a, b) => {
        const [deep, high] = a < b ? [a, b] : [b, a]
        const [low, up] = [deep, high].map((x) => metricFactor(x * LIGHT_SPEED ** 2))
        expect(low).toBeLessThanOrEqual(up!)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(up).toBeLessThanOrEqual(1)
      }),
    )
  })

  test("does not exist at a horizon", () => {
    expect(() => metricFactor(-(LIGHT_SPEED ** 2) / 2)).toThrow("above −c²/2, the horizon")
    expect(() => metricFactor(Number.NaN)).toThrow("it must be finite")
  })
})

describe("spacetime volume", () => {
  test("is volume times time to nine digits on the Earth", () => {
    expect(spacetimeVolume(14.6, 3e6) / (14.6 * 3e6)).toBeCloseTo(1, 8)
    expect(spacetimeVolume(14.6, 3e6, FLAT)).toBe(14.6 * 3e6)
  })

  test("of GPT-3 on 1024 A100 for 34.5 days is 4.36e7 m³·s, three times its floor", () => {
    const volume = spacetimeVolume(128 * 0.264 * 0.4823 * 0.8971, 34.5 * 86_400)
    expect(volume / 4.36e7).toBeCloseTo(1, 2)
    const given = { operations: 3.14e23, operationsPerCubicMetreSecond: 2.19e16 }
    const check = spacetimeFloor.check(given, volume)
    expect(check.limit / 1.4e7).toBeCloseTo(1, 1)
    expect(check.slack).toBeCloseTo(3, 0)
  })

  test("of 355 years of one card is 1.3e7 m³·s", () => {
    expect(spacetimeVolume(0.267 * 0.111 * 0.038, 355 * 365.25 * 86_400) / 1.3e7).toBeCloseTo(1, 1)
  })

  test("refuses volumes and durations that cannot be", () => {
    expect(() => spacetimeVolume(-1, 1)).toThrow("the volume is -1 m³")
    expect(() => spacetimeVolume(1, Infinity)).toThrow("the duration is Infinity s")
  })
})

test("the density of a DGX A100 is 2.19e16 operations per second and cubic metre", () => {
  expect(computeDensity(8 * 312e12, 0.264 * 0.4823 * 0.8971) / 2.19e16).toBeCloseTo(1, 2)
  expect(() => computeDensity(1, 0)).toThrow("both must be positive")
})
