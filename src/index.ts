/** Tradespace: trade space for time. */

export * from "./array/index.ts"
