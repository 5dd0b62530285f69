export type { Cost, Measure } from "./cost.ts"
export * from "./price.ts"
export { costOf, isCreation, isView } from "./rules.ts"
