/** Tradespace: trade space for time. */

export * from "./array/index.ts"
export { type Price, parallelism, priceAt, printPrice, timeOn } from "./price/index.ts"
export { priceOf as price } from "./trade/index.ts"
