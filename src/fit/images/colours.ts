/** The axes along which the colours of images differ most. */

import type { Pixels } from "./image-files.ts"

/** Turns of the Jacobi method: three off-diagonal elements vanish long before. */
const turns = 12

/**
 * The principal axes of the red, green and blue of all pixels, each as long as the pixels' standard
 * deviation along it: rows of float[3][3]. Krizhevsky et al. 2012 (section 4.1) write the variance
 * for its length; with pixels of 0 … 255 only the deviation keeps colours within reach.
 */
export function colourAxes({ values }: Pick<Pixels, "values">): number[][] {
  const count = values.length / 3
  const mean = [0, 0, 0]
  const products = Array.from({ length: 9 }, () => 0)
  for (let i = 0; i < values.length; i += 3) {
    for (let a = 0; a < 3; a++) {
      mean[a] += values[i + a] / count
      for (let b = 0; b < 3; b++) products[3 * a + b] += (values[i + a] * values[i + b]) / count
    }
  }
  const covariance = [0, 1, 2].map((a) =>
    [0, 1, 2].map((b) => products[3 * a + b] - mean[a] * mean[b]),
  )
  const { lengths, axes } = symmetricAxes(covariance)
  return axes.map((axis, i) => axis.map((part) => part * Math.sqrt(Math.max(0, lengths[i]))))
}

/** Eigenvalues and eigenvectors of a symmetric 3 × 3 matrix, by Jacobi's rotations. */
function symmetricAxes(matrix: readonly (readonly number[])[]) {
  const m = matrix.map((row) => [...row])
  const axes = [0, 1, 2].map((i) => [0, 1, 2].map((j) => Number(i === j)))
  for (let turn = 0; turn < turns; turn++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      if (m[p][q] === 0) continue
      const angle = 0.5 * Math.atan2(2 * m[p][q], m[q][q] - m[p][p])
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      for (let k = 0; k < 3; k++) {
        const [kp, kq] = [m[k][p], m[k][q]]
        m[k][p] = cos * kp - sin * kq
        m[k][q] = sin * kp + cos * kq
      }
      for (let k = 0; k < 3; k++) {
        const [pk, qk] = [m[p][k], m[q][k]]
        m[p][k] = cos * pk - sin * qk
        m[q][k] = sin * pk + cos * qk
        const [ap, aq] = [axes[p][k], axes[q][k]]
        axes[p][k] = cos * ap - sin * aq
        axes[q][k] = sin * ap + cos * aq
      }
    }
  }
  return { lengths: [m[0][0], m[1][1], m[2][2]], axes }
}
