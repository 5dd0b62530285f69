import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  bekenstein,
  bremermann,
  causalDiamond,
  causalDiamondVolume,
  futureCone,
  futureConeVolume,
  holographic,
  LIGHT_SPEED,
  landauer,
  lightCrossing,
  lightDistance,
  margolusLevitin,
  ROOM_KELVIN,
  restEnergy,
  spacetimeFloor,
} from "../../src/physics/index.ts"

/** Operations per second and cubic metre of a DGX H100 in bfloat16. */
const density = (8 * 989.4e12) / 0.1539
const atDensity = (operations: number) => ({ operations, operationsPerCubicMetreSecond: density })
const positive = fc.double({ min: 1e-30, max: 1e30, noNaN: true })

describe("light", () => {
  test("lets GPT-3 be trained in 36 µs at the density of a DGX H100, and no sooner", () => {
    expect(causalDiamond.limit(atDensity(3.14e23))).toBeCloseTo(36e-6, 6)
  })

  test("lets AlexNet be trained in 1.27 µs, within 190 m", () => {
    const seconds = causalDiamond.limit(atDensity(90 * 1.2e6 * 6 * 724_406_816))
    expect(seconds * 1e6).toBeCloseTo(1.27, 2)
    expect((seconds * LIGHT_SPEED) / 2).toBeCloseTo(190, -1)
  })

  test("lets 2e31 operations be done in 3.2 ms", () => {
    expect(causalDiamond.limit(atDensity(2e31)) * 1e3).toBeCloseTo(3.2, 1)
  })

  test("crosses the hall of 16,384 H100 in 22.7 ns and of ten million in 193 ns", () => {
    const cubicMetres = (16_384 / 8) * 0.1539
    expect(lightCrossing.limit({ cubicMetres }) * 1e9).toBeCloseTo(22.7, 1)
    expect(lightCrossing.limit({ cubicMetres: (1e7 / 8) * 0.1539 }) * 1e9).toBeCloseTo(193, 0)
  })

  test("takes a second for 299,792,458 metres", () => {
    expect(lightDistance.limit({ metres: 299_792_458 })).toBe(1)
  })

  test("fills exactly the diamond that the limit allows", () => {
    fc.assert(
      fc.property(positive, positive, (operations, operationsPerCubicMetreSecond) => {
        const given = { operations, operationsPerCubicMetreSecond }
        const within = causalDiamondVolume(causalDiamond.limit(given))
        expect((within * operationsPerCubicMetreSecond) / operations).toBeCloseTo(1, 9)
        const cone = futureConeVolume(futureCone.limit(given))
        expect((cone * operationsPerCubicMetreSecond) / operations).toBeCloseTo(1, 9)
      }),
    )
  })

  test("makes a result wanted at one place wait 8^¼ times longer than one left anywhere", () => {
    const given = atDensity(1e20)
    expect(causalDiamond.limit(given) / futureCone.limit(given)).toBeCloseTo(8 ** 0.25, 12)
  })

  test("fills a diamond that is the sum of its light-filled balls", () => {
    const steps = 20_000
    const seconds = 2e-6
    let volume = 0
    for (let i = 0; i < steps; i++) {
      const time = ((i + 0.5) / steps) * seconds
      const radius = LIGHT_SPEED * Math.min(time, seconds - time)
      volume += ((4 / 3) * Math.PI * radius ** 3 * seconds) / steps
    }
    expect(volume / causalDiamondVolume(seconds)).toBeCloseTo(1, 6)
  })
})

describe("energy", () => {
  test("of 2.87e-21 J is the least heat of a bit erased at 300 K", () => {
    expect(landauer.limit({ bits: 1, kelvin: ROOM_KELVIN }) * 1e21).toBeCloseTo(2.87, 2)
  })

  test("of GPT-3's training stands a hundred million times above Landauer's floor", () => {
    const given = { bits: 3.14e23 * 32, kelvin: ROOM_KELVIN }
    expect(landauer.limit(given) / 2.9e4).toBeCloseTo(1, 1)
    const check = landauer.check(given, 2.5e12)
    expect(check.satisfied).toBe(true)
    expect(Math.log10(check.slack)).toBeCloseTo(7.94, 1)
  })

  test("of one joule allows 6.04e33 operations per second", () => {
    expect(margolusLevitin.limit({ joules: 1 }) / 1e33).toBeCloseTo(6.04, 2)
  })

  test("of one kilogram allows 5.4256e50 operations per second", () => {
    expect(margolusLevitin.limit({ joules: restEnergy(1) }) / 1e50).toBeCloseTo(5.4256, 4)
  })

  test("of one kilogram allows 1.36e50 bits per second in Bremermann's count", () => {
    expect(bremermann.limit({ kilograms: 1 }) / 1e50).toBeCloseTo(1.36, 2)
  })

  test("of a kilogram within a metre holds 2.577e43 bits", () => {
    const given = { metres: 1, joules: restEnergy(1) }
    expect(bekenstein.limit(given) / 1e43).toBeCloseTo(2.577, 3)
  })
})

test("a square metre bounds 1.38e69 bits", () => {
  expect(holographic.limit({ squareMetres: 1 }) / 1e69).toBeCloseTo(1.38, 2)
})

describe("a law", () => {
  test("says how far an actual number stands from the limit, on the allowed side above 1", () => {
    const given = { operations: 100, operationsPerCubicMetreSecond: 10 }
    expect(spacetimeFloor.check(given, 20)).toEqual({
      ...{ limit: 10, actual: 20, slack: 2, satisfied: true },
    })
    expect(spacetimeFloor.check(given, 5)).toEqual({
      ...{ limit: 10, actual: 5, slack: 0.5, satisfied: false },
    })
    const ceiling = margolusLevitin.check({ joules: 1 }, 1e33)
    expect(ceiling.slack).toBeCloseTo(6.04, 2)
    expect(ceiling.satisfied).toBe(true)
  })

  test("is satisfied exactly at its limit, and by nothing at all under a ceiling", () => {
    const given = { bits: 7, kelvin: 4 }
    expect(landauer.check(given, landauer.limit(given)).satisfied).toBe(true)
    expect(bremermann.check({ kilograms: 1 }, 0)).toMatchObject({
      ...{ slack: Infinity, satisfied: true },
    })
  })

  test("refuses numbers that nothing physical has", () => {
    expect(() => landauer.limit({ bits: 1, kelvin: 0 })).toThrow(
      "Landauer: kelvin is 0; it must be a positive finite number",
    )
    expect(() => landauer.limit({ bits: Number.NaN, kelvin: 1 })).toThrow("bits is NaN")
    expect(() => landauer.check({ bits: 1, kelvin: 1 }, -1)).toThrow(
      "Landauer: the energy is -1; it must be zero or more",
    )
  })

  test("explains every letter of its formula", () => {
    const laws = [
      ...[causalDiamond, futureCone, lightCrossing, lightDistance, spacetimeFloor, landauer],
      ...[margolusLevitin, bremermann, bekenstein, holographic],
    ]
    for (const { formula, symbols, source } of laws) {
      const letters = formula.replace(/\bln\b/g, "").match(/\p{L}/gu) ?? []
      const unexplained = letters.filter((letter) => letter !== "π" && !(letter in symbols))
      expect(unexplained, formula).toEqual([])
      expect(source.length).toBeGreaterThan(10)
    }
  })
})
