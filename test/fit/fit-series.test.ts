import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { machineFiles } from "../../src/data/index.ts"
import { type FittedNetwork, fit as fitNetwork, loadNetwork } from "../../src/fit/index.ts"
import { holtWinters, seasonalNaive } from "../../src/fit/series/holt-winters.ts"
import { seasonOf } from "../../src/fit/series/series.ts"
import { seriesSolver } from "../../src/fit/series/series-solver.ts"

const folder = mkdtempSync(join(tmpdir(), "tradespace-series-"))
const file = join(folder, "load.csv")

/** Two columns with a day of 24 rows, a drift and some noise. */
function load(rows: number): string {
  let state = 5
  const noise = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648 - 0.5
  }
  const lines = Array.from({ length: rows }, (_, i) => {
    const time = new Date(Date.UTC(2024, 0, 1, i)).toISOString().slice(0, 16).replace("T", " ")
    const day = Math.sin((2 * Math.PI * i) / 24)
    return `${time},${(10 + 3 * day + 0.002 * i + noise()).toFixed(3)},${(2 - day + noise()).toFixed(3)}`
  })
  return `time,load,heat\n${lines.join("\n")}\n`
}

let network: FittedNetwork

beforeAll(async () => {
  writeFileSync(file, load(900))
  network = await fitNetwork(file, {
    target: "load",
    horizon: 12,
    context: 48,
    network: "patchtst",
    size: "xs",
    steps: 200,
    out: join(folder, "network"),
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

test("a table of dates and numbers is a series, with its season found", () => {
  expect(network.task).toMatchObject({ kind: "series", goal: "forecast" })
  expect(network.record.reasons.join()).toContain("the season of load is 24 rows")
})

test("forecasts are better than the season before, and the verdict says of what", () => {
  const score = (name: string) =>
    network.record.standings.find((one) => one.name === name)?.score ?? Number.NaN
  expect(score("this network")).toBeLessThan(score("the season before"))
  expect(score("this network")).toBeLessThan(score("the last value"))
  expect(network.record.verdict).toMatch(/Holt–Winters|the season before|the last value/)
})

test("the rows that follow a file come with their moments, from a saved network too", async () => {
  const { rows } = await network.predictFile(file)
  expect(rows).toHaveLength(12)
  expect(rows[0].time).toBe("2024-02-07 12:00:00")
  const again = await loadNetwork(join(folder, "network"))
  expect(await again.predictFile(file)).toEqual(await network.predictFile(file))
})

test("moments that are numbers go on by their last step", async () => {
  const path = join(folder, "tenths.csv")
  const lines = load(100).split("\n")
  writeFileSync(
    path,
    lines.map((line, i) => line.replace(/^[-: \d]+/, (i / 10).toFixed(1))).join("\n"),
  )
  const fitted = await fitNetwork(path, {
    ...{ time: "time", kind: "series", network: "dlinear", horizon: 3, context: 24, steps: 2 },
  })
  const { rows } = await fitted.predictFile(path)
  expect(rows.map(({ time }) => time)).toEqual([10.1, 10.2, 10.3])
})

test("what a killed fit left half-written is in nobody's way", async () => {
  const out = join(folder, "killed")
  mkdirSync(out)
  writeFileSync(join(out, "checkpoint.safetensors.new"), "half")
  await network.save(out)
  expect(await (await loadNetwork(out)).predictFile(file)).toEqual(await network.predictFile(file))
  writeFileSync(join(out, "letter.txt"), "mine")
  await expect(network.save(out)).rejects.toThrow("holds letter.txt, which is not mine to replace")
})

test("rows as JSON are forecast, and too few are refused with how many it takes", async () => {
  const some = Array.from({ length: 48 }, (_, i) => ({
    load: 10 + 3 * Math.sin((2 * Math.PI * i) / 24),
    heat: 2,
  }))
  const { rows } = await network.predict(some)
  expect(Object.keys(rows[0])).toEqual(["step", "load", "heat"])
  await expect(network.predict(some.slice(1))).rejects.toThrow("where the latest 48 are needed")
})

test.each([
  ["short", load(30), { horizon: 12 }, "too few to learn"],
  ["target", load(200), { target: "cold" }, "target is cold"],
  ["network", load(200), { network: "oracle" }, "network is oracle"],
  ["horizon", load(200), { horizon: 0 }, "horizon is 0"],
  ["size", load(200), { size: "xl", network: "dlinear" }, "must be s, its only one"],
])("a series with a wrong %s is refused", async (name, text, settings, message) => {
  const path = join(folder, `${name}.csv`)
  writeFileSync(path, text)
  await expect(fitNetwork(path, { steps: 1, kind: "series", ...settings })).rejects.toThrow(message)
})

test("missing cells have the value before them, and are told", async () => {
  const path = join(folder, "gaps.csv")
  const lines = load(300).split("\n")
  lines[50] = lines[50].replace(/,[^,]*$/, ",")
  writeFileSync(path, lines.join("\n"))
  const fitted = await fitNetwork(path, { steps: 2, horizon: 6, context: 24, network: "dlinear" })
  expect(fitted.record.findings.map(({ name }) => name)).toContain("gaps")
})

test("commas and points mean in later files of a series what they meant in the first", async () => {
  const german = (text: string) =>
    text.replaceAll(/,([^,\n]*)/g, (_, cell: string) => `;${cell.replace(".", ",")}`)
  const path = join(folder, "last.csv")
  const lines = german(load(300)).split("\n")
  writeFileSync(
    path,
    lines.map((line, i) => (i % 9 === 4 ? line.replace(/;[^;]*/, ";1.000") : line)).join("\n"),
  )
  const fitted = await fitNetwork(path, { steps: 2, horizon: 6, context: 24, network: "dlinear" })
  expect(fitted.record.findings).toContainEqual(
    expect.objectContaining({ name: "decimal-commas", severity: "note" }),
  )
  const latest = Array.from({ length: 24 }, (_, i) => ({ load: 1000 + i, heat: 2.125 }))
  const asText = latest.map(({ load }) => ({ load: `1.0${load - 1000 + 10}`, heat: "2,125" }))
  expect(await fitted.predict(asText)).toEqual(
    await fitted.predict(latest.map(({ load, heat }) => ({ load: load + 10, heat }))),
  )
})

test("rows out of order are sorted, and steps that are not as the others are told", async () => {
  const [head = "", ...rows] = load(300).trimEnd().split("\n")
  const found = async (name: string, lines: readonly string[], options = {}) => {
    const path = join(folder, name)
    writeFileSync(path, [head, ...lines, ""].join("\n"))
    const { findings } = await seriesSolver.prepare(path, { seed: 0, ...options }, machineFiles)
    return findings
  }
  expect(await found("even.csv", rows)).toEqual([])
  const [unsorted, ...more] = await found("unsorted.csv", rows.toReversed())
  expect(unsorted?.name).toBe("unsorted-time")
  expect(more).toEqual([])
  const [uneven] = await found("missing-hours.csv", rows.toSpliced(100, 29))
  expect(uneven?.message).toMatch(/goes on by 1 hour, but not 1 times, first from /)
  const numbered = rows.map((row, i) => row.replace(/^[^,]*/, String(i < 250 ? i : i + 5)))
  const counted = await found("numbers.csv", numbered, { time: "time", kind: "series" })
  expect(counted.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^the column "time" of .* goes on by 1, but not 1 times, first from 249 to 255/,
    ),
  ])
  const [moved] = await found("moved.csv", numbered.toReversed(), { time: "time", kind: "series" })
  expect(moved?.message).toMatch(/not in the order of the column "time"/)
  const [double] = await found("twice.csv", rows.toSpliced(100, 0, ...rows.slice(100, 101)))
  expect(double?.name).toBe("uneven-steps")
})

describe("simple ways", () => {
  test("repeat a season", () => {
    expect(seasonalNaive([1, 2, 3, 4, 5], 2, 5)).toEqual([4, 5, 4, 5, 4])
  })

  test("follow a level, a trend and a season exactly where there is nothing else", () => {
    const season = [3, -1, -2, 0]
    const flat = Array.from({ length: 40 }, (_, i) => 10 + season[i % 4])
    for (const [i, value] of holtWinters(flat, 4, 8).entries()) {
      expect(value).toBeCloseTo(10 + season[i % 4], 6)
    }
  })

  test("multiply a season that grows with the level", () => {
    const grown = Array.from(
      { length: 60 },
      (_, i) => (10 + i) * (1 + 0.3 * Math.sin((Math.PI * i) / 3)),
    )
    const found = holtWinters(grown, 6, 6)
    for (const [i, value] of found.entries()) {
      const true_ = (70 + i) * (1 + 0.3 * Math.sin((Math.PI * (60 + i)) / 3))
      expect(Math.abs(value - true_) / true_).toBeLessThan(0.1)
    }
  })

  test("find the season of a noisy wave, and none of noise", () => {
    const wave = Float64Array.from(
      { length: 300 },
      (_, i) => Math.sin((2 * Math.PI * i) / 7) + 0.01 * i,
    )
    expect(seasonOf(wave)).toBe(7)
    expect(seasonOf(Float64Array.from({ length: 50 }, () => 3))).toBe(1)
  })
})

const airline = "../shared/data/series/airline-passengers.csv"
test.skipIf(!existsSync(airline))(
  "airline passengers: the last 24 months are forecast and held against Holt–Winters",
  async () => {
    const fitted = await fitNetwork(airline, { horizon: 24, steps: 300, seed: 1 })
    expect(fitted.record.reasons.join()).toContain("the season of Passengers is 12 rows")
    expect(fitted.record.reasons.join()).toContain("their logarithms are learned")
    expect(fitted.record.verdict).toMatch(/forecasts better than|does not beat/)
    const { rows } = await fitted.predictFile(airline)
    expect(rows[0].Month).toBe("1961-01")
    expect(rows[23].Month).toBe("1962-12")
  },
)
