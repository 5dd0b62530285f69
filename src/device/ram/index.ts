export { type Count, countRun } from "./count.ts"
export { openRam } from "./device.ts"
export { type Argument, evaluate } from "./interpreter.ts"
export type { HostArray } from "./values.ts"
