/** The functions beneath NumPy's, as in `jax.lax`: explicit about axes, windows and layouts. */

export { type AssociativeScanOptions, associativeScan } from "./associative-scan.ts"
export { cond, switchBranches as switch } from "./branches.ts"
export {
  type ConvolutionOptions,
  conv,
  convGeneralDilated,
  convGeneralDilatedPatches,
  convTranspose,
  convWithGeneralPadding,
  type DimensionNumbers,
  type Padding,
} from "./convolution.ts"
export { fullLike } from "./creation.ts"
export { erf, erfc, erfInv, logistic, rsqrt, stopGradient } from "./elementwise.ts"
export { dynamicSlice, dynamicUpdateSlice } from "./indexing.ts"
export * from "./lax-bits.ts"
export {
  bitcastConvertType,
  clamp,
  clz,
  convertElementType,
  div,
  integerPow,
  round,
  select,
  selectN,
  shiftRightArithmetic,
  shiftRightLogical,
} from "./lax-elementwise.ts"
export { fft } from "./lax-fft.ts"
export * from "./lax-gather.ts"
export * from "./lax-implicit.ts"
export * from "./lax-names.ts"
export { reduce, reduceWindow } from "./lax-reductions.ts"
export * from "./lax-shapes.ts"
export * as linalg from "./linalg/lax.ts"
export { type DotDimensions, dot, dotGeneral } from "./linear.ts"
export { foriLoop, map, type ScanOptions, scan, whileLoop } from "./loops.ts"
export { broadcastShapes } from "./masks.ts"
export { split } from "./movement.ts"
export { topK } from "./ordering.ts"
export type { WindowOptions, WindowReduction } from "./pooling.ts"
export { cummax, cummin, cumprod, cumsum } from "./reductions.ts"
