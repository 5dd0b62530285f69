/** Special functions under the names of `scipy.special`. */

export { logSoftmax, softmax } from "../nn/activations.ts"
export { type LogSumExpOptions, logsumexp } from "../numpy/averages.ts"
export { erf, erfc, erfInv, erfInv as erfinv } from "../operations/elementwise.ts"
export * from "./bessel.ts"
export * from "./bessel-j.ts"
export * from "./beta.ts"
export * from "./entropy.ts"
export * from "./error.ts"
export * from "./expn.ts"
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
} from "./gamma.ts"
export * from "./hypergeometric.ts"
export { gammainc, gammaincc } from "./incomplete.ts"
export * from "./integrals.ts"
export * from "./normal.ts"
export * from "./zeta.ts"
