export { type CpuOptions, openCpu } from "./device.ts"
