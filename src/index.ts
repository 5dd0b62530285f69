/** Tradespace: trade space for time. */

export * from "./array/index.ts"
export type { Bill, Quote } from "./device/index.ts"
export { findMachine, type Machine } from "./hardware/index.ts"
export {
  type ParallelTime,
  type Price,
  parallelism,
  parallelTime,
  priceAt,
  printPrice,
  type Spacetime,
  type SpacetimeOptions,
  spacetime,
  timeOn,
} from "./price/index.ts"
export { BudgetError } from "./schedule/index.ts"
export {
  type BillOptions,
  bill,
  type Frontier,
  type FrontierOptions,
  type FrontierPoint,
  frontier,
  frontierHtml,
  frontierSvg,
  type InferOptions,
  type InferredPrice,
  type Items,
  inferPrice,
  type Memoized,
  type MemoizeOptions,
  type MemoizeReport,
  type MemoryFrontier,
  type MemoryPoint,
  type ModuleFunction,
  memoize,
  plotFrontier,
  priceOf as price,
  printFrontier,
  printInferred,
  printMemoryFrontier,
  type QuoteOptions,
  quote,
  type SpreadEachOptions,
  SpreadError,
  type SpreadOptions,
  spread,
  spreadEach,
} from "./trade/index.ts"
