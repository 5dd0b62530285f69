/**
 * Gradient-boosted trees over histograms: features in at most 256 bins, trees grown leaf by leaf at
 * the greatest gain, leaf values by Newton's step.
 * Source: Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree" (2017), and
 * Chen and Guestrin, "XGBoost" (2016), equations 5 to 7.
 */

import type { Baseline, BaselineTarget, DenseRows } from "./dense-rows.ts"
import { softmaxRows } from "./linear.ts"

export interface TreesOptions {
  readonly trees: number
  readonly rate: number
  readonly leaves: number
  /** Sum of second derivatives that a leaf needs. */
  readonly leastWeight: number
  /** Penalty on squared leaf values. */
  readonly lambda: number
  /** Trees without a better result on the validation rows, after which growing ends. */
  readonly patience: number
  /** Milliseconds after which no further tree is begun. */
  readonly milliseconds: number
}

const defaults: TreesOptions = {
  trees: 300,
  rate: 0.1,
  leaves: 31,
  leastWeight: 1,
  lambda: 1,
  patience: 20,
  milliseconds: 15_000,
}

/** A tree in arrays: node i goes to `left[i]` when its bin is at most `bin[i]`; leaves have feature −1. */
interface Tree {
  readonly feature: Int32Array
  readonly bin: Uint8Array
  readonly left: Int32Array
  readonly right: Int32Array
  readonly value: Float64Array
}

/** Rows by bins, feature after feature. */
interface Binned {
  readonly rows: number
  readonly width: number
  /** uint8[width, rows] */
  readonly bins: Uint8Array
}

/**
 * Boosts trees until they no longer get better on the validation rows.
 * @param rows missing values as any number: a bin of their own is not needed for baselines
 */
export function treesBaseline(
  rows: DenseRows,
  target: BaselineTarget,
  validation: { readonly rows: DenseRows; readonly truth: Float64Array },
  given: Partial<TreesOptions> = {},
): Baseline {
  const options = { ...defaults, ...given }
  const outputs = target.classes === 0 ? 1 : target.classes === 2 ? 1 : target.classes
  const edges = edgesOf(rows)
  const binned = binnedRows(rows, edges)
  const held = binnedRows(validation.rows, edges)
  const start = startOf(target, outputs)
  const scores = filled(rows.rows, start)
  const heldScores = filled(validation.rows.rows, start)
  const forest: Tree[][] = []
  const began = performance.now()
  let best = lossOf(heldScores, validation.truth, target.classes)
  let bestCount = 0
  for (let round = 0; round < options.trees; round++) {
    const trees = Array.from({ length: outputs }, (_, output) => {
      const { gradient, hessian } = derivatives(scores, target, outputs, output)
      return growTree(binned, gradient, hessian, options)
    })
    for (const [output, tree] of trees.entries()) {
      addTree(tree, binned, scores, outputs, output)
      addTree(tree, held, heldScores, outputs, output)
    }
    forest.push(trees)
    const loss = lossOf(heldScores, validation.truth, target.classes)
    if (loss < best) {
      best = loss
      bestCount = forest.length
    }
    const late = performance.now() - began > options.milliseconds
    if (late || forest.length - bestCount >= options.patience) break
  }
  const kept = forest.slice(0, bestCount)
  return {
    name: `${kept.length} boosted trees`,
    predict(more) {
      const those = binnedRows(more, edges)
      const found = filled(more.rows, start)
      for (const trees of kept) {
        for (const [output, tree] of trees.entries()) addTree(tree, those, found, outputs, output)
      }
      return told(found, target.classes)
    },
  }
}

const mostBins = 255
/** Values that edges are taken from, at most. */
const sampled = 20_000

