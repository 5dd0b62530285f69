/** `tradespace devices`: what is here, calibrated. */

import { Command } from "commander"
import { deviceNames, openDevice } from "../array/index.ts"
import {
  type AdapterDescription,
  type Calibration,
  calibrationOf,
  DeviceError,
} from "../device/index.ts"
import { bytes, duration, share } from "./figures.ts"
import { examples, jsonOption } from "./options.ts"
import { calibrating, say, sayJson, table } from "./terminal.ts"

interface Options {
  readonly fresh?: boolean
  readonly json?: boolean
}

export function devicesCommand(): Command {
  return new Command("devices")
    .description("the devices of this machine and what they can do, by a short calibration")
    .option("--fresh", "measure again, whatever was measured before")
    .addOption(jsonOption())
    .addHelpText("after", examples("devices", "devices --fresh"))
    .action(run)
}

async function run({ fresh, json }: Options): Promise<void> {
  const calibrations: Calibration[] = []
  const absent: string[] = []
  const adapters = new Map<string, AdapterDescription>()
  for (const name of deviceNames()) {
    // It is none of its own, but a choice among the others.
    if (name === "auto") continue
    try {
      const device = await openDevice(name)
      // One device may answer to several names.
      if (calibrations.some((known) => known.device === device.name)) continue
      calibrations.push(await calibrationOf(device, { fresh, progress: calibrating(name) }))
      const { adapter } = device
      if (adapter !== undefined) adapters.set(device.name, adapter)
    } catch (failure) {
      if (!(failure instanceof DeviceError)) throw failure
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
  say(table([["memory", ...reaches(calibrations).map(bytes)], ...calibrations.map(bandwidths)]))
  say()
  for (const [name, adapter] of adapters) {
    const kind = adapter.isSoftware ? ", software that imitates a GPU" : ""
    say(`${name}: ${adapter.name}${kind}`)
  }
  for (const line of absent) say(line)
  for (const { device, unrest } of calibrations) {
    if (unrest > restless) {
      say(
        `${device} was calibrated on a busy machine: passes lay ${share(unrest)} apart; ` +
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

/** Passes that lie further apart say that the machine did other things meanwhile. */
const restless = 0.15

function reaches([first]: readonly Calibration[]): readonly number[] {
  return (first?.bandwidths ?? []).map(({ reach }) => reach)
}

function bandwidths({ device, bandwidths }: Calibration): readonly string[] {
  return [device, ...bandwidths.map(({ bytesPerSecond }) => billions(bytesPerSecond))]
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
