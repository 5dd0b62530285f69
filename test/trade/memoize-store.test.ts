import { spawn } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { memoize } from "../../src/trade/index.ts"

let folder = ""
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tradespace-store-"))
})
afterEach(() => rm(folder, { recursive: true }))

/** A memoized function of its own process, as it were, and what it said. */
function start(version?: string) {
  const said: string[] = []
  let calls = 0
  const f = memoize(
    (x: unknown) => {
      calls++
      return { x, calls: "some" }
    },
    { memory: "1MB", store: folder, version, warn: (sentence) => said.push(sentence) },
  )
  return { f, said, calls: () => calls }
}

const entries = async () =>
  (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".result"))

test("results outlive the process that computed them", async () => {
  const values = [
    1,
    -0,
    Number.NaN,
    "text",
    12n,
    undefined,
    null,
    new Date(5),
    new Map([[{ a: 1 }, new Set([2])]]),
    Float32Array.of(1, 2, 3),
    new Uint8Array(3).buffer,
    [1, [2, { deep: [3] }]],
    /x/g,
  ]
  const first = start()
  for (const value of values) await first.f(value)
  const second = start()
  for (const value of values) {
    expect(await second.f(value)).toStrictEqual({ x: value, calls: "some" })
  }
  expect(second.calls()).toBe(0)
  expect(second.f.report()).toMatchObject({ hits: values.length, storeHits: values.length })
  expect([...first.said, ...second.said]).toEqual([])
})

test("a result that was read comes from memory the next time", async () => {
  await start().f(1)
  const { f } = start()
  await f(1)
  await f(1)
  expect(f.report()).toMatchObject({ hits: 2, storeHits: 1, misses: 0, entries: 1 })
})

test("a typed array comes back with a buffer of its own", async () => {
  const f = () => memoize((n: number) => new Float64Array(n), { memory: 1e6, store: folder })
  await f()(3)
  const read = await f()(3)
  expect(read).toStrictEqual(new Float64Array(3))
  expect(read.buffer.byteLength).toBe(24)
})

test("calls with the same arguments share one reading and one computation", async () => {
  const { f, calls } = start()
  await Promise.all([f(1), f(1), f(1)])
  expect(calls()).toBe(1)
  expect(f.report()).toMatchObject({ hits: 2, joined: 2, misses: 1 })
})

test("any damage to an entry is found, said once, and mended", async () => {
  await start().f("a")
  await start().f("b")
  const files = (await entries()).map((name) => join(folder, name))
  const whole = await readFile(files[0]!)
  for (let length = 0; length < whole.length; length += 7) {
    await writeFile(files[0]!, whole.subarray(0, length))
    const { f, said, calls } = start()
    await f("a")
    await f("b")
    expect(calls()).toBe(1)
    expect(said).toEqual([
      `in the store ${folder} an entry is not as it was written; such entries are ignored`,
    ])
  }
  for (let place = 0; place < whole.length; place += 7) {
    const damaged = Uint8Array.from(whole)
    damaged[place]! ^= 16
    await writeFile(files[0]!, damaged)
    const { f, calls } = start()
    expect(await f("a")).toEqual({ x: "a", calls: "some" })
    expect(await f("b")).toEqual({ x: "b", calls: "some" })
    expect(calls()).toBe(1)
  }
  expect(await readFile(files[0]!)).toHaveLength(whole.length)
})

test("an entry of another version of the store is ignored and said once", async () => {
  await start().f(1)
  await start().f(2)
  for (const name of await entries()) {
    const bytes = await readFile(join(folder, name))
    bytes.write("tradespace result 9\n")
    await writeFile(join(folder, name), bytes)
  }
  const { f, said, calls } = start()
  await f(1)
  await f(2)
  expect(calls()).toBe(2)
  expect(said).toEqual([
    `in the store ${folder} an entry is of another version of the store; such entries are ignored`,
  ])
})

test("an entry by another version of the function is ignored and said once", async () => {
  await start("1").f(1)
  await start("1").f(2)
  const { f, said, calls } = start("2")
  await f(1)
  await f(2)
  expect(calls()).toBe(2)
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(/an entry is by another function or another version of it/)
})

test("a result that a disk cannot hold is kept in memory and said once", async () => {
  const said: string[] = []
  const f = memoize((x: number) => () => x, {
    memory: "1MB",
    store: folder,
    warn: (sentence) => said.push(sentence),
  })
  expect((await f(1))()).toBe(1)
  expect((await f(1))()).toBe(1)
  expect((await f(2))()).toBe(2)
  expect(f.report()).toMatchObject({ hits: 1, misses: 2 })
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(/a result could not be stored: it is a function, which has no plain/)
})

test("a store that is no folder is refused in a sentence", async () => {
  const file = join(folder, "file")
  await writeFile(file, "")
  const f = memoize((x: number) => x, { memory: "1MB", store: file })
  await expect(f(1)).rejects.toThrow(`the store ${file} cannot be used as a folder: `)
})

test("a process that is killed while it writes leaves a store that can be used", async () => {
  const memoizeUrl = new URL("../../src/trade/memoize.ts", import.meta.url)
  const script = join(folder, "writer.mjs")
  await writeFile(
    script,
    `import { memoize } from ${JSON.stringify(memoizeUrl)}
     export const f = memoize((x) => new Float64Array(20000).fill(x), {
       memory: "1MB", store: ${JSON.stringify(join(folder, "store"))},
     })
     if (import.meta.main) {
       for (let x = 0; ; x += 4) {
         await Promise.all([f(x), f(x + 1), f(x + 2), f(x + 3)])
         console.log(x)
       }
     }`,
  )
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "ignore"] })
    let lines = 0
    child.stdout.on("data", () => {
      if (++lines >= 5 + 3 * round) child.kill("SIGKILL")
    })
    await new Promise((resolve) => child.on("close", resolve))
  }
  const { f } = await import(script)
  for (let x = 0; x < 40; x++) {
    expect(await f(x)).toStrictEqual(new Float64Array(20000).fill(x))
  }
  const { storeHits, misses } = f.report()
  expect(storeHits).toBeGreaterThanOrEqual(16)
  expect(storeHits + misses).toBe(40)
})
