export { type GpuDevice, type GpuOptions, openGpu } from "./device.ts"
