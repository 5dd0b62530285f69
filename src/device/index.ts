export * from "./device.ts"
