import { expect, test } from "vitest"
import { satisfies } from "../../scripts/install.js"
import { line, tally } from "../../scripts/tally.js"

const lock = {
  packages: {
    "": { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b-for-another-machine": { version: "1.0.0", optional: true },
  },
}

test("packages at their locked versions need no installing", () => {
  const a = { version: "1.0.0" }
  expect(satisfies({ packages: { "node_modules/a": a } }, lock)).toBe(true)
  expect(satisfies({ packages: { "node_modules/a": a, "node_modules/more": a } }, lock)).toBe(true)
})

test("a package that is missing or at another version needs installing", () => {
  const other = { version: "1.0.1" }
  expect(satisfies({ packages: {} }, lock)).toBe(false)
  expect(satisfies({ packages: { "node_modules/a": other } }, lock)).toBe(false)
  const optional = { ...lock.packages, "node_modules/b-for-another-machine": other }
  expect(satisfies({ packages: optional }, lock)).toBe(false)
})

const report = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
}

test("the last line counts what passed, failed and was skipped", () => {
  expect(line(tally(report, 0))).toBe("3 passed, 0 failed, 2 skipped")
})

test("a test file that cannot be loaded is a failure", () => {
  const testResults = [...report.testResults, { status: "failed", assertionResults: [] }]
  expect(tally({ ...report, testResults }, 1).failed).toBe(1)
})

test("a failed test is counted once, not once more for its file", () => {
  const testResults = [{ status: "failed", assertionResults: [{ status: "failed" }] }]
  expect(tally({ ...report, numFailedTests: 1, testResults }, 1).failed).toBe(1)
})

test("a run that ends badly is a failure whatever its report says", () => {
  expect(line(tally(undefined, 1))).toBe("0 passed, 1 failed, 0 skipped")
  expect(tally(report, 134).failed).toBe(1)
})
