import { expect, test } from "vitest"
import type { CaseResult, Measured } from "../../bench/measure.ts"
import { rooflineSvg } from "../../bench/roofline.ts"

const even = (value: number) => ({ median: value, min: value, max: value })

const about: Measured = {
  version: "1.0.0",
  threads: 2,
  setting: "as it comes",
  first: 1,
  time: even(10),
  cpu: even(10),
  samples: [],
  difference: 0,
}

function result(limit: CaseResult["limit"], machine: number): CaseResult {
  const outcomes = [{ contestant: "tradespace", ...about }]
  const name = `by ${limit.by}`
  return { name, group: "test", limit, tolerance: 0, outcomes, machine: even(machine) }
}

test("a case stands at its operations per byte, under the machine's two limits", () => {
  const compute = result({ by: "arithmetic", operations: 1e9, bytes: 1e7 }, 2e11)
  const memory = result({ by: "bandwidth", operations: 1e7, bytes: 1e8 }, 2e10)
  const svg = rooflineSvg([compute, memory], "a machine of <2> cores")
  expect(svg).toContain("tradespace, by arithmetic: 100.0 GFLOP/s")
  expect(svg).toContain("tradespace, by bandwidth: 1.0 GFLOP/s")
  expect(svg).toContain("200 GFLOP/s")
  expect(svg).toContain("20.0 GB/s")
  expect(svg).toContain("a machine of &lt;2> cores")
})

test("without both limits there is no roof", () => {
  const compute = result({ by: "arithmetic", operations: 1e9, bytes: 1e7 }, 2e11)
  expect(() => rooflineSvg([compute], "")).toThrow("cases by bandwidth")
})
