/** Where a fit runs: settled once, before anything is on a device. */

import { defaultDevice, openDevice, openDeviceFor, setDefaultDevice } from "../array/index.ts"
import type { Device, DeviceUse } from "../device/index.ts"
import type { Graph } from "../graph/index.ts"

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
  const quotes = choice.offers.map((offer) => `${offer.device} ${milliseconds(offer.seconds)}`)
  onEvent?.(`auto chose ${choice.device}: a training step is quoted at ${quotes.join(", ")}`)
  return device
}

function milliseconds(seconds: number): string {
  return `${Number((1000 * seconds).toPrecision(2))} ms`
}
