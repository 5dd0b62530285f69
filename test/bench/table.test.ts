import { expect, test } from "vitest"
import type { CaseResult, Measured } from "../../bench/measure.ts"
import { summaryLines } from "../../bench/summary.ts"
import { caseLines, milliseconds } from "../../bench/table.ts"

const even = (value: number) => ({ median: value, min: value, max: value })

function measured(contestant: string, time: number, difference: number) {
  const about: Measured = {
    version: "1.0.0",
    threads: 2,
    setting: "as it comes",
    first: 3 * time,
    time: even(time),
    cpu: even(1.5 * time),
    samples: [{ milliseconds: time, cpu: 1.5 * time }],
    difference,
  }
  return { contestant, ...about }
}

const result: CaseResult = {
  name: "matmul 1024",
  group: "matmul",
  limit: { by: "arithmetic", operations: 2e9 },
  tolerance: 1e-5,
  outcomes: [
    measured("tradespace", 20, 0),
    measured("faster", 10, 2e-6),
    measured("wrong", 100, 1),
    { contestant: "broken", failure: "its process ended" },
  ],
  machine: even(2e11),
}

test("a case shows rates, shares of the limit, ratios, and who failed or computed otherwise", () => {
  expect(caseLines(result)).toMatchInlineSnapshot(`
    [
      "matmul 1024  (limit in the same rounds: multiply-adds in registers, 200.0 GFLOP/s, 200.0 to 200.0)",
      "               median      min      max  cores busy           rate  of limit  times ours  first run     differs",
      "  tradespace  20.0 ms  20.0 ms  20.0 ms        1.50  100.0 GFLOP/s      50 %       1.00×    60.0 ms           0",
      "  faster      10.0 ms  10.0 ms  10.0 ms        1.50  200.0 GFLOP/s     100 %       0.50×    30.0 ms        2e-6",
      "  wrong        100 ms   100 ms   100 ms        1.50   20.0 GFLOP/s      10 %       5.00×     300 ms  1e+0 WRONG",
      "  broken failed: its process ended",
    ]
  `)
})

test("the summary has one line for each case", () => {
  expect(summaryLines([result], "median")).toMatchInlineSnapshot(`
    [
      "Medians, and how many times as long the others take:",
      "               tradespace  of limit  faster  wrong  broken",
      "  matmul 1024     20.0 ms      50 %   0.50×  5.00×  failed",
    ]
  `)
  expect(summaryLines([], "min")).toEqual([])
})

test("times have three digits that matter", () => {
  expect([0.0123, 0.5, 1.234, 12.34, 1234].map(milliseconds)).toEqual([
    "12.3 µs",
    "500 µs",
    "1.23 ms",
    "12.3 ms",
    "1234 ms",
  ])
})
