export { bytesBeyondInputs, bytesOf, memoryOf } from "./arena.ts"
export * from "./axis.ts"
export {
  BudgetError,
  type FitOptions,
  type Fitted,
  fitMemory,
  leastMemory,
} from "./budget/fit.ts"
export { type ContractionPrecision, contractionPrecisions } from "./contraction.ts"
export {
  type Access,
  type CostKind,
  costKinds,
  costOfKernel,
  dearPrimitives,
  type KernelCost,
  noWork,
  operationsOf,
  type ProgramWork,
  workKinds,
  workOfKernel,
} from "./cost/index.ts"
export * from "./expression.ts"
export type { AnyTarget, GroupTarget, MatrixShape } from "./group-target.ts"
export { columnsInPlace, rowsInPlace } from "./in-place.ts"
export * from "./index-function.ts"
export * from "./kernel.ts"
export { printProgram, spaceAndTime } from "./print.ts"
export * from "./program.ts"
export {
  indicesOf,
  loadsOf,
  ScalarRewriter,
  scalarsOf,
  storesWithin,
  visitScalars,
} from "./rewrite.ts"
export * from "./schedule.ts"
export { contractionScratch, panelGap, panelsOfGroup, stepsOfChunk } from "./scratch.ts"
export { countBytes, digitBits, digitPasses, mergePiece, ranksRows, shortRow } from "./sorting.ts"
export * from "./step.ts"
export * from "./target.ts"
export { invocationsOf, vectorOf } from "./tile-groups.ts"
