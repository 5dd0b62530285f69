/** `tradespace devices`: what is here, calibrated. */

import { Command, Option } from "commander"
import { deviceNames, openDevice } from "../array/index.ts"
import {
  type AdapterDescription,
  type Calibration,
  calibrationOf,
  DeviceError,
} from "../device/index.ts"
import { bytes, duration, share } from "./figures.ts"
import { examples, jsonOption, threadCounts } from "./options.ts"
import { calibrating, say, sayJson, table } from "./terminal.ts"

interface Options {
  readonly device?: string
  readonly threads?: readonly number[]
  readonly fresh?: boolean
  readonly json?: boolean
}

export function devicesCommand(): Command {
  return new Command("devices")
    .description("the devices of this machine and what they can do, by a short calibration")
    .addOption(new Option("--device <name>", "only this one").choices(measurable()))
    .option(
      "--threads <counts>",
      'threads to be quoted for, "1, 2, 4" (all cores if left out)',
      threadCounts,
    )
    .option("--fresh", "measure again, whatever was measured before")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("devices", "devices --fresh", 'devices --device cpu --threads "1, 2, 4"'),
    )
    .action(run)
}

/** All but the one that is none of its own, but a choice among the others. */
function measurable(): readonly string[] {
  return deviceNames().filter((name) => name !== "auto")
}

async function run({ device: only, threads: counts, fresh, json }: Options): Promise<void> {
  const calibrations: Calibration[] = []
  const absent: string[] = []
  const adapters = new Map<string, AdapterDescription>()
  for (const name of only === undefined ? measurable() : [only]) {
    try {
      for (const threads of countsFor(name, only, counts)) {
        const device = await openDevice(name, { threads })
        // One device may answer to several names, and have a number of threads of its own.
        const isSame = (known: Calibration): boolean =>
          known.device === device.name && known.threads === device.threads
        if (calibrations.some(isSame)) continue
        calibrations.push(await calibrationOf(device, { fresh, progress: calibrating(name) }))
        const { adapter } = device
        if (adapter !== undefined) adapters.set(device.name, adapter)
      }
    } catch (failure) {
      // Who asks for one device is not helped by the others.
      if (only !== undefined || !(failure instanceof DeviceError)) throw failure
      absent.push(failure.message)
    }
  }
  if (json) {
    return sayJson(calibrations.map((found) => documentOf(found, adapters.get(found.device))))
  }
  const rows = calibrations.map((found) => [
    found.device,
    String(found.threads),
    billions(found.tiledPerSecond),
    billions(found.lanedPerSecond),
    billions(found.exponentialsPerSecond),
    billions(found.unlanedPerSecond),
    duration(found.launchSeconds),
    duration(found.barrierSeconds),
    `×${found.spread[0].toFixed(2)} to ×${found.spread[1].toFixed(2)}`,
  ])
  const head = ["device", "threads", "tiles", "lanes", "exp", "one by one", "launch", "barrier"]
  say(table([[...head, "bills / quotes"], ...rows]))
  say()
  const memory = ["memory", "threads", ...reaches(calibrations).map(bytes)]
  say(table([memory, ...calibrations.map(bandwidths)]))
  say()
  for (const [name, adapter] of adapters) {
    const kind = adapter.isSoftware ? ", software that imitates a GPU" : ""
    say(`${name}: ${adapter.name}${kind}`)
  }
  for (const line of absent) say(line)
  for (const { device, threads, unrest } of calibrations) {
    if (unrest > restless) {
      const which = counts === undefined ? device : `${device} on ${threads} threads`
      say(
        `${which} was calibrated on a busy machine: passes lay ${share(unrest)} apart; ` +
          "--fresh measures again when it rests.",
      )
    }
  }
  say("auto runs each program where its quote says that it is done first.")
  say()
  say("tiles: billions of multiplications and additions per second in matrix products;")
  say("lanes: of other operations side by side; one by one: of operations that wait on each other;")
  say("launch: what starting and awaiting a small program adds; barrier: threads meeting once;")
  say("bills / quotes: where four in five of the calibration's own programs came out, unseen;")
  say("memory: billions of bytes read per second, by how many bytes ago they were touched before.")
}

/**
 * The numbers of threads to measure a device with: those asked for, but of a graphics processor, whose
 * threads are lanes by the hundred thousand, only where it is the one asked about.
 */
function countsFor(
  name: string,
  only: string | undefined,
  counts: readonly number[] = [],
): readonly (number | undefined)[] {
  return counts.length === 0 || (name === "gpu" && only === undefined) ? [undefined] : counts
}

/** Passes that lie further apart say that the machine did other things meanwhile. */
const restless = 0.15

function reaches([first]: readonly Calibration[]): readonly number[] {
  return (first?.bandwidths ?? []).map(({ reach }) => reach)
}

function bandwidths({ device, threads, bandwidths }: Calibration): readonly string[] {
  return [
    device,
    String(threads),
    ...bandwidths.map(({ bytesPerSecond }) => billions(bytesPerSecond)),
  ]
}

/** A calibration with its maps as objects, and what it was made on. */
function documentOf({ rates, ...calibration }: Calibration, adapter?: AdapterDescription): object {
  const instructions = Object.fromEntries(rates.instructions)
  return { ...calibration, adapter, rates: { ...rates, instructions } }
}

function billions(rate: number): string {
  return (rate / 1e9).toLocaleString("en-US", {
    minimumSignificantDigits: 3,
    maximumSignificantDigits: 3,
  })
}
