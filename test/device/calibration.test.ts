import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { f32, graphOf, np } from "../../src/array/index.ts"
import { keptCalibration } from "../../src/device/calibration-cache.ts"
import { fingerprint } from "../../src/device/fingerprint.ts"
import { calibrationOf, type Device, openRam, quoteGraph } from "../../src/device/index.ts"
import { cTarget } from "../../src/emit/index.ts"
import { wasmTarget } from "../../src/schedule/index.ts"

/** A device that counts the programs it was given. */
function counting(): { readonly device: Device; readonly programs: () => number } {
  const ram = openRam()
  let programs = 0
  const device: Device = {
    name: "ram",
    threads: 1,
    isSlow: true,
    put: (...args) => ram.put(...args),
    settled: () => ram.settled(),
    memory: () => ram.memory(),
    close: () => ram.close(),
    compile: (...args) => {
      programs++
      return ram.compile(...args)
    },
  }
  return { device, programs: () => programs }
}

const hasty = { patience: 0 }

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "tradespace-")), "cache")
})

test("a device is measured once for a machine, and its rates are rates", async () => {
  const first = counting()
  const measured = await calibrationOf(first.device, { folder, ...hasty })
  const { device, threads, rates, bandwidths, launchSeconds, barrierSeconds, spread } = measured
  expect({ device, threads }).toEqual({ device: "ram", threads: 1 })
  for (const rate of rates.instructions.values()) expect(rate).toBeGreaterThan(0)
  for (const { bytesPerSecond } of bandwidths) expect(bytesPerSecond).toBeGreaterThan(0)
  expect(Math.min(launchSeconds, barrierSeconds)).toBeGreaterThanOrEqual(0)
  expect(spread[0]).toBeLessThan(spread[1])

  const before = first.programs()
  expect(await calibrationOf(first.device, { folder, ...hasty })).toBe(measured)
  expect(first.programs()).toBe(before)
  const second = counting()
  expect(await calibrationOf(second.device, { folder, ...hasty })).toEqual(measured)
  expect(second.programs()).toBe(0)
})

test("where a second has to do, fewer programs are run, and what is known well is known", async () => {
  const { device, programs } = counting()
  const rough = await calibrationOf(device, { folder, rough: true, ...hasty })
  const some = programs()
  const well = await calibrationOf(device, { folder, ...hasty })
  expect(programs() - some).toBeGreaterThan(2 * some)
  expect([rough.rough, well.rough]).toEqual([true, false])
  const matmul = graphOf(np.matmul)(f32(64, 64), f32(64, 64))
  expect([rough, well].map((each) => quoteGraph(matmul, each).rough)).toEqual([true, false])

  expect(await calibrationOf(device, { folder, rough: true })).toBe(well)
  const second = counting()
  expect(await calibrationOf(second.device, { folder, rough: true })).toEqual(well)
  expect(second.programs()).toBe(0)
})

test("other programs, another runtime and another processor are other code", () => {
  const processor = cTarget({ lanes: 8, registers: 16 })
  const tuned = { ...wasmTarget, tiles: [{ rows: 4, columns: 8, cycles: 4 }] }
  const words = [
    { name: "cpu", threads: 1 },
    { name: "cpu", threads: 2 },
    { name: "native", threads: 2, code: "calls.c", processor },
    { name: "native", threads: 2, code: "faster calls.c", processor },
    { name: "native", threads: 2, processor },
    { name: "cpu", threads: 2, processor: tuned },
  ].map(fingerprint)
  expect(new Set(words).size).toBe(words.length)
  expect(fingerprint({ name: "native", threads: 2, processor })).toBe(words[4])
})

test("a kept calibration that is broken, or of another machine or other code, is not used", async () => {
  const fresh = await calibrationOf(counting().device, { folder, ...hasty })
  const [name] = await readdir(folder)
  const path = join(folder, name)
  const text = await readFile(path, "utf8")
  const kept: { machine: string; code: string; findings: object } = JSON.parse(text)
  expect(keptCalibration(text, kept.machine, kept.code)).toEqual(fresh)
  const changes = [
    { code: "0123" },
    { machine: "abacus" },
    { findings: { ...kept.findings, rates: "fast" } },
    { findings: { ...kept.findings, crowd: [1, 2] } },
    { findings: undefined },
  ]
  const broken = ["", "{", "[1, 2]", "null"]
  for (const change of changes) broken.push(JSON.stringify({ ...kept, ...change }))
  for (const other of broken)
    expect(keptCalibration(other, kept.machine, kept.code)).toBeUndefined()

  await writeFile(path, text.slice(0, 40))
  const { device, programs } = counting()
  await calibrationOf(device, { folder, ...hasty })
  expect(programs()).toBeGreaterThan(0)
  const again = counting()
  await calibrationOf(again.device, { folder, ...hasty })
  expect(again.programs()).toBe(0)
})

test("a folder that cannot be written only means measuring again", async () => {
  const path = join(folder, "..", "file")
  await writeFile(path, "")
  const { tiledPerSecond } = await calibrationOf(counting().device, { folder: path, ...hasty })
  expect(tiledPerSecond).toBeGreaterThan(0)
})
