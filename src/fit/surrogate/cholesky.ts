/** Symmetric positive systems in double precision. */

/**
 * The lower triangle L of LLᵀ, from the lower triangle of a matrix of n rows, which is overwritten;
 * undefined where it is not positive. Work n³/3.
 */
export function choleskyFactor(square: Float64Array, n: number): Float64Array | undefined {
  for (let i = 0; i < n; i++) {
    const row = i * n
    for (let j = 0; j <= i; j++) {
      const other = j * n
      let sum = square[row + j]
      for (let k = 0; k < j; k++) sum -= square[row + k] * square[other + k]
      if (i !== j) square[row + j] = sum / square[other + j]
      else if (sum > 0) square[row + i] = Math.sqrt(sum)
      else return undefined
    }
  }
  return square
}

/** x with Lx = b. */
export function solveLower(lower: Float64Array, b: Float64Array): Float64Array {
  const n = b.length
  const x = Float64Array.from(b)
  for (let i = 0; i < n; i++) {
    let sum = x[i]
    for (let k = 0; k < i; k++) sum -= lower[i * n + k] * x[k]
    x[i] = sum / lower[i * n + i]
  }
  return x
}

/** x with Lᵀx = b. */
export function solveUpper(lower: Float64Array, b: Float64Array): Float64Array {
  const n = b.length
  const x = Float64Array.from(b)
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= lower[i * n + i]
    for (let k = 0; k < i; k++) x[k] -= lower[i * n + k] * x[i]
  }
  return x
}
