/** Where arrays live: the devices by name, opened at first use, and the one used by default. */

import {
  type Device,
  type DeviceChoice,
  type DeviceUse,
  openAuto,
  openCpu,
  openGpu,
  openNativeOrCpu,
  openRam,
  type Tune,
  tuneChoices,
} from "../../device/index.ts"
import type { Graph } from "../../graph/index.ts"
import { Stream } from "./stream.ts"

export interface DeviceOptions {
  /** Threads that programs may use; all there are unless given. */
  readonly threads?: number
}

/** What a device is opened with. */
export interface OpenOptions extends DeviceOptions {
  /** As {@link setTuning} has it; the device's own choice where it was not called. */
  readonly tune?: Tune
}

/** Opens a device; a promise where that takes time. */
export type DeviceOpener = (options: OpenOptions) => Device | Promise<Device>

const openers = new Map<string, DeviceOpener>()
const streams = new Map<string, Stream>()
let tuning: Tune = "unknown"
let defaults: { name: string; options: DeviceOptions } | undefined

/** The devices that are always there, the first being the default; and one that needs a GPU. */
registerDevice("cpu", openCpu)
registerDevice("ram", openRam)
registerDevice("gpu", openGpu)
/** Programs compiled by the system's C compiler; without one, as on `cpu`, which is said once. */
registerDevice("native", openNativeOrCpu)
/** Each program where its quote says that it is done first: on `cpu`, `native` or `gpu`. */
registerDevice("auto", openAuto)

/**
 * Makes a device known by a name; the first one registered is the default.
 * @example
 * registerDevice("none", () => Promise.reject(new Error("there is none")))
 * deviceNames().includes("none") // → true
 */
export function registerDevice(name: string, open: DeviceOpener): void {
  openers.set(name, open)
  defaults ??= { name, options: {} }
}

/**
 * The names under which devices can be asked for.
 * @example deviceNames().includes("ram") // → true
 */
export function deviceNames(): readonly string[] {
  return [...openers.keys()]
}

/**
 * Chooses the device of arrays made from now on.
 * @example
 * const before = setDefaultDevice("ram")
 * setDefaultDevice(before) // → "ram"
 * @returns the name of the device that was the default before.
 * @throws RangeError when no device has that name.
 */
export function setDefaultDevice(name: string, options: DeviceOptions = {}): string {
  const before = defaultDevice()
  streamOf(name, options)
  defaults = { name, options }
  return before
}

/**
 * The name of the device on which arrays are made.
 * @throws Error when no device is registered.
 * @example defaultDevice() // → "cpu"
 */
export function defaultDevice(): string {
  if (defaults === undefined) throw new Error("no device is registered")
  return defaults.name
}

/**
 * The options with which the default device was chosen.
 * @example defaultDeviceOptions() // → {}
 */
export function defaultDeviceOptions(): DeviceOptions {
  return defaults?.options ?? {}
}

/**
 * Chooses when devices that are opened from now on look for the tiles and blocks of products that suit
 * their processor: "unknown", as at first, only where theirs were not measured on such a one; "always" on
 * every one; "never" nowhere, so that programs, and with them quotes and plans, are cut alike on every
 * machine. `cpu` and `native` take some two seconds for it and keep what they find for the machine;
 * pages keep nothing, and look only when told "always". Results have the same bits in any case.
 * @example
 * setTuning("never") // → "unknown"
 * setTuning("unknown") // → "never"
 * @returns what was chosen before.
 * @throws RangeError when it is none of these.
 */
export function setTuning(when: Tune): Tune {
  if (!tuneChoices.includes(when)) {
    throw new RangeError(`tuning is ${tuneChoices.join(", ")}, not "${when}"`)
  }
  const before = tuning
  tuning = when
  return before
}

export function defaultStream(): Stream {
  return streamOf(defaultDevice(), defaults?.options)
}

/**
 * The device behind arrays, opened now if it was not: the default one, or one by name.
 * @example (await openDevice("ram")).name // → "ram"
 */
export function openDevice(name?: string, options: DeviceOptions = {}): Promise<Device> {
  return (name === undefined ? defaultStream() : streamOf(name, options)).device()
}

/** A device for one program. */
export interface DeviceForGraph {
  readonly device: Device
  /** Why it is this one, where the device asked for chooses among others. */
  readonly choice?: DeviceChoice
}

/**
 * The device on which a graph is best run: the one asked for, or what it chooses.
 * @example (await openDeviceFor(graphOf(np.sum)(f32(8)), "ram")).device.name // → "ram"
 * @throws RangeError when no device has that name.
 */
export async function openDeviceFor(
  graph: Graph,
  name?: string,
  options: DeviceOptions = {},
  use: DeviceUse = {},
): Promise<DeviceForGraph> {
  const asked = await openDevice(name, options)
  const choice = asked.choose?.(graph, use)
  if (choice === undefined) return { device: asked }
  const { threads } = choice.device === "gpu" ? {} : options
  return { device: await openDevice(choice.device, { threads }), choice }
}

/** The stream of a named device with given options; equal requests share one. */
export function streamOf(name = defaultDevice(), options: DeviceOptions = {}): Stream {
  const open = openers.get(name)
  if (open === undefined) {
    throw new RangeError(`no device is called "${name}": there are ${deviceNames().join(", ")}`)
  }
  const key = options.threads === undefined ? name : `${name}:${options.threads}`
  let stream = streams.get(key)
  if (stream === undefined) {
    stream = new Stream(key, () => open({ ...options, tune: tuning }))
    streams.set(key, stream)
  }
  return stream
}

/**
 * Closes every open device after its work; arrays on them are gone.
 * @example await closeDevices() // → undefined
 */
export async function closeDevices(): Promise<void> {
  await Promise.all([...streams.values()].map((stream) => stream.close()))
}