/** Values between bins, rising, for each feature. */
function edgesOf({ rows, width, values }: DenseRows): Float32Array[] {
  const stride = Math.max(1, Math.floor(rows / sampled))
  const count = Math.ceil(rows / stride)
  return Array.from({ length: width }, (_, feature) => {
    const own = Float32Array.from({ length: count }, (_, i) => values[i * stride * width + feature])
    own.sort()
    const distinct = own.filter((value, i) => i === 0 || value !== own[i - 1])
    if (distinct.length <= mostBins) {
      return distinct.slice(1).map((value, i) => (value + distinct[i]) / 2)
    }
    const edges = new Set<number>()
    for (let bin = 1; bin < mostBins; bin++) edges.add(own[Math.floor((bin * count) / mostBins)])
    return Float32Array.from(edges)
  })
}

function binnedRows({ rows, width, values }: DenseRows, edges: readonly Float32Array[]): Binned {
  const bins = new Uint8Array(rows * width)
  for (const [feature, own] of edges.entries()) {
    for (let row = 0; row < rows; row++) {
      const value = values[row * width + feature]
      let low = 0
      let high = own.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (own[middle] < value) low = middle + 1
        else high = middle
      }
      bins[feature * rows + row] = low
    }
  }
  return { rows, width, bins }
}

/** The best constant score for each output. */
function startOf({ truth, classes }: BaselineTarget, outputs: number): Float64Array {
  const share = (label: number): number =>
    Math.max(1e-6, truth.filter((own) => own === label).length / truth.length)
  if (classes === 0) {
    return Float64Array.of(truth.reduce((sum, value) => sum + value, 0) / truth.length)
  }
  if (classes === 2) return Float64Array.of(Math.log(share(1) / share(0)))
  return Float64Array.from({ length: outputs }, (_, label) => Math.log(share(label)))
}

function filled(rows: number, start: Float64Array): Float64Array {
  return Float64Array.from({ length: rows * start.length }, (_, i) => start[i % start.length])
}

/** First and second derivatives of the loss by the scores of one output. */
function derivatives(
  scores: Float64Array,
  { truth, classes }: BaselineTarget,
  outputs: number,
  output: number,
): { readonly gradient: Float64Array; readonly hessian: Float64Array } {
  const gradient = new Float64Array(truth.length)
  const hessian = new Float64Array(truth.length)
  for (const [row, label] of truth.entries()) {
    if (classes === 0) {
      gradient[row] = scores[row] - label
      hessian[row] = 1
      continue
    }
    const p =
      classes === 2
        ? 1 / (1 + Math.exp(-scores[row]))
        : probability(scores, row * outputs, outputs, output)
    const positive = classes === 2 ? label === 1 : label === output
    gradient[row] = p - (positive ? 1 : 0)
    hessian[row] = Math.max(1e-6, p * (1 - p))
  }
  return { gradient, hessian }
}

function probability(scores: Float64Array, start: number, outputs: number, output: number): number {
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < outputs; i++) most = Math.max(most, scores[start + i])
  let sum = 0
  for (let i = 0; i < outputs; i++) sum += Math.exp(scores[start + i] - most)
  return Math.exp(scores[start + output] - most) / sum
}

interface Leaf {
  readonly node: number
  readonly rows: Uint32Array
  /** Sums of first and second derivatives by feature and bin. */
  readonly histogram: Float64Array
  readonly split: Split | undefined
}

interface Split {
  readonly feature: number
  readonly bin: number
  readonly gain: number
}

