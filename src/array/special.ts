/** Special functions under the names of `scipy.special`. */

export { logSoftmax, softmax } from "./activations.ts"
export { type LogSumExpOptions, logsumexp } from "./averages.ts"
export { erf, erfc, erfInv } from "./elementwise.ts"
export * from "./special-bessel.ts"
export * from "./special-beta.ts"
export * from "./special-entropy.ts"
export {
  beta,
  betaln,
  digamma,
  factorial,
  gamma,
  gammaln,
  gammaln as loggamma,
  gammasgn,
  multigammaln,
} from "./special-gamma.ts"
export * from "./special-incomplete.ts"
export * from "./special-normal.ts"
export * from "./special-zeta.ts"
