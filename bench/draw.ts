/** `node bench/draw.ts OUT.svg REPORT.json …`: the roofline of what one or more runs measured. */

import { readFileSync, renameSync, writeFileSync } from "node:fs"
import type { Machine } from "./machine.ts"
import type { CaseResult } from "./measure.ts"
import { rooflineSvg } from "./roofline.ts"

interface Saved {
  readonly machine: Machine
  readonly cases: readonly CaseResult[]
}

const [out, ...reports] = process.argv.slice(2)
if (out === undefined || reports.length === 0) {
  console.error(
    "usage: node bench/draw.ts OUT.svg REPORT.json …, written by npm run bench -- --json",
  )
  process.exitCode = 2
} else {
  const saved = reports.map((path): Saved => JSON.parse(readFileSync(path, "utf8")))
  const { cpu, cores, node, date } = saved[0]!.machine
  const title = `${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}`
  writeFileSync(
    `${out}.new`,
    rooflineSvg(
      saved.flatMap(({ cases }) => cases),
      title,
    ),
  )
  renameSync(`${out}.new`, out)
  console.log(`Written to ${out}`)
}