/** Grows one tree, always at the leaf whose split gains most. */
function growTree(
  binned: Binned,
  gradient: Float64Array,
  hessian: Float64Array,
  options: TreesOptions,
): Tree {
  const nodes = 2 * options.leaves - 1
  const tree: Tree = {
    feature: new Int32Array(nodes).fill(-1),
    bin: new Uint8Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    value: new Float64Array(nodes),
  }
  const leafOf = (node: number, rows: Uint32Array, histogram: Float64Array): Leaf => {
    let [g, h] = [0, 0]
    for (let bin = 0; bin <= mostBins; bin++) {
      g += histogram[2 * bin]
      h += histogram[2 * bin + 1]
    }
    tree.value[node] = (-options.rate * g) / (h + options.lambda)
    return { node, rows, histogram, split: bestSplit(histogram, binned.width, g, h, options) }
  }
  const all = Uint32Array.from({ length: binned.rows }, (_, row) => row)
  const leaves = [leafOf(0, all, histogramOf(binned, all, gradient, hessian))]
  let used = 1
  while (leaves.length < options.leaves) {
    const gain = ({ split }: Leaf): number => split?.gain ?? 0
    const at = leaves.reduce((most, leaf, i) => (gain(leaf) > gain(leaves[most]) ? i : most), 0)
    const { node, rows, histogram, split } = leaves[at]
    if (split === undefined) break
    const column = binned.bins.subarray(split.feature * binned.rows)
    const lower = rows.filter((row) => column[row] <= split.bin)
    const upper = rows.filter((row) => column[row] > split.bin)
    const [left, right] = [used, used + 1]
    used += 2
    tree.feature[node] = split.feature
    tree.bin[node] = split.bin
    tree.left[node] = left
    tree.right[node] = right
    // The larger side's histogram is the parent's less the smaller side's.
    const small = lower.length < upper.length ? lower : upper
    const counted = histogramOf(binned, small, gradient, hessian)
    const rest = histogram.map((sum, i) => sum - counted[i])
    const [own, other] = small === lower ? [counted, rest] : [rest, counted]
    leaves[at] = leafOf(left, lower, own)
    leaves.push(leafOf(right, upper, other))
  }
  return tree
}

function histogramOf(
  { rows: count, width, bins }: Binned,
  rows: Uint32Array,
  gradient: Float64Array,
  hessian: Float64Array,
): Float64Array {
  const stride = 2 * (mostBins + 1)
  const histogram = new Float64Array(width * stride)
  for (let feature = 0; feature < width; feature++) {
    const column = feature * count
    const start = feature * stride
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]
      const at = start + 2 * bins[column + row]
      histogram[at] += gradient[row]
      histogram[at + 1] += hessian[row]
    }
  }
  return histogram
}

function bestSplit(
  histogram: Float64Array,
  width: number,
  g: number,
  h: number,
  { lambda, leastWeight }: TreesOptions,
): Split | undefined {
  const stride = 2 * (mostBins + 1)
  const whole = g ** 2 / (h + lambda)
  let best: Split | undefined
  for (let feature = 0; feature < width; feature++) {
    let [lowG, lowH] = [0, 0]
    for (let bin = 0; bin < mostBins; bin++) {
      lowG += histogram[feature * stride + 2 * bin]
      lowH += histogram[feature * stride + 2 * bin + 1]
      if (lowH < leastWeight) continue
      if (h - lowH < leastWeight) break
      const gain = lowG ** 2 / (lowH + lambda) + (g - lowG) ** 2 / (h - lowH + lambda) - whole
      if (gain > (best?.gain ?? 1e-9)) best = { feature, bin, gain }
    }
  }
  return best
}

function addTree(
  tree: Tree,
  { rows, bins }: Binned,
  scores: Float64Array,
  outputs: number,
  output: number,
): void {
  for (let row = 0; row < rows; row++) {
    let node = 0
    while (tree.feature[node] >= 0) {
      const goesLeft = bins[tree.feature[node] * rows + row] <= tree.bin[node]
      node = goesLeft ? tree.left[node] : tree.right[node]
    }
    scores[row * outputs + output] += tree.value[node]
  }
}

/** Scores as values or probabilities. */
function told(scores: Float64Array, classes: number): Float32Array {
  if (classes === 0) return Float32Array.from(scores)
  if (classes > 2) return softmaxRows(Float32Array.from(scores), classes)
  const found = new Float32Array(2 * scores.length)
  for (const [row, score] of scores.entries()) {
    const p = 1 / (1 + Math.exp(-score))
    found[2 * row] = 1 - p
    found[2 * row + 1] = p
  }
  return found
}

/** Mean square, or mean cross-entropy. */
function lossOf(scores: Float64Array, truth: Float64Array, classes: number): number {
  const found = told(scores, classes)
  const sum = truth.reduce((total, label, row) => {
    if (classes === 0) return total + (found[row] - label) ** 2
    return total - Math.log(Math.max(1e-12, found[row * classes + label]))
  }, 0)
  return sum / truth.length
}
