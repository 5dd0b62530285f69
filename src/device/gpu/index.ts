export { type AdapterDescription, findAdapter } from "./adapter.ts"
export { type GpuDevice, type GpuOptions, openGpu } from "./device.ts"
