/**
 * Maths element by element. Operands are broadcast by NumPy's rule and promoted as in JAX; with n
 * elements in the result each primitive is work n and span 1. Functions of floats take integers
 * and bools too, as float32; work is stated for operands that need no cast, which is n more.
 */

export * from "./arithmetic.ts"
export * from "./functions.ts"
export * from "./logic.ts"
