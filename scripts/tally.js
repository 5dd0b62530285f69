/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * The part of Vitest's JSON report that counts.
 *
 * @typedef {{
 *   numPassedTests: number,
 *   numFailedTests: number,
 *   numPendingTests: number,
 *   numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[],
 * }} Report
 */

/**
 * Counts the tests of a report. A file that fails without a failed test in it, because it could not
 * be loaded, is one failure; so is a run that ends badly for a reason that no test shows.
 *
 * @param {Report | undefined} report what Vitest wrote, if it came to that
 * @param {number} exitCode Vitest's
 * @returns {Tally}
 */
export function tally(report, exitCode) {
  const broken = report?.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  )
  const failed = (report?.numFailedTests ?? 0) + (broken?.length ?? 0)
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  }
}

/** @param {Tally} tally */
export function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
