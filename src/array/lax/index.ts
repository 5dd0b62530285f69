/** The functions beneath NumPy's, as in `jax.lax`: explicit about axes, windows and layouts. */

export * as linalg from "../linalg/lax.ts"
export { broadcastShapes } from "../numpy/masks.ts"
export { cond, switchBranches as switch } from "../operations/branches.ts"
export {
  type ConvolutionOptions,
  conv,
  convGeneralDilated,
  convGeneralDilatedPatches,
  convTranspose,
  convWithGeneralPadding,
  type DimensionNumbers,
  type Padding,
} from "../operations/convolution.ts"
export { fullLike } from "../operations/creation.ts"
export { erf, erfc, erfInv, logistic, rsqrt, stopGradient } from "../operations/elementwise.ts"
export { dynamicSlice, dynamicUpdateSlice } from "../operations/indexing.ts"
export { type DotDimensions, dot, dotGeneral } from "../operations/linear.ts"
export {
  foriLoop,
  map,
  type ScanOptions,
  scan,
  type WhileOptions,
  whileLoop,
} from "../operations/loops.ts"
export { topK } from "../operations/ordering.ts"
export type { WindowOptions, WindowReduction } from "../operations/pooling.ts"
export { cummax, cummin, cumprod, cumsum } from "../operations/reductions.ts"
export { type AssociativeScanOptions, associativeScan } from "./associative-scan.ts"
export * from "./bits.ts"
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
} from "./elementwise.ts"
export { fft } from "./fft.ts"
export * from "./gather.ts"
export * from "./implicit.ts"
export * from "./names.ts"
export { reduce, reduceWindow } from "./reductions.ts"
export * from "./shapes.ts"
