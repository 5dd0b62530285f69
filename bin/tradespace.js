#!/usr/bin/env node
// The command, from the published package or from the repository. The repository runs its sources
// under the Node that it pins, whatever Node started this file.

import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const least = [22, 12]
const source = new URL("../src/cli/main.ts", import.meta.url)

if (existsSync(source)) {
  const { install } = await import("../scripts/install.js")
  const { run } = await import("../scripts/child.js")
  try {
    process.exitCode = await run(install(), [fileURLToPath(source), ...process.argv.slice(2)])
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
} else if (!isLate(process.versions.node)) {
  console.error(
    `tradespace: this is Node ${process.versions.node}, and ${least.join(".")} or later is needed: install the current one from nodejs.org`,
  )
  process.exitCode = 1
} else {
  await import(new URL("../dist/cli/main.js", import.meta.url).href)
}

/** @param {string} version as in 24.1.0 */
function isLate(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > least[0] || (major === least[0] && minor >= least[1])
}
