/**
 * `npm run bench:fit`: how good fits with default settings are, on real data, beside peers on the
 * same rows. What it measures is added to bench/results/fit.json, from which `--docs` writes the
 * table in docs/fit.md.
 *
 *     npm run bench:fit -- --seeds 0 --python python3
 *     npm run bench:fit -- --only california,adult --seeds 1,2
 *     npm run bench:fit -- --docs
 */

import { execFile } from "node:child_process"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import { closeDevices, openDevice } from "../src/array/index.ts"
import { calibrationOf, hasNative } from "../src/device/index.ts"
import { type FitCase, fitCases, tableSeconds } from "./fit-cases.ts"
import { type FitResult, figuresTable, isFitResults, textOf } from "./fit-figures.ts"
import { describeMachine, machineLines } from "./machine.ts"

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const { values: given } = parseArgs({
  options: {
    data: { type: "string", default: place("../../shared/data") },
    fashion: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    /** Cases whose name begins with one of these words, separated by commas. */
    only: { type: "string" },
    seeds: { type: "string", default: "0,1,2" },
    /** A Python with scikit-learn and xgboost, for peers; with autogluon.tabular, where that is there. */
    python: { type: "string" },
    json: { type: "string", default: place("results/fit.json") },
    docs: { type: "boolean", default: false },
  },
})

const docs = place("../docs/fit.md")
const [opening, closing] = ["<!-- figures -->", "<!-- /figures -->"]

if (given.docs) await writeDocs()
else await measure()

async function measure(): Promise<void> {
  const machine = describeMachine()
  for (const line of machineLines(machine)) console.log(line)
  // Once for each machine: fits would do it, within their time.
  for (const name of (await hasNative()) ? ["cpu", "native"] : ["cpu"]) {
    await calibrationOf(await openDevice(name))
  }
  const words = given.only?.toLowerCase().split(",") ?? [""]
  const named = fitCases(given).filter(({ name }) =>
    words.some((word) => name.toLowerCase().startsWith(word)),
  )
  for (const each of named) {
    for (const seed of given.seeds.split(",").map(Number)) {
      const result = await resultOf(each, seed, machine)
      console.log(textOf(result))
      if (!result.reached) process.exitCode = 1
      await add(result)
    }
  }
  await closeDevices()
}

/** A run that fails is a result too: the others go on. */
async function resultOf(
  each: FitCase,
  seed: number,
  machine: FitResult["machine"],
): Promise<FitResult> {
  const { name, metric, goal } = each
  const about = {
    name,
    seed,
    metric,
    goal,
    machine: { ...machine, date: new Date().toISOString() },
  }
  try {
    const own = await each.run(seed)
    const beside = { ...own.beside, ...(await peersOf(each, seed)) }
    return { ...about, ...own, beside, reached: each.reached(own) }
  } catch (error) {
    const how = error instanceof Error ? error.message : String(error)
    return { ...about, score: null, how, beside: {}, reached: false }
  }
}

/** Scores of peers on the same rows; none where no Python is given. */
async function peersOf(
  { files }: FitCase,
  seed: number,
): Promise<Readonly<Record<string, number>>> {
  if (given.python === undefined || files === undefined) return {}
  const [train, test, target] = await files(seed)
  const run = promisify(execFile)
  const args = [place("fit-peers.py"), train, test, target, String(seed), String(tableSeconds)]
  const { stdout, stderr } = await run(given.python, args)
  const said = stderr.split("\n").find((line) => line.startsWith("AutoGluon"))
  if (said !== undefined) console.log(said)
  const found: Readonly<Record<string, number>> = JSON.parse(stdout)
  return found
}

async function known(): Promise<readonly FitResult[]> {
  const text = await readFile(given.json, "utf8").catch(() => "[]")
  const found: unknown = JSON.parse(text)
  if (isFitResults(found)) return found
  throw new SyntaxError(`${given.json} holds no results of npm run bench:fit`)
}

/** Puts a result in the place of an earlier one of the same case and seed. */
async function add(result: FitResult): Promise<void> {
  const others = (await known()).filter(
    ({ name, seed }) => name !== result.name || seed !== result.seed,
  )
  await mkdir(dirname(given.json), { recursive: true })
  await write(given.json, `${JSON.stringify([...others, result], undefined, 2)}\n`)
}

async function writeDocs(): Promise<void> {
  const text = await readFile(docs, "utf8")
  const [before, rest] = text.split(opening)
  const after = rest?.split(closing)[1]
  if (after === undefined) throw new SyntaxError(`${docs} has no place for figures: ${opening}`)
  const order = fitCases(given).map(({ name }) => name)
  const table = figuresTable(await known(), order)
  await write(docs, `${before}${opening}\n\n${table}\n\n${closing}${after}`)
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}
