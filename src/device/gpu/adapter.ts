/** Finding a GPU: the browser's own WebGPU, or, in Node, Dawn through the package `webgpu`. */

import { type AdapterDescription, DeviceError } from "../device.ts"

export interface FoundAdapter extends AdapterDescription {
  readonly adapter: GPUAdapter
  /** What its WGSL has beyond the first edition. */
  readonly language: ReadonlySet<string>
}

/** Flags of GPUBufferUsage, which is no global in Node. */
export const usage = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  uniform: 64,
  storage: 128,
  indirect: 256,
} as const

let instance: GPU | undefined

/**
 * The system's GPU, the fastest where there are several.
 * @throws DeviceError when there is no WebGPU here or it has no adapter.
 */
export async function findAdapter(): Promise<FoundAdapter> {
  instance ??= await findGpu()
  const adapter = await instance.requestAdapter({ powerPreference: "high-performance" })
  if (adapter === null) {
    throw new DeviceError(
      "the gpu device found no adapter: WebGPU is here, but no driver that it can use",
    )
  }
  const language = new Set<string>(instance.wgslLanguageFeatures)
  return { adapter, language, ...describe(adapter.info) }
}

async function findGpu(): Promise<GPU> {
  if (typeof navigator !== "undefined" && "gpu" in navigator && navigator.gpu) return navigator.gpu
  if (typeof process === "undefined" || process.versions?.node === undefined) {
    throw new DeviceError("the gpu device needs WebGPU, which this browser does not offer here")
  }
  try {
    const dawn = await load("webgpu")
    // Its experiments are only there for those who ask for them; subgroup matrices are one.
    return dawn.create(["enable-dawn-features=allow_unsafe_apis"])
  } catch (cause) {
    throw new DeviceError(
      "the gpu device needs the package webgpu and a Vulkan, Metal or Direct3D driver in Node: " +
        `${cause instanceof Error ? cause.message.split("\n")[0] : cause}`,
      { cause },
    )
  }
}

interface Dawn {
  create(options: readonly string[]): GPU
}

/** Imports a package by a name known at run time only, for which bundlers do not look. */
function load(name: string): Promise<Dawn> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ `${name}`)
}

function describe(info: GPUAdapterInfo): AdapterDescription {
  const known = [info.description, info.device, info.architecture, info.vendor]
  const text = known.join(" ")
  const isSoftware = info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|warp/i.test(text)
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(" ")
  return { name: name || "an adapter without a name", isSoftware }
}
