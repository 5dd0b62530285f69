/** `tradespace devices`: what is here, calibrated. */

import { Command } from "commander"
import { deviceNames, openDevice } from "../array/index.ts"
import { type Calibration, calibrationOf, DeviceError } from "../device/index.ts"
import { duration } from "./figures.ts"
import { jsonOption } from "./options.ts"
import { say, sayJson, table } from "./terminal.ts"

interface Options {
  readonly fresh?: boolean
  readonly json?: boolean
}

export function devicesCommand(): Command {
  return new Command("devices")
    .description("the devices of this machine and what they can do, by a short calibration")
    .option("--fresh", "measure again, whatever was measured before")
    .addOption(jsonOption())
    .action(run)
}

async function run({ fresh, json }: Options): Promise<void> {
  const calibrations: Calibration[] = []
  const absent: string[] = []
  const adapters: string[] = []
  for (const name of deviceNames()) {
    try {
      const device = await openDevice(name)
      // One device may answer to several names.
      if (calibrations.some((known) => known.device === device.name)) continue
      calibrations.push(await calibrationOf(device, { fresh }))
      const { adapter } = device
      const kind = adapter?.isSoftware ? ", software that imitates a GPU" : ""
      if (adapter !== undefined) adapters.push(`${name}: ${adapter.name}${kind}`)
    } catch (failure) {
      if (!(failure instanceof DeviceError)) throw failure
      absent.push(failure.message)
    }
  }
  if (json) return sayJson(calibrations)
  const rows = calibrations.map((found) => [
    found.device,
    String(found.threads),
    billions(found.tiledPerSecond),
    billions(found.lanedPerSecond),
    billions(found.unlanedPerSecond),
    billions(found.bytesPerSecond),
    duration(found.launchSeconds),
    duration(found.barrierSeconds),
  ])
  const head = ["device", "threads", "tiles", "lanes", "one by one", "memory", "launch", "barrier"]
  say(table([head, ...rows]))
  say()
  for (const line of [...adapters, ...absent]) say(line)
  if (adapters.length + absent.length > 0) say()
  say("tiles: billions of multiplications and additions per second in matrix products;")
  say("lanes: of other operations side by side; one by one: of operations that wait on each other;")
  say("memory: billions of bytes per second; launch: a small program; barrier: between kernels.")
}

function billions(rate: number): string {
  return (rate / 1e9).toPrecision(3)
}
