export { calibrate } from "./calibrate.ts"
export * from "./device.ts"
export { type Calibration, type Quote, quoteGraph, quoteProgram } from "./quote.ts"
export * from "./ram/index.ts"
