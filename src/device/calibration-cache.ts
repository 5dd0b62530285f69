/** Calibrations are kept: in memory for each device, and on disk for each machine, under Node. */

import { calibrate } from "./calibrate.ts"
import type { Device } from "./device.ts"
import type { Calibration } from "./quote.ts"

/** Grows when what is measured, or what it means, changes. */
const version = 2

interface Kept {
  readonly version: number
  /** The processor and the engine that were measured. */
  readonly machine: string
  readonly calibration: Calibration
}

const measured = new WeakMap<Device, Promise<Calibration>>()

/**
 * What a device can do: as measured before on this machine, else measured now.
 * @param options.fresh measures in any case
 * @param options.folder where to keep the result; the user's cache folder unless given
 */
export function calibrationOf(
  device: Device,
  options: { readonly fresh?: boolean; readonly folder?: string } = {},
): Promise<Calibration> {
  const known = options.fresh ? undefined : measured.get(device)
  const found = known ?? readOrMeasure(device, options)
  measured.set(device, found)
  found.catch(() => measured.delete(device))
  return found
}

async function readOrMeasure(
  device: Device,
  options: { readonly fresh?: boolean; readonly folder?: string },
): Promise<Calibration> {
  const file = await fileOf(device, options.folder)
  if (file === undefined) return calibrate(device)
  const { mkdir, readFile, rename, writeFile } = await import("node:fs/promises")
  const { dirname } = await import("node:path")
  const machine = await machineName(device)
  if (!options.fresh) {
    const kept = keptCalibration(await readFile(file, "utf8").catch(() => ""), machine)
    if (kept !== undefined) return kept
  }
  const record: Kept = { version, machine, calibration: await calibrate(device) }
  try {
    await mkdir(dirname(file), { recursive: true })
    const beside = `${file}.${process.pid}`
    await writeFile(beside, `${JSON.stringify(record, null, 2)}\n`)
    await rename(beside, file)
  } catch {
    // Where nothing can be kept, the next process measures again.
  }
  return record.calibration
}

const figures = [
  "tiledPerSecond",
  "lanedPerSecond",
  "unlanedPerSecond",
  "bytesPerSecond",
  "launchSeconds",
  "barrierSeconds",
  "threads",
] as const

/** The calibration in a kept text, unless it is broken, or of another machine or version. */
export function keptCalibration(text: string, machine: string): Calibration | undefined {
  try {
    const kept: Partial<Kept> = Object(JSON.parse(text))
    const { calibration } = kept
    if (kept.version !== version || kept.machine !== machine) return undefined
    return figures.every((name) => Number.isFinite(calibration?.[name])) ? calibration : undefined
  } catch {
    return undefined
  }
}

async function fileOf(device: Device, folder?: string): Promise<string | undefined> {
  if (typeof process === "undefined" || process.versions?.node === undefined) return undefined
  const { homedir, platform } = await import("node:os")
  const { join } = await import("node:path")
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const caches: Partial<{ readonly [P in NodeJS.Platform]: string }> = {
    darwin: join(homedir(), "Library", "Caches"),
    win32: LOCALAPPDATA,
  }
  const cache = caches[platform()] ?? XDG_CACHE_HOME ?? join(homedir(), ".cache")
  const name = `calibration-${device.name}-${device.threads}.json`
  return join(folder ?? join(cache, "tradespace"), name)
}

async function machineName({ adapter }: Device): Promise<string> {
  const { arch, cpus } = await import("node:os")
  const host = `${cpus()[0]?.model ?? "unknown"} ${arch()} V8 ${process.versions.v8}`
  return adapter === undefined ? host : `${host} ${adapter.name}`
}
