/** Linear algebra under the names of `numpy.linalg` and `scipy.linalg`. */

export { matmul, outer, tensordot, vecdot } from "../operations/linear.ts"
export { matrixTranspose } from "../operations/movement.ts"
export { cross } from "../operations/vectors.ts"
export { type CholeskyOptions, choFactor, cholesky, choSolve } from "./cholesky.ts"
export { type EighOptions, eigh, eigvalsh } from "./eigh.ts"
export { type PolarSide, polar, solveSylvester } from "./equations.ts"
export { expm, expmFrechet, matrixPower, multiDot } from "./functions.ts"
export {
  lstsq,
  type MatrixRankOptions,
  matrixRank,
  type PinvOptions,
  pinv,
} from "./least-squares.ts"
export { lu, luFactor, luSolve } from "./lu.ts"
export { cond, matrixNorm, type NormOptions, norm, type Order, vectorNorm } from "./norms.ts"
export {
  blockDiag,
  circulant,
  companion,
  type DftScale,
  dft,
  hadamard,
  hankel,
  hilbert,
  type PascalKind,
  pascal,
  toeplitz,
} from "./patterns.ts"
export { diagonal, type OffsetOptions, trace } from "./products.ts"
export { type QrMode, type QrOptions, qr } from "./qr.ts"
export { det, inv, slogdet, solve, tensorinv, tensorsolve } from "./solving.ts"
export {
  type ConvolutionMode,
  convolutionMatrix,
  fiedler,
  helmert,
  invhilbert,
  invpascal,
  leslie,
} from "./structured.ts"
export { type SvdOptions, svd, svdvals } from "./svd.ts"
export { type SolveTriangularOptions, solveTriangular } from "./triangular.ts"
