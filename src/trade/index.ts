export { type Memoized, type MemoizeOptions, type MemoizeReport, memoize } from "./memoize.ts"
export { type MemoryFrontier, type MemoryPoint, printMemoryFrontier } from "./memoize-frontier.ts"
export { priceOf } from "./price.ts"
