/**
 * Gaussian-process regression: for few calls of a smooth function often nearer than networks, at
 * work that grows with the square of their number.
 * Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), algorithm 2.1
 * and equation 5.8; one length for each feature, signal variance by its maximum in closed form.
 */

import type { Weights } from "../training/weights.ts"
import { choleskyFactor, solveLower, solveUpper } from "./cholesky.ts"
import type { Judgement } from "./evaluation.ts"
import type { Learnt } from "./machine.ts"
import { encodedNumbers } from "./numbers-as-text.ts"

export const kernelNames = ["squared-exponential", "matern52"] as const

/** JSON of a Gaussian process. */
export interface GaussianProcessSettings {
  readonly architecture: "gaussian-process"
  readonly kernel: (typeof kernelNames)[number]
  readonly features: number
  readonly outputs: number
  /** Share of the signal's variance that is taken for noise. */
  readonly noise: number
  /** Standard deviation of the signal, in scaled outputs. */
  readonly deviation: number
}

/** Correlation by the square of the scaled distance. */
const kernels = {
  "squared-exponential": (square: number): number => Math.exp(-0.5 * square),
  matern52: (square: number): number => {
    const r = Math.sqrt(5 * square)
    return (1 + r + (r * r) / 3) * Math.exp(-r)
  },
} as const

/** Points beyond which a Gaussian process takes too long. */
export const mostPoints = 1024
/** Points that lengths are found on. */
const lengthPoints = 160
const noises = [1e-8, 1e-6, 1e-4, 1e-2]

/** Points [n, features] with their scaled outputs [n, outputs]. */
export interface Points {
  readonly count: number
  readonly features: number
  readonly outputs: number
  readonly x: Float32Array
  readonly y: Float64Array
}

/**
 * Fits lengths, noise and kernel by the greatest marginal likelihood, coordinate by coordinate.
 * Work O(n³) once, and O(160³) for each try of a length.
 */
export function fitGaussianProcess(points: Points): Learnt {
  const some = fewer(points, lengthPoints)
  const tries = kernelNames.map((kernel) => lengthsFor(some, kernel))
  const best = tries.reduce((a, b) => (b.loss < a.loss ? b : a))
  // On all points the matrix may be too near to singular for the noise that fewer could do with.
  for (const noise of noises.filter((each) => each >= best.noise)) {
    const lower = factorOf(points, best.kernel, best.lengths, noise)
    if (lower === undefined) continue
    const alpha = alphaOf(points, lower)
    const { features, outputs } = points
    const deviation = Math.sqrt(varianceOf(points, lower))
    return learntProcess(
      {
        architecture: "gaussian-process",
        kernel: best.kernel,
        features,
        outputs,
        noise,
        deviation,
      },
      { x: points.x, lengths: best.lengths, alpha, lower },
    )
  }
  throw new RangeError("the points lie too near to each other for a Gaussian process")
}

interface Process {
  /** float32[n, features] */
  readonly x: Float32Array
  readonly lengths: Float64Array
  /** float64[n, outputs] */
  readonly alpha: Float64Array
  readonly lower: Float64Array
}

function learntProcess(settings: GaussianProcessSettings, process: Process): Learnt {
  const { features, outputs, deviation } = settings
  const { x: points, lengths, alpha, lower } = process
  const n = points.length / features
  const correlate = kernels[settings.kernel]
  const correlations = (x: Float32Array, offset: number): Float64Array => {
    const near = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      let square = 0
      for (let f = 0; f < features; f++) {
        square += ((x[offset + f] - points[i * features + f]) / lengths[f]) ** 2
      }
      near[i] = correlate(square)
    }
    return near
  }
  const meanOf = (near: Float64Array): Float64Array => {
    const mean = new Float64Array(outputs)
    for (let i = 0; i < n; i++) {
      for (let o = 0; o < outputs; o++) mean[o] += near[i] * alpha[i * outputs + o]
    }
    return mean
  }
  return {
    name: "a Gaussian process",
    settings,
    // Weights alpha of nearly singular matrices cancel out, which float32 would not bear.
    isOnDevice: false,
    tensors: new Map([
      ["points", { dtype: "float32", shape: [n, features], data: points }],
      ["lengths", { dtype: "float64", shape: [features], data: lengths }],
      ["alpha", { dtype: "float64", shape: [n, outputs], data: alpha }],
    ]),
    count: points.length + lengths.length + alpha.length,
    judge(x): Judgement {
      const near = correlations(x, 0)
      const mean = meanOf(near)
      const solved = solveLower(lower, near)
      const known = solved.reduce((sum, value) => sum + value * value, 0)
      return { mean, spread: deviation * Math.sqrt(Math.max(0, 1 - known)) }
    },
    async batch(x, rows) {
      const found = new Float64Array(rows * outputs)
      for (let row = 0; row < rows; row++) {
        found.set(meanOf(correlations(x, row * features)), row * outputs)
      }
      return found
    },
    source: () => sourceOf(settings, process),
  }
}

/** @throws RangeError when an array is lacking or of another shape. */
export function restoreGaussianProcess(
  settings: GaussianProcessSettings,
  tensors: Weights,
): Learnt {
  const { features, outputs, kernel, noise } = settings
  const x = tensors.get("points")?.data
  const lengths = tensors.get("lengths")?.data
  const alpha = tensors.get("alpha")?.data
  const whole =
    x instanceof Float32Array && lengths instanceof Float64Array && alpha instanceof Float64Array
  if (!whole || lengths.length !== features || alpha.length * features !== x.length * outputs) {
    throw new RangeError("the weights lack points, lengths and alpha that fit each other")
  }
  const count = x.length / features
  const points = { count, features, outputs, x, y: new Float64Array(0) }
  const lower = factorOf(points, kernel, lengths, noise)
  if (lower === undefined) throw new RangeError("its points are not those of a Gaussian process")
  return learntProcess(settings, { x, lengths, alpha, lower })
}

