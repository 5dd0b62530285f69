/**
 * The trades for ordinary functions, as ratios of times taken in one run.
 *
 *     npm run bench:trade [-- folder]
 *
 * `spread` against the ideal makespan, max(work/threads, longest item), on skewed items, and against
 * the worker pools tinypool and piscina on items of 10 µs, where they are installed: in
 * bench/node_modules, by `npm ci` there, or in the folder given. `memoize` against calling the function.
 */

import { createRequire } from "node:module"
import { availableParallelism } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { memoize, spread } from "../src/index.ts"
import { spread as spreadOf } from "./statistics.ts"
import { busy } from "./trade-work.ts"

/** What both rivals offer. */
interface Pool {
  run(items: number | readonly number[]): Promise<unknown>
  destroy(): Promise<void>
}

type PoolClass = new (options: {
  filename: string
  minThreads: number
  maxThreads: number
  execArgv: string[]
}) => Pool

const rounds = 7
const threads = availableParallelism()
const folder = process.argv[2] ?? fileURLToPath(new URL(".", import.meta.url))

/** Milliseconds that something takes. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/** Durations in microseconds with a long tail: Pareto with exponent 1, cut off at 50 ms. */
function skewed(n: number): number[] {
  let state = 1
  return Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.min(50_000, (100 * 2 ** 32) / (state + 1))
  })
}

async function measureSkewed(): Promise<void> {
  const items = skewed(3000)
  const ratios: number[] = []
  for (let round = 0; round <= rounds; round++) {
    let spent: number[] = []
    const took = await timed(async () => {
      spent = await spread(busy, items, { threads })
    })
    const work = spent.reduce((sum, each) => sum + each, 0)
    const ideal = Math.max(work / threads, ...spent)
    // The first round starts the threads.
    if (round > 0) ratios.push(took / ideal)
  }
  const { median, min, max } = spreadOf(ratios)
  console.log(
    `3000 items of 0.1 to 50 ms, most of them short: ${median.toFixed(3)} × the ideal makespan ` +
      `(${min.toFixed(3)} to ${max.toFixed(3)}; goal 1.10)\n`,
  )
}

/** A pool's class, if it is installed. */
async function poolOf(name: string): Promise<PoolClass | undefined> {
  try {
    const path = createRequire(join(resolve(folder), "package.json")).resolve(name)
    const exports: Readonly<Record<string, PoolClass>> = await import(pathToFileURL(path).href)
    return exports.Tinypool ?? exports.Piscina ?? exports.default
  } catch {
    console.log(`${name} is not installed in ${folder}, so it is left out`)
    return undefined
  }
}

async function measureTiny(): Promise<void> {
  const items = new Array<number>(20_000).fill(10)
  const batches = Array.from({ length: 200 }, (_, i) => items.slice(100 * i, 100 * (i + 1)))
  const filename = fileURLToPath(new URL("trade-work.ts", import.meta.url))
  const rows = new Map<string, (share: number) => Promise<unknown>>([
    ["spread", (share) => spread(busy, items.slice(0, share * items.length), { threads })],
    ["one thread", async (share) => items.slice(0, share * items.length).map(busy)],
  ])
  const pools: Pool[] = []
  for (const name of ["tinypool", "piscina"]) {
    const PoolOf = await poolOf(name)
    if (PoolOf === undefined) continue
    const pool = new PoolOf({ filename, minThreads: threads, maxThreads: threads, execArgv: [] })
    pools.push(pool)
    rows.set(name, (share) =>
      Promise.all(items.slice(0, share * items.length).map((item) => pool.run(item))),
    )
    rows.set(`${name}, batches of 100 made by hand`, (share) =>
      Promise.all(batches.slice(0, share * batches.length).map((batch) => pool.run(batch))),
    )
  }
  const times = new Map([...rows.keys()].map((name) => [name, [] as number[]]))
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of rows) {
      // Threads that have ended for want of work, or sleep, are no part of what is measured.
      await run(0.05)
      const took = await timed(() => run(1))
      if (round > 0) times.get(name)!.push(took)
    }
  }
  await Promise.all(pools.map((pool) => pool.destroy()))
  const own = spreadOf(times.get("spread")!).median
  console.log(`20 000 items of 10 µs on ${threads} threads, ${200 / threads} ms of work for each:`)
  for (const [name, samples] of times) {
    const { median } = spreadOf(samples)
    const ratio = `${(median / own).toFixed(2)} ×`.padStart(9)
    console.log(`  ${name.padEnd(40)}${median.toFixed(1).padStart(8)} ms${ratio}`)
  }
}

function measureMemory(): void {
  const n = 200_000
  const plain = (x: number, y: number) => Math.hypot(x, y)
  const each = (run: (i: number) => unknown) => {
    const samples = Array.from({ length: 3 }, () => {
      const start = performance.now()
      for (let i = 0; i < n; i++) run(i)
      return ((performance.now() - start) * 1e6) / n
    })
    return Math.round(spreadOf(samples).min)
  }
  let fresh = 0
  const filling = memoize(plain, { memory: "256MB" })
  const miss = each(() => filling(fresh++, 0.5))
  const full = memoize(plain, { memory: "1MB" })
  const hit = each((i) => full(i % 1000, 0.5))
  console.log(
    `\nmemoize: a call that finds its result takes ${hit} ns, one that does not ${miss} ns`,
  )
}

console.log(`Node ${process.version}, ${threads} threads, medians of ${rounds} rounds\n`)
await measureSkewed()
await measureTiny()
measureMemory()
