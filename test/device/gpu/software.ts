/** A GPU for tests: the system's, or the software one that comes with Chromium on Debian. */

import { existsSync } from "node:fs"
import { type GpuDevice, type GpuOptions, openGpu } from "../../../src/device/gpu/index.ts"

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"

/** Has Vulkan find the software driver, unless another one was chosen. */
export function useSoftwareDriver(): void {
  if (process.env.VK_ICD_FILENAMES === undefined && existsSync(driver)) {
    process.env.VK_ICD_FILENAMES = driver
  }
}

/** The device, or why there is none: tests that need it are skipped for that reason. */
export async function gpuOrReason(
  options: GpuOptions = {},
): Promise<{ readonly gpu?: GpuDevice; readonly reason: string }> {
  useSoftwareDriver()
  try {
    return { gpu: await openGpu(options), reason: "" }
  } catch (failure) {
    return { reason: failure instanceof Error ? failure.message : String(failure) }
  }
}
