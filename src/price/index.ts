export { bindGraph } from "./bind.ts"
export {
  type ClosedForm,
  closedFormOf,
  closedForms,
  type Holds,
  leastSamples,
  type Sample,
} from "./closed-form.ts"
export { alignColumns, printSeconds } from "./columns.ts"
export type { Cost, Measure } from "./cost.ts"
export { networkStages, prefixLevels } from "./levels.ts"
export {
  type Burden,
  burdenOf,
  type ParallelTime,
  parallelTime,
  type StepsOn,
  type UsefulThreads,
} from "./parallel.ts"
export * from "./price.ts"
export { type JsonModelPrice, type JsonPrice, priceToJson, printPrice } from "./print.ts"
export {
  printBurden,
  printParallelTime,
  printSpacetime,
  threadCounts,
} from "./print-parallel.ts"
export { costOf } from "./rules.ts"
export { type Spacetime, type SpacetimeOptions, type Split, spacetime } from "./spacetime.ts"
export { isCreation, isView } from "./views.ts"
