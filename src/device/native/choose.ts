/** The native device where there is a compiler, and Wasm where there is none. */

import { type CpuOptions, openCpu } from "../cpu/device.ts"
import type { Device } from "../device.ts"
import { type NativeOptions, openNative } from "./device.ts"

let isExplained = false
let isThere: Promise<boolean> | undefined

/** Whether this machine has what the native device needs: tried once, without a word. */
export function hasNative(): Promise<boolean> {
  isThere ??= openNative({ threads: 1, tune: "never" }).then(
    async (device) => {
      await device.close()
      return true
    },
    () => false,
  )
  return isThere
}

/**
 * Opens the native device, or where it cannot be had the `cpu` device, saying why once.
 * @throws DeviceError when neither can be had.
 */
export async function openNativeOrCpu(options: NativeOptions & CpuOptions = {}): Promise<Device> {
  try {
    return await openNative(options)
  } catch (error) {
    if (!isExplained) {
      isExplained = true
      const reason = error instanceof Error ? error.message : String(error)
      console.warn(`tradespace: no native device here (${reason}); programs run as WebAssembly`)
    }
    return openCpu(options)
  }
}
