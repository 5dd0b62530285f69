export { type NativeOptions, openNative } from "./device.ts"
