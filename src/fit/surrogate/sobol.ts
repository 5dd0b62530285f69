/**
 * Points that fill a cube evenly: a Sobol sequence with a random digital shift.
 * Source: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional
 * projections", SIAM J. Sci. Comput. 2008; direction numbers new-joe-kuo-6.
 */

/** Per dimension from the second on: the primitive polynomial's coefficients, and m₁ … m_s. */
const directions: readonly (readonly [coefficients: number, initial: readonly number[]])[] = [
  [0, [1]],
  [1, [1, 3]],
  [1, [1, 3, 1]],
  [2, [1, 1, 1]],
  [1, [1, 1, 3, 3]],
  [4, [1, 3, 5, 13]],
  [2, [1, 1, 5, 5, 17]],
  [4, [1, 1, 5, 5, 5]],
  [7, [1, 1, 7, 11, 19]],
  [11, [1, 1, 5, 1, 1]],
  [13, [1, 1, 1, 3, 11]],
  [14, [1, 3, 5, 5, 31]],
  [1, [1, 3, 3, 9, 7, 49]],
  [13, [1, 1, 1, 15, 21, 21]],
  [16, [1, 3, 1, 13, 27, 49]],
  [19, [1, 1, 1, 15, 7, 5]],
  [22, [1, 3, 1, 15, 13, 25]],
  [25, [1, 1, 5, 5, 19, 61]],
  [1, [1, 3, 7, 11, 23, 15, 103]],
  [4, [1, 3, 7, 13, 13, 15, 69]],
]

/** Most dimensions that there are direction numbers for. */
export const sobolDimensions = directions.length + 1

const bits = 32

/** V₁ … V₃₂ of one dimension, as 32-bit fractions. */
function directionNumbers(dimension: number): Uint32Array {
  const numbers = new Uint32Array(bits)
  if (dimension === 0) {
    for (let i = 0; i < bits; i++) numbers[i] = 2 ** (31 - i)
    return numbers
  }
  const [coefficients, initial] = directions[dimension - 1]
  const degree = initial.length
  for (let i = 0; i < bits; i++) {
    if (i < degree) {
      numbers[i] = initial[i] * 2 ** (31 - i)
      continue
    }
    let value = numbers[i - degree] ^ (numbers[i - degree] >>> degree)
    for (let k = 1; k < degree; k++) {
      if ((coefficients >>> (degree - 1 - k)) & 1) value ^= numbers[i - k]
    }
    numbers[i] = value
  }
  return numbers
}

/**
 * The points `start` … `start + count − 1` of the sequence in [0, 1), row-major [count, dimensions].
 * @param shift per dimension, 32 random bits that every point is combined with; none gives the
 * sequence itself. Two shifts give independent sets of points.
 * @throws RangeError when there are more dimensions than direction numbers.
 */
export function sobolPoints(
  dimensions: number,
  count: number,
  options: { readonly start?: number; readonly shift?: Uint32Array } = {},
): Float64Array {
  if (dimensions < 1 || dimensions > sobolDimensions) {
    throw new RangeError(`there are Sobol points of 1 to ${sobolDimensions} dimensions`)
  }
  const { start = 0, shift } = options
  const points = new Float64Array(count * dimensions)
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const numbers = directionNumbers(dimension)
    const own = shift?.[dimension] ?? 0
    for (let i = 0; i < count; i++) {
      const index = start + i
      // The Gray code of the index says which direction numbers are combined.
      const gray = index ^ (index >>> 1)
      let value = own
      for (let bit = 0; gray >>> bit !== 0; bit++) {
        if ((gray >>> bit) & 1) value ^= numbers[bit]
      }
      points[i * dimensions + dimension] = (value >>> 0) / 2 ** 32
    }
  }
  return points
}
