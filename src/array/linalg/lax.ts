/** Factorisations as in `jax.lax.linalg`. */

export { cholesky } from "./cholesky.ts"
export { eigh } from "./eigh.ts"
export { tridiagonalSolve } from "./equations.ts"
export { luFactors as lu, luPivotsToPermutation } from "./lu.ts"
export { qr } from "./qr.ts"
export { svd } from "./svd.ts"
export { type TriangularSolveOptions, triangularSolve } from "./triangular.ts"
