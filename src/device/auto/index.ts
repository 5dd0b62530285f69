export type { DeviceChoice, DeviceOffer } from "./choice.ts"
export { openAuto } from "./device.ts"
