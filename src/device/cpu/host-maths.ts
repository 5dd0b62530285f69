/** Functions of float64 that programs import from the host: the very ones that `ram` computes with. */

import type { HostMaths } from "../../emit/index.ts"
import { erf, erfc, erfInv, logistic, power } from "../ram/special.ts"

/** Engines call those of `Math` without leaving compiled code. */
export const hostMaths: HostMaths = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  cbrt: Math.cbrt,
  erf,
  erfc,
  erfInv,
  logistic,
  power,
  atan2: Math.atan2,
  remainder: (x, y) => x % y,
}
