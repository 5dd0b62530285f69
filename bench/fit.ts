/**
 * `npm run bench:fit`: how good fits with default settings are, on real tables, beside peers on the
 * same rows. Data are looked for in ../shared/data/tables, or where --data says.
 *
 *     npm run bench:fit -- --deadline 180 --seeds 3 --python python3
 */

import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs, promisify } from "node:util"
import { closeDevices } from "../src/array/index.ts"
import { fit } from "../src/fit/index.ts"

const { values: given } = parseArgs({
  options: {
    data: {
      type: "string",
      default: new URL("../../shared/data/tables", import.meta.url).pathname,
    },
    deadline: { type: "string", default: "180" },
    seeds: { type: "string", default: "3" },
    only: { type: "string" },
    /** A Python with scikit-learn and xgboost, for peers. */
    python: { type: "string" },
  },
})

interface Case {
  readonly name: string
  readonly target: string
  readonly metric: string
  readonly goal: string
  /** Training and test rows for a seed, as CSV files in a folder. */
  files(folder: string, seed: number): Promise<readonly [train: string, test: string]>
}

const cases: readonly Case[] = [
  {
    name: "california-housing",
    target: "MedHouseVal",
    metric: "RMSE",
    goal: "≤ 0.45",
    async files(folder, seed) {
      const text = await readFile(join(given.data, "california-housing.csv"), "utf8")
      const [head, ...rows] = text.trimEnd().split("\n")
      const order = shuffled(rows, seed)
      const held = Math.round(0.2 * order.length)
      const files = [join(folder, "train.csv"), join(folder, "test.csv")] as const
      await writeFile(files[0], `${[head, ...order.slice(held)].join("\n")}\n`)
      await writeFile(files[1], `${[head, ...order.slice(0, held)].join("\n")}\n`)
      return files
    },
  },
  {
    name: "adult",
    target: "income",
    metric: "accuracy",
    goal: "≥ 0.868",
    files: async () => [join(given.data, "adult-train.csv"), join(given.data, "adult-test.csv")],
  },
]

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const list = [...items]
  let state = (seed * 2654435761 + 12345) >>> 0
  for (let i = list.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    const [a, b] = [list[i], list[j]]
    list[i] = b
    list[j] = a
  }
  return list
}

/** Scores of peers on the same rows; none where no Python is given. */
async function peers(train: string, test: string, target: string, seed: number) {
  if (given.python === undefined) return {}
  const script = new URL("fit-peers.py", import.meta.url).pathname
  const run = promisify(execFile)
  const { stdout } = await run(given.python, [script, train, test, target, String(seed)])
  const found: Readonly<Record<string, number>> = JSON.parse(stdout)
  return found
}

console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`)
for (const each of cases) {
  if (given.only !== undefined && given.only !== each.name) continue
  if (!existsSync(given.data)) {
    console.log(`${each.name}: skipped, since ${given.data} is not there`)
    continue
  }
  for (let seed = 0; seed < Number(given.seeds); seed++) {
    const folder = await mkdtemp(join(tmpdir(), "tradespace-bench-"))
    const [train, test] = await each.files(folder, seed)
    const began = performance.now()
    const { record } = await fit(train, {
      target: each.target,
      test,
      validationShare: 0.2,
      seed,
      deadline: Number(given.deadline),
    })
    const seconds = (performance.now() - began) / 1000
    const standings = record.standings.slice(1).map(({ name, score }) => [name, score] as const)
    const others = {
      ...Object.fromEntries(standings),
      ...(await peers(train, test, each.target, seed)),
    }
    const told = Object.entries(others).map(([name, score]) => `${name} ${score.toFixed(4)}`)
    console.log(
      `${each.name}, seed ${seed}: ${each.metric} ${record.test?.[each.metric].toFixed(4)} ` +
        `(goal ${each.goal}) in ${seconds.toFixed(0)} s, size ${record.size}, ` +
        `${record.steps} steps; beside it ${told.join(", ")}`,
    )
  }
}
await closeDevices()
