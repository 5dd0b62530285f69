import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest"
import { type Array, f32, graphOf, np } from "../../src/array/index.ts"
import { CpuDevice } from "../../src/device/cpu/device.ts"
import { type Device, openCpu, openNative, type Tune } from "../../src/device/index.ts"
import { searchTuning } from "../../src/device/tuning/search.ts"
import { type Tuning, tilesToTry } from "../../src/device/tuning/tuning.ts"
import type { Graph } from "../../src/graph/index.ts"
import { wasmTarget } from "../../src/schedule/index.ts"
import { graphOfSeed, randomArguments } from "../graph/random.ts"
import { runOn } from "./agreement.ts"
import { compiler } from "./native/compiler.ts"
import { tiledConvolutions } from "./tiled-convolutions.ts"

const folder = await mkdtemp(join(tmpdir(), "tradespace-tuning-"))
afterAll(() => rm(folder, { recursive: true, force: true }))

const warned = vi.spyOn(console, "warn").mockImplementation(() => {})
beforeEach(() => {
  warned.mockClear()
})

/** Searches since the test began: each says so in one line. */
function searches(): number {
  return warned.mock.calls.filter(([text]) => String(text).includes("looks for the tiles")).length
}

/** Products of every kind: rows in place, columns packed ahead, both turned, odd sizes, many. */
const products = [
  graphOf((x: Array, y: Array) => np.matmul(x, y))(f32(500, 700), f32(700, 300)),
  graphOf((x: Array, y: Array) => np.tanh(np.matmul(x, y)))(f32(1500, 256), f32(256, 520)),
  graphOf((x: Array, y: Array) => np.matmul(x.T, y))(f32(1300, 130), f32(1300, 517)),
  graphOf((x: Array, y: Array) => np.matmul(x, y.T))(f32(37, 2100), f32(41, 2100)),
  graphOf((x: Array, y: Array) => np.matmul(x, y))(f32(9, 65, 33), f32(9, 33, 70)),
]
const graphs = [
  ...products,
  ...tiledConvolutions.filter(({ name }) => name.endsWith("even sides")).map(({ graph }) => graph),
  ...[1, 2, 3].map((seed) => graphOfSeed(seed, 30)),
]

async function resultsOf(device: Device, all: readonly Graph[]): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = []
  for (const [seed, graph] of all.entries()) {
    const example = { seed, graph, inputs: randomArguments(graph, seed) }
    for (const { data } of await runOn(device, example)) {
      found.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice())
    }
  }
  return found
}

/** A device that can be opened again and again, with a file of its own for what is found. */
interface Machine {
  readonly open: (tune: Tune | undefined, tuningFolder: string) => Promise<Device>
  /** What makes it search. */
  readonly tune: Tune | undefined
  /** Tiles that its table has not, and others that it has. */
  readonly odd: Tuning
}

function behaves(name: string, { open, tune, odd }: Machine): void {
  const kept = join(folder, `${name}-kept`)

  test("is searched once, and what was found is kept for the machine", async () => {
    for (let i = 0; i < 2; i++) await (await open(tune, kept)).close()
    expect(searches()).toBe(1)
    expect(await readdir(kept)).toEqual([`tuning-${name}-2.json`])
  })

  test("is never searched where that was asked for, and reads no file then", async () => {
    const device = await open("never", kept)
    expect(device.processor?.table).toBeUndefined()
    const elsewhere = join(folder, `${name}-never`)
    await (await open("never", elsewhere)).close()
    await device.close()
    expect(searches()).toBe(0)
    await expect(readdir(elsewhere)).rejects.toThrow(/ENOENT/)
  })

  test("computes the same bits in other tiles and blocks", async () => {
    const file = join(kept, `tuning-${name}-2.json`)
    const record = JSON.parse(await readFile(file, "utf8"))
    await writeFile(file, JSON.stringify({ ...record, tuning: odd }))
    const tuned = await open(tune, kept)
    expect(searches()).toBe(0)
    expect(tuned.processor?.tiles).toEqual(odd.tiles)
    const plain = await open("never", kept)
    const found = await resultsOf(tuned, graphs)
    for (const [i, bytes] of (await resultsOf(plain, graphs)).entries()) {
      expect(Buffer.compare(bytes, found[i]), `result ${i}`).toBe(0)
    }
    await Promise.all([tuned.close(), plain.close()])
  })
}

describe("cpu", () => {
  behaves("cpu", {
    open: (tune, tuningFolder) => openCpu({ threads: 2, tune, tuningFolder }),
    tune: "always",
    odd: {
      tiles: [
        { rows: 8, columns: 8, cycles: 7 },
        { rows: 4, columns: 12, cycles: 6 },
        { rows: 12, columns: 4, cycles: 6 },
      ],
      firstCache: 0.5,
      secondCache: 0.5,
    },
  })

  test("is searched again where the file is broken, or of another machine", async () => {
    const kept = join(folder, "cpu-kept")
    const file = join(kept, "tuning-cpu-2.json")
    const text = await readFile(file, "utf8")
    const { machine, ...rest } = JSON.parse(text)
    for (const other of [text.slice(0, -9), JSON.stringify({ machine: "another", ...rest })]) {
      await writeFile(file, other)
      await (await openCpu({ threads: 2, tune: "always", tuningFolder: kept })).close()
      expect(JSON.parse(await readFile(file, "utf8")).machine).toBe(machine)
    }
    expect(searches()).toBe(2)
  })

  test.runIf(process.arch === "x64")("is known on x64: nothing is searched unasked", async () => {
    await (await openCpu({ threads: 1, tuningFolder: join(folder, "unasked") })).close()
    expect(searches()).toBe(0)
  })

  test("finds better tiles than a table of poor ones, which stays where there is no time", async () => {
    const poor = { ...wasmTarget, tiles: [{ rows: 2, columns: 4, cycles: 1 }] }
    const device = await openCpu({ threads: 2 })
    if (!(device instanceof CpuDevice)) throw new Error("cpu is a CpuDevice")
    const found = await searchTuning(device, poor, tilesToTry(poor, "wasm"), { seconds: 30 })
    const [{ rows, columns }] = found.tiles
    expect(rows * columns).toBeGreaterThan(8)
    // Without time the table stays.
    const hasty = await searchTuning(device, poor, tilesToTry(poor, "wasm"), { seconds: 0 })
    expect(hasty.tiles).toEqual(poor.tiles)
    await device.close()
  })

  test("opens where nothing can be kept", async () => {
    const file = join(folder, "no-folder")
    await writeFile(file, "")
    const device = await openCpu({ threads: 1, tune: "always", tuningFolder: join(file, "in-it") })
    expect(searches()).toBe(1)
    await device.close()
  })
})

const narrow = compiler !== undefined && process.arch === "x64" && compiler.lanes >= 8

describe.skipIf(!narrow)("native, told to know no AVX-512", () => {
  const command = join(folder, "cc")
  const cache = { folder: join(folder, "cache") }
  behaves("native", {
    open: async (tune, tuningFolder) => {
      await writeFile(command, `#!/bin/sh\nexec ${compiler!.command} "$@" -mno-avx512f\n`)
      await chmod(command, 0o755)
      return openNative({ threads: 2, tune, tuningFolder, compiler: { command }, cache })
    },
    // Its table was not measured there, so that nobody has to ask.
    tune: undefined,
    odd: {
      tiles: [
        { rows: 5, columns: 16, cycles: 5 },
        { rows: 3, columns: 32, cycles: 6 },
        { rows: 12, columns: 8, cycles: 6 },
      ],
      firstCache: 0.5,
      secondCache: 0.25,
    },
  })
})