/** Some of the points, spread over all. */
function fewer(points: Points, most: number): Points {
  const { count, features, outputs, x, y } = points
  if (count <= most) return points
  const chosen = Array.from({ length: most }, (_, i) => Math.floor((i * count) / most))
  const take = (from: ArrayLike<number>, width: number): number[] =>
    chosen.flatMap((i) => Array.from({ length: width }, (_, j) => from[i * width + j]))
  return {
    ...{ count: most, features, outputs },
    x: Float32Array.from(take(x, features)),
    y: Float64Array.from(take(y, outputs)),
  }
}

function factorOf(
  { count, features, x }: Points,
  kernel: GaussianProcessSettings["kernel"],
  lengths: Float64Array,
  noise: number,
): Float64Array | undefined {
  const correlate = kernels[kernel]
  const square = new Float64Array(count * count)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let distance = 0
      for (let f = 0; f < features; f++) {
        distance += ((x[i * features + f] - x[j * features + f]) / lengths[f]) ** 2
      }
      square[i * count + j] = correlate(distance)
    }
    square[i * count + i] = 1 + noise
  }
  return choleskyFactor(square, count)
}

/** K⁻¹y for each output. */
function alphaOf({ count, outputs, y }: Points, lower: Float64Array): Float64Array {
  const alpha = new Float64Array(count * outputs)
  for (let o = 0; o < outputs; o++) {
    const own = Float64Array.from({ length: count }, (_, i) => y[i * outputs + o])
    const solved = solveUpper(lower, solveLower(lower, own))
    for (let i = 0; i < count; i++) alpha[i * outputs + o] = solved[i]
  }
  return alpha
}

/** yᵀK⁻¹y/n, the mean over outputs: the signal's variance. */
function varianceOf({ count, outputs, y }: Points, lower: Float64Array): number {
  let sum = 0
  for (let o = 0; o < outputs; o++) {
    const own = Float64Array.from({ length: count }, (_, i) => y[i * outputs + o])
    sum += solveLower(lower, own).reduce((total, value) => total + value * value, 0)
  }
  return Math.max(1e-12, sum / (count * outputs))
}

interface Tried {
  readonly kernel: GaussianProcessSettings["kernel"]
  readonly lengths: Float64Array
  readonly noise: number
  /** Less the marginal likelihood's logarithm, for each point and output. */
  readonly loss: number
}

const rounds = 8

function lengthsFor(points: Points, kernel: Tried["kernel"]): Tried {
  const lossAt = (lengths: Float64Array, noise: number): number => {
    const lower = factorOf(points, kernel, lengths, noise)
    if (lower === undefined) return Number.POSITIVE_INFINITY
    let determinant = 0
    for (let i = 0; i < points.count; i++) determinant += Math.log(lower[i * points.count + i])
    return 0.5 * Math.log(varianceOf(points, lower)) + determinant / points.count
  }
  const start = (length: number): Tried => {
    const lengths = new Float64Array(points.features).fill(length)
    return { kernel, lengths, noise: 1e-6, loss: lossAt(lengths, 1e-6) }
  }
  let best = [0.5, 1, 2, 4]
    .map((each) => start(each * Math.sqrt(points.features)))
    .reduce((a, b) => (b.loss < a.loss ? b : a))
  const keep = (lengths: Float64Array, noise: number): boolean => {
    const loss = lossAt(lengths, noise)
    if (!(loss < best.loss - 1e-6)) return false
    best = { kernel, lengths, noise, loss }
    return true
  }
  let factor = 2
  for (let round = 0; round < rounds; round++) {
    let better = false
    for (let f = 0; f < points.features; f++) {
      const by = (times: number): boolean => {
        const lengths = Float64Array.from(best.lengths)
        lengths[f] = Math.min(1e3, Math.max(1e-2, lengths[f] * times))
        return keep(lengths, best.noise)
      }
      if (by(factor) || by(1 / factor)) better = true
    }
    for (const noise of noises) if (keep(best.lengths, noise)) better = true
    if (!better) factor = Math.sqrt(factor)
    if (factor < 1.1) break
  }
  return best
}

function sourceOf(
  { kernel, features, outputs }: GaussianProcessSettings,
  { x, lengths, alpha }: Process,
): string {
  const correlation =
    kernel === "matern52"
      ? "const r = Math.sqrt(5 * square)\n    const near = (1 + r + (r * r) / 3) * Math.exp(-r)"
      : "const near = Math.exp(-0.5 * square)"
  return `const points = ${encodedNumbers(x)}
const lengths = ${encodedNumbers(lengths)}
const alpha = ${encodedNumbers(alpha)}

function judge(x) {
  const mean = new Float64Array(${outputs})
  for (let i = 0; i < ${x.length / features}; i++) {
    let square = 0
    for (let f = 0; f < ${features}; f++) square += ((x[f] - points[i * ${features} + f]) / lengths[f]) ** 2
    ${correlation}
    for (let o = 0; o < ${outputs}; o++) mean[o] += near * alpha[i * ${outputs} + o]
  }
  return mean
}`
}
