/** Special functions under the names of `scipy.special`. */

export { logSoftmax, softmax } from "./activations.ts"
export { type LogSumExpOptions, logsumexp } from "./averages.ts"
export { erf, erfc, erfInv, erfInv as erfinv } from "./elementwise.ts"
export * from "./special-bessel.ts"
export * from "./special-bessel-j.ts"
export * from "./special-beta.ts"
export * from "./special-entropy.ts"
export * from "./special-error.ts"
export * from "./special-expn.ts"
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
export * from "./special-hypergeometric.ts"
export { gammainc, gammaincc } from "./special-incomplete.ts"
export * from "./special-integrals.ts"
export * from "./special-normal.ts"
export * from "./special-zeta.ts"
