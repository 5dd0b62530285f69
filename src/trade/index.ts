export {
  type BeatenPoint,
  type Choice,
  type Frontier,
  type FrontierOptions,
  type FrontierPoint,
  frontier,
  frontierOf,
} from "./frontier.ts"
export { frontierHtml, frontierSvg } from "./frontier-picture.ts"
export { plotFrontier, printFrontier } from "./frontier-print.ts"
export { type Memoized, type MemoizeOptions, type MemoizeReport, memoize } from "./memoize.ts"
export { type MemoryFrontier, type MemoryPoint, printMemoryFrontier } from "./memoize-frontier.ts"
export { priceOf } from "./price.ts"
export {
  type InferOptions,
  type InferredPart,
  type InferredPrice,
  inferPrice,
  printInferred,
} from "./price-infer.ts"
export {
  type BillOptions,
  bill,
  type CalibrateOptions,
  calibrateDevice,
  printQuote,
  type QuoteOptions,
  quote,
  quoteNotes,
} from "./quote.ts"
export {
  type Items,
  type SpreadEachOptions,
  type SpreadOptions,
  spread,
  spreadEach,
} from "./spread.ts"
export { type ModuleFunction, SpreadError } from "./spread-function.ts"
