export { batch } from "./batch.ts"
export { jvp } from "./jvp.ts"
export { type Lifted, liftCaptures } from "./lift.ts"
export { type Linearization, linearize } from "./linearize.ts"
export * as policies from "./policy.ts"
export {
  type Computation,
  type ComputationStep,
  measureOrder,
  type Order,
  plainOrder,
} from "./rematerialise/computation.ts"
export { fitBudget, leastPeak, repeatsOf, type Solution } from "./rematerialise/solve.ts"
export { type SimplifyOptions, simplify } from "./simplify.ts"
export { transpose } from "./transpose.ts"
export { type GradientOptions, gradient, type Vjp, vjp } from "./vjp.ts"
