/** Calibrations are kept: in memory for each device, and on disk for each machine, under Node. */

import { type CalibrateOptions, calibrate } from "./calibrate.ts"
import { type Calibration, type KeptFindings, keep, restore } from "./calibration.ts"
import type { Device } from "./device.ts"
import { fingerprint } from "./fingerprint.ts"
import { cacheFolder, hasFiles, hostName, keepDocument, textOf } from "./kept-file.ts"

interface Kept {
  /** What the code of some programs is and how it is counted: {@link fingerprint}. */
  readonly code: string
  /** The processor and the engine that were measured. */
  readonly machine: string
  readonly findings: KeptFindings
}

export interface CalibrationOptions extends CalibrateOptions {
  /** Measures in any case. */
  readonly fresh?: boolean
  /** Where to keep the result; the user's cache folder unless given. */
  readonly folder?: string
}

const measured = new WeakMap<Device, Promise<Calibration>>()
let roughly = new WeakMap<Device, Promise<Calibration>>()

/**
 * What a device can do: as measured before on this machine with the same code, else measured now,
 * in a few seconds.
 */
export function calibrationOf(
  device: Device,
  options: CalibrationOptions = {},
): Promise<Calibration> {
  if (options.rough) return roughCalibrationOf(device, options)
  const known = options.fresh ? undefined : measured.get(device)
  const found = known ?? readOrMeasure(device, options)
  // Devices opened more than once are one on disk: what was rough of the others may now be known well.
  if (known === undefined) void found.then(forgetRough, () => {})
  measured.set(device, found)
  found.catch(() => measured.delete(device))
  return found
}

function forgetRough(): void {
  roughly = new WeakMap()
}

/** What is known well, else what is known roughly. */
function roughCalibrationOf(device: Device, options: CalibrationOptions): Promise<Calibration> {
  const known = measured.get(device) ?? roughly.get(device)
  if (known !== undefined && !options.fresh) return known
  const found = knownCalibrationOf(device, options).then(
    (well) => well ?? readOrMeasure(device, options),
  )
  roughly.set(device, found)
  found.catch(() => roughly.delete(device))
  return found
}

/** What was measured of a device before on this machine with the same code; else undefined. */
export async function knownCalibrationOf(
  device: Device,
  { folder }: Pick<CalibrationOptions, "folder"> = {},
): Promise<Calibration | undefined> {
  const known = measured.get(device)
  if (known !== undefined) return known
  const file = await fileOf(device, { folder })
  if (file === undefined) return undefined
  return readKept(await textOf(file), device)
}

async function readKept(text: string, device: Device): Promise<Calibration | undefined> {
  const machine = await machineName(device)
  return keptCalibration(text, machine, fingerprint(device), device)
}

async function readOrMeasure(device: Device, options: CalibrationOptions): Promise<Calibration> {
  const file = await fileOf(device, options)
  if (file === undefined) return calibrate(device, options)
  const machine = await machineName(device)
  const code = fingerprint(device)
  if (!options.fresh) {
    const text = await textOf(file)
    const kept = keptCalibration(text, machine, code, device)
    if (kept !== undefined) return kept
    if (text !== "") {
      console.warn(
        `tradespace: ${device.name} was calibrated with other code or elsewhere: it is measured again`,
      )
    }
  }
  const calibration = await calibrate(device, options)
  const record: Kept = { code, machine, findings: keep(calibration) }
  await keepDocument(file, record)
  return calibration
}

/** The calibration in a kept text, unless it is broken, or of another machine or other code. */
export function keptCalibration(
  text: string,
  machine: string,
  code: string,
  device: Pick<Device, "processor" | "holdsScratch"> = {},
): Calibration | undefined {
  try {
    const kept: Partial<Record<keyof Kept, unknown>> = Object(JSON.parse(text))
    if (kept.code !== code || kept.machine !== machine) return undefined
    return restore(kept.findings, device)
  } catch {
    return undefined
  }
}

async function fileOf(
  device: Device,
  { folder, rough }: CalibrationOptions,
): Promise<string | undefined> {
  if (!hasFiles()) return undefined
  const { join } = await import("node:path")
  const name = `${rough ? "rough-" : ""}calibration-${device.name}-${device.threads}.json`
  return join(folder ?? (await cacheFolder()), name)
}

async function machineName({ adapter }: Device): Promise<string> {
  const host = await hostName()
  return adapter === undefined ? host : `${host} ${adapter.name}`
}
