/** `npm run bench`: Tradespace beside other libraries, as ratios of times taken in one run. */

import { mkdirSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { installRivals } from "./install.ts"
import { describeMachine, isBusy, type Machine, machineLines } from "./machine.ts"
import { type CaseResult, measure } from "./measure.ts"
import { type Options, parseOptions, UsageError, usage } from "./options.ts"
import { pythonVariable } from "./rivals/python.ts"
import { measureStages, type SubjectSpreads, stageLines } from "./stages.ts"
import { summaryLines } from "./summary.ts"
import { caseLines } from "./table.ts"

/** Everything measured in one run, as it is written to files. */
interface Report {
  readonly machine: Machine
  readonly effort: Options["effort"]
  readonly cases: readonly CaseResult[]
  readonly stages: SubjectSpreads | undefined
}

async function main(options: Options): Promise<void> {
  // Contestants' processes inherit it.
  if (options.python !== undefined) process.env[pythonVariable] = options.python
  const rows = installRivals(options.rows)
  const machine = describeMachine()
  print(machineLines(machine))
  const settings = new Set<string>()
  const results: CaseResult[] = []
  for (const given of options.cases) {
    const result = await measure(given, rows, options.effort)
    results.push(result)
    for (const outcome of result.outcomes) {
      if ("failure" in outcome) continue
      const { contestant, version, threads, setting } = outcome
      const words = `${contestant} ${version}, ${threads} thread${threads > 1 ? "s" : ""}: ${setting}.`
      if (settings.has(words)) continue
      settings.add(words)
      print([words])
    }
    print(["", ...caseLines(result)])
  }
  const stages = options.stages ? measureStages(options.effort.rounds) : undefined
  if (stages !== undefined) print(["", ...stageLines(stages)])
  print(["", ...summaryLines(results, "median")])
  if (isBusy(machine)) print(["", ...summaryLines(results, "min")])
  const report: Report = { machine, effort: options.effort, cases: results, stages }
  if (options.json !== undefined) write(options.json, report)
  if (options.save) write(placeOf(machine), report)
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line)
}

/** `bench/results/<date>-<processor>.json` */
function placeOf({ date, cpu }: Machine): string {
  const processor = cpu.toLowerCase().replace(/[^a-z0-9]+/g, "-")
  return fileURLToPath(new URL(`results/${date.slice(0, 10)}-${processor}.json`, import.meta.url))
}

/** Writes beside the place and renames, so that nobody finds half a file. */
function write(path: string, report: Report): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, `${JSON.stringify(report, undefined, 2)}\n`)
  renameSync(`${path}.new`, path)
  console.log(`Written to ${path}`)
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) console.log(usage)
  else await main(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
