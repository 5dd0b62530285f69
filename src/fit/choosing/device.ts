/** Where a fit runs: on the device that is asked for, else on the one that is quoted to be quicker. */

import {
  defaultDevice,
  defaultDeviceOptions,
  openDevice,
  openDeviceFor,
  setDefaultDevice,
} from "../../array/index.ts"
import {
  type Calibration,
  calibrationOf,
  type Device,
  type DeviceUse,
  hasNative,
} from "../../device/index.ts"
import type { Graph } from "../../graph/index.ts"

/** What a caller says of the device. */
export interface DeviceSettings {
  /** Where to run, which becomes the default device; the quicker one unless given. */
  readonly device?: string
  readonly threads?: number
}

/** Seconds of training below which the system's compiler is not worth waiting for. */
const worthCompiling = 20
/** Seconds of training below which a device is measured roughly, unless it is known well: that takes some. */
const worthMeasuring = 60
/** Seconds that the system's compiler takes for the programs of a fit, about. */
const compileSeconds = 8

/** Makes the device that is asked for the default one. */
export function openAsked({ device, threads }: DeviceSettings): void {
  if (device !== undefined || threads !== undefined) {
    setDefaultDevice(device ?? defaultDevice(), { threads })
  }
}

/** Runs something, after which the default device is the one that it was. */
export async function keepingDevice<T>(run: () => Promise<T>): Promise<T> {
  const [name, options] = [defaultDevice(), defaultDeviceOptions()]
  try {
    return await run()
  } finally {
    setDefaultDevice(name, options)
  }
}

interface Settling {
  readonly threads?: number
  readonly use: DeviceUse
  /** Told which device was chosen, and by which quotes. */
  readonly onEvent?: (event: string) => void
}

/**
 * The default device; where that chooses among others, the one on which a training step is best run,
 * which becomes the default: a fit gives the same bits on one device alone.
 */
export async function settleDevice(
  step: () => Graph,
  { threads, use, onEvent }: Settling,
): Promise<Device> {
  const asked = await openDevice()
  if (asked.choose === undefined) return asked
  const { device, choice } = await openDeviceFor(step(), defaultDevice(), { threads }, use)
  if (choice === undefined) return device
  setDefaultDevice(choice.device, choice.device === "gpu" ? {} : { threads })
  const quotes = choice.offers.map(
    (offer) => `${offer.device} ${offer.rough ? "roughly " : ""}${milliseconds(offer.seconds)}`,
  )
  onEvent?.(`auto chose ${choice.device}: a training step is quoted at ${quotes.join(", ")}`)
  return device
}

function milliseconds(seconds: number): string {
  return `${Number((1000 * seconds).toPrecision(2))} ms`
}

/** A size as one device is quoted: seconds of a step, and of all steps. */
export interface QuotedSize {
  readonly choice: { readonly size: string }
  readonly quote: { readonly seconds: number }
  readonly seconds: number
  readonly chosen: boolean
}

/**
 * The frontier on the default device; or, where none was asked for, on compiled programs if those
 * would be done sooner, the compiler's time included: then that device becomes the default.
 * @param seconds that the training may take; infinite without a deadline
 */
export async function quickest<T extends QuotedSize>(
  { device: asked }: DeviceSettings,
  seconds: number,
  quote: (calibration: Calibration) => readonly T[],
): Promise<readonly T[]> {
  const rough = seconds < worthMeasuring
  const rows = quote(await calibrationOf(await openDevice(), { rough }))
  if (asked !== undefined || defaultDevice() !== "cpu") return rows
  const chosen = rows.find((row) => row.chosen)
  const expected = Math.min(seconds, chosen?.seconds ?? 0)
  if (chosen === undefined || expected < worthCompiling || !(await hasNative())) return rows
  const options = defaultDeviceOptions()
  const native = await openDevice("native", options)
  const others = quote(await calibrationOf(native, { rough }))
  const same = others.find(({ choice }) => choice.size === chosen.choice.size)
  const saved = expected * (1 - (same?.quote.seconds ?? Infinity) / chosen.quote.seconds)
  if (saved < compileSeconds) return rows
  setDefaultDevice("native", options)
  return others
}
