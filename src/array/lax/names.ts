/** Elementwise functions and reductions under the names that they have in `jax.lax`. */

import { type Unary, unary } from "../operations/pointwise.ts"
import { toBits } from "../tracing/operands.ts"

/**
 * The number of bits of a two's complement that are 1, in the dtype of the elements. Work n, span 1.
 * @example lax.populationCount(np.array([7, -1], { dtype: "int32" })) // → [3, 32]
 */
export const populationCount: Unary = unary("populationCount", "populationCount", toBits)

export { nextafter } from "../numpy/float-parts.ts"
export { unstack } from "../numpy/rearranging.ts"
export {
  absolute as abs,
  acos,
  acosh,
  add,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  cbrt,
  ceil,
  cos,
  cosh,
  equal as eq,
  exp,
  exp2,
  expm1,
  floor,
  fmod as rem,
  greater as gt,
  greaterEqual as ge,
  isfinite as isFinite,
  leftShift as shiftLeft,
  less as lt,
  lessEqual as le,
  log,
  log1p,
  maximum as max,
  minimum as min,
  multiply as mul,
  negative as neg,
  notEqual as ne,
  power as pow,
  reciprocal,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  subtract as sub,
  tan,
  tanh,
} from "../operations/elementwise.ts"
export {
  concatenate,
  expandDims,
  reshape,
  squeeze,
  stack,
  tile,
  transpose,
} from "../operations/movement.ts"
export {
  all as reduceAnd,
  any as reduceOr,
  argmax,
  argmin,
  max as reduceMax,
  min as reduceMin,
  prod as reduceProd,
  sum as reduceSum,
} from "../operations/reductions.ts"
export { i0e as besselI0e, i1e as besselI1e } from "../special/bessel.ts"
export { betainc } from "../special/beta.ts"
export { digamma, gammaln as lgamma } from "../special/gamma.ts"
export {
  gammainc as igamma,
  gammaincc as igammac,
  igammaGradA,
  randomGammaGrad,
} from "../special/incomplete.ts"
export { polygamma, zeta } from "../special/zeta.ts"
