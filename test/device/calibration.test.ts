import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { keptCalibration } from "../../src/device/calibration-cache.ts"
import { type Calibration, calibrationOf, type Device, openRam } from "../../src/device/index.ts"

/** A device that counts the programs it was given. */
function counting(): { readonly device: Device; readonly programs: () => number } {
  const ram = openRam()
  let programs = 0
  const device: Device = {
    name: "ram",
    threads: 1,
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

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "tradespace-")), "cache")
})

test("a device is measured once for a machine, and its rates are rates", async () => {
  const first = counting()
  const measured = await calibrationOf(first.device, { folder })
  const { device, threads, launchSeconds, barrierSeconds, ...rates } = measured
  expect({ device, threads }).toEqual({ device: "ram", threads: 1 })
  for (const rate of Object.values(rates)) expect(rate).toBeGreaterThan(0)
  expect(Math.min(launchSeconds, barrierSeconds)).toBeGreaterThanOrEqual(0)

  const before = first.programs()
  expect(await calibrationOf(first.device, { folder })).toBe(measured)
  expect(first.programs()).toBe(before)
  const second = counting()
  expect(await calibrationOf(second.device, { folder })).toEqual(measured)
  expect(second.programs()).toBe(0)
})

test("a kept calibration that is broken, or of another machine or version, is not used", async () => {
  const fresh = await calibrationOf(counting().device, { folder })
  const [name] = await readdir(folder)
  const path = join(folder, name)
  const text = await readFile(path, "utf8")
  const kept: { machine: string; calibration: Calibration } = JSON.parse(text)
  expect(keptCalibration(text, kept.machine)).toEqual(fresh)
  const changes = [
    { version: -1 },
    { machine: "abacus" },
    { calibration: { ...kept.calibration, tiledPerSecond: "fast" } },
    { calibration: undefined },
  ]
  const broken = ["", "{", "[1, 2]", "null"]
  for (const change of changes) broken.push(JSON.stringify({ ...kept, ...change }))
  for (const other of broken) expect(keptCalibration(other, kept.machine)).toBeUndefined()

  await writeFile(path, text.slice(0, 40))
  const { device, programs } = counting()
  await calibrationOf(device, { folder })
  expect(programs()).toBeGreaterThan(0)
  const again = counting()
  await calibrationOf(again.device, { folder })
  expect(again.programs()).toBe(0)
})

test("a folder that cannot be written only means measuring again", async () => {
  const path = join(folder, "..", "file")
  await writeFile(path, "")
  const { tiledPerSecond } = await calibrationOf(counting().device, { folder: path })
  expect(tiledPerSecond).toBeGreaterThan(0)
})
