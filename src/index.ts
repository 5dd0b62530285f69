/** Tradespace: trade space for time. */

export * from "./array/index.ts"
export { type Price, parallelism, priceAt, printPrice, timeOn } from "./price/index.ts"
export {
  type Items,
  type Memoized,
  type MemoizeOptions,
  type MemoizeReport,
  type MemoryFrontier,
  type MemoryPoint,
  type ModuleFunction,
  memoize,
  priceOf as price,
  printMemoryFrontier,
  type SpreadEachOptions,
  SpreadError,
  type SpreadOptions,
  spread,
  spreadEach,
} from "./trade/index.ts"
