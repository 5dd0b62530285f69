export * from "./device.ts"
export * from "./ram/index.ts"
