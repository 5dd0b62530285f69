export { hasNative, openNativeOrCpu } from "./choose.ts"
export { type NativeOptions, openNative } from "./device.ts"
