/** Tradespace: trade space for time. */

export * from "./array/index.ts"
export { type Price, parallelism, priceAt, printPrice, timeOn } from "./price/index.ts"
export {
  type Memoized,
  type MemoizeOptions,
  type MemoizeReport,
  type MemoryFrontier,
  type MemoryPoint,
  memoize,
  priceOf as price,
  printMemoryFrontier,
} from "./trade/index.ts"
