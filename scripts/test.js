// Types, lint and tests in this order, all of them even where an earlier one fails, and on the very
// last line what came of the tests. A failed type check or lint counts as one failure each.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run } from "./child.js"
import { line, tally } from "./tally.js"

const node = process.execPath
const types = await run(node, ["node_modules/typescript/bin/tsc"])
if (types !== 0) console.log("The type check failed.\n")

const biome = "node_modules/@biomejs/biome/bin/biome"
const lint = await run(node, [biome, "ci", "--error-on-warnings"])
if (lint !== 0) console.log("The lint failed; npm run format mends what can be mended.\n")

const folder = mkdtempSync(join(tmpdir(), "tradespace-test-"))
const report = join(folder, "report.json")
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
const vitest = "node_modules/vitest/vitest.mjs"
const tests = await run(node, [vitest, "run", ...reporters, ...process.argv.slice(2)])
const counts = tally(
  existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined,
  tests,
)
rmSync(folder, { recursive: true })

counts.failed += Number(types !== 0) + Number(lint !== 0)
console.log(line(counts))
process.exitCode = counts.failed === 0 ? 0 : 1
