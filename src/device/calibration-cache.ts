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
  const machine = await machineName()
  if (!options.fresh) {
    const text = await readFile(file, "utf8").catch(() => "")
    const kept = parseKept(text)
    if (kept?.version === version && kept.machine === machine) return kept.calibration
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

/** The kept calibration, or undefined where the text is not one. */
function parseKept(text: string): Kept | undefined {
  try {
    const record: Partial<Kept> = JSON.parse(text)
    const { calibration } = record
    if (typeof record.machine !== "string" || typeof record.version !== "number") return undefined
    const rates: readonly (keyof Calibration)[] = [
      "tiledPerSecond",
      "lanedPerSecond",
      "unlanedPerSecond",
      "bytesPerSecond",
      "launchSeconds",
      "barrierSeconds",
      "threads",
    ]
    const sound = rates.every((rate) => Number.isFinite(calibration?.[rate]))
    return calibration !== undefined && sound
      ? { version: record.version, machine: record.machine, calibration }
      : undefined
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

async function machineName(): Promise<string> {
  const { arch, cpus } = await import("node:os")
  return `${cpus()[0]?.model ?? "unknown"} ${arch()} V8 ${process.versions.v8}`
}
