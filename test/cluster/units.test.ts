import { describe, expect, test } from "vitest"
import {
  bytes,
  count,
  duration,
  energy,
  money,
  parseCount,
  parseDuration,
  parseWhole,
  short,
} from "../../src/cluster/units.ts"

describe("amounts as people write them", () => {
  test.each([
    ["30d", 30 * 86400],
    ["12h", 43200],
    ["90min", 5400],
    ["1.5y", 1.5 * 365.25 * 86400],
    ["2mo", (365.25 * 86400) / 6],
    ["45", 45],
  ])("%s is %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBeCloseTo(seconds, 6)
  })

  test.each([
    ["300e9", 300e9],
    ["300B", 300e9],
    ["1.5T", 1.5e12],
    ["1024", 1024],
    ["2k", 2000],
  ])("%s is %d", (text, value) => {
    expect(parseCount(text)).toBe(value)
  })

  test.each(["30x", "d", "", "-3d", "1e99y", "0d"])("%j is no duration", (text) => {
    expect(() => parseDuration(text, "--deadline")).toThrow(/^--deadline is/)
  })

  test("what must be whole must be whole", () => {
    expect(() => parseWhole("1.5", "--gpus")).toThrow(/whole number/)
    expect(() => parseWhole("0", "--gpus")).toThrow(/--gpus is "0"/)
  })
})

test("amounts read well", () => {
  expect(duration(34.5 * 86400)).toBe("34.5 days")
  expect(duration(36e-6)).toBe("36 µs")
  expect(duration(1.133e-3)).toBe("1.13 ms")
  expect(duration(80)).toBe("80 s")
  expect(duration(0)).toBe("0 s")
  expect(bytes(700e9)).toBe("700 GB")
  expect(count(174_604_234_752)).toBe("175 B")
  expect(money(4.6e6)).toBe("$4.6 M")
  expect(energy(2.5e12)).toBe("694 MWh")
  expect(short(3.14e23)).toBe("3.14e23")
})
