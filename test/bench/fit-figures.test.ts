import { expect, test } from "vitest"
import { type FitResult, figuresTable, isFitResults, textOf } from "../../bench/fit-figures.ts"

const machine = {
  date: "2026-11-28T23:30:00.000Z",
  cpu: "a processor",
  cores: 2,
  memory: 2 ** 34,
  node: "v24.21.0",
  platform: "linux x64",
  load: 0,
}
const result = (seed: number, score: number | null): FitResult => ({
  name: "houses",
  seed,
  metric: "RMSE",
  goal: "≤ 0.45",
  score,
  seconds: 178.4,
  how: "native, size m",
  beside: { "a linear model": 0.72 },
  reached: score !== null && score <= 0.45,
  machine,
})

test("results of one case are a row with a figure for each seed, in their order", () => {
  const table = figuresTable([result(1, 0.425), result(0, 0.437)], ["cars", "houses"])
  expect(table).toContain("2 cores of a processor, Node v24.21.0, 28 November 2026; seeds 0, 1")
  expect(table.split("\n").at(-1)).toBe(
    "| **houses**<br>native, size m; 28 November 2026 | ≤ 0.45 | " +
      "RMSE<br>0.4370 (178 s)<br>0.4250 (178 s) | a linear model 0.7200 |",
  )
})

test("figures stand under every day and machine that they were measured on, and under no other", () => {
  const measured = (name: string, seed: number, day: string, cpu = "a processor"): FitResult => ({
    ...result(seed, 0.4),
    name,
    machine: { ...machine, cpu, date: `${day}T12:00:00.000Z` },
  })
  const table = figuresTable(
    [
      measured("houses", 0, "2026-11-28"),
      measured("houses", 1, "2026-11-30"),
      measured("houses", 2, "2026-11-29"),
      measured("cars", 0, "2026-12-01", "another"),
      measured("no longer measured", 0, "2025-01-01", "a third"),
    ],
    ["houses", "cars"],
  )
  expect(table).toContain(
    "on 2 cores of a processor, Node v24.21.0 and 2 cores of another, Node v24.21.0, " +
      "28, 29 and 30 November 2026 and 1 December 2026; seeds 0, 1, 2",
  )
  const [houses, cars] = table.split("\n").slice(-2)
  expect(houses).toContain("; 28, 29 and 30 November 2026 |")
  expect(cars).toContain("; 1 December 2026 |")
})

test("a run that failed or missed its goal says so", () => {
  expect(textOf(result(0, 0.46))).toMatch(/^MISSED {2}houses, seed 0: RMSE 0\.4600/)
  expect(textOf(result(0, null))).toContain("RMSE failed")
  expect(textOf(result(0, 0.44))).toMatch(/^reached houses/)
})

test("a file that holds something else is no file of results", () => {
  expect(isFitResults([result(0, 1)])).toBe(true)
  expect(isFitResults([{ name: "houses" }])).toBe(false)
  expect(isFitResults({})).toBe(false)
})
