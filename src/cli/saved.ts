/** What tradespace fit saved, loaded for the commands that use it. */

import { defaultDevice, setDefaultDevice } from "../array/index.ts"
import { isSavedFunction, loadNetwork, loadSurrogate } from "../fit/index.ts"
import { UsageError } from "./failure.ts"
import type { DeviceChoice } from "./options.ts"

/**
 * Loads a network or a learnt function, to run where it is told.
 * @throws UsageError when a device or threads are given that what was saved makes no use of.
 */
export async function loadSaved(folder: string, { device, threads }: DeviceChoice) {
  setDefaultDevice(device ?? defaultDevice(), { threads })
  if (!(await isSavedFunction(folder))) return loadNetwork(folder)
  const learnt = await loadSurrogate(folder)
  const given = device !== undefined ? "--device" : threads !== undefined ? "--threads" : undefined
  if (given !== undefined && !learnt.isOnDevice) {
    throw new UsageError(
      `${given} is not for ${folder}: it holds a Gaussian process, which is computed in float64 by one ` +
        "thread of the host: leave it out",
    )
  }
  return learnt
}
