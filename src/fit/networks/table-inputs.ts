/**
 * How the columns of a table enter a network: numbers through piecewise-linear embeddings,
 * categories as one of many or through a learned table.
 */

import { type Array, nn, np, random } from "../../array/index.ts"
import type { Arrays } from "../../nn/index.ts"
import type { ApplyContext, Batch } from "./batch-network.ts"

/**
 * What a network takes: `numbers` float32[batch, numbers] and `categories` int32[batch, categories],
 * where category 0 is the unknown one. An input without columns is not there.
 */
export interface TableInputs {
  /** For each numeric column the edges of its bins, rising, two at least. */
  readonly edges: readonly (readonly number[])[]
  /** For each category column the number of its categories, the unknown one included. */
  readonly cardinalities: readonly number[]
}

/** Categories above which a column gets a learned table instead of one place for each. */
const mostPlaces = 32
/** Width of a category's row in a learned table. */
const tableWidth = 16
/** Share of the categories that training makes unknown, so that the unknown one is learned. */
const unknownShare = 0.01

/** Width of a column's vector, column after column: the numbers first. */
export function widthsOf({ edges, cardinalities }: TableInputs, embedding: number): number[] {
  return [
    ...edges.map(() => embedding),
    ...cardinalities.map((count) => (count <= mostPlaces ? count : tableWidth)),
  ]
}

/** Uniform between −1/√fan and 1/√fan. */
export function uniform(key: Array, shape: readonly number[], fan: number): Array {
  const bound = 1 / Math.sqrt(fan)
  return random.uniform(key, shape, { minval: -bound, maxval: bound })
}

/**
 * The arrays of piecewise-linear embeddings, version B of Gorishniy, Rubachev and Babenko,
 * "On Embeddings for Numerical Features in Tabular Deep Learning" (2022), with a linear part: at
 * first the embedding is linear, for the bins' weights are 0.
 */
export function embedParameters(inputs: TableInputs, embedding: number, key: Array): Arrays {
  const arrays: { [name: string]: Array } = {}
  const count = inputs.edges.length
  if (count > 0) {
    const bins = Math.max(...inputs.edges.map((edges) => edges.length - 1))
    arrays.linear = uniform(random.foldIn(key, 0), [count, embedding], embedding)
    arrays.bias = uniform(random.foldIn(key, 1), [count, embedding], embedding)
    arrays.bins = np.zeros([count, bins, embedding])
  }
  for (const [i, cardinality] of inputs.cardinalities.entries()) {
    if (cardinality <= mostPlaces) continue
    arrays[`table${i}`] = random.normal(random.foldIn(key, 2 + i), [cardinality, tableWidth])
  }
  return arrays
}

/** The columns of a batch as one vector each, side by side: [batch, sum of widths]. */
export function embed(
  inputs: TableInputs,
  parameters: Arrays,
  { numbers, categories }: Batch,
  { training, key }: ApplyContext,
): Array {
  const parts: Array[] = []
  if (inputs.edges.length > 0) {
    const encoded = piecewiseLinear(inputs.edges, numbers) // [batch, numbers, bins]
    const curved = np.einsum("bft,fte->bfe", encoded, parameters.bins)
    const straight = np.expandDims(numbers, 2).mul(parameters.linear).add(parameters.bias)
    const embedded = curved.add(straight)
    parts.push(embedded.reshape([embedded.shape[0], parameters.linear.size]))
  }
  if (inputs.cardinalities.length > 0) {
    const known =
      training && key !== undefined
        ? np.where(random.bernoulli(key, 1 - unknownShare, categories.shape), categories, 0)
        : categories
    for (const [i, cardinality] of inputs.cardinalities.entries()) {
      const codes = known.slice([null, null], i)
      parts.push(
        cardinality <= mostPlaces
          ? nn.oneHot(codes, cardinality)
          : np.take(parameters[`table${i}`], codes, 0),
      )
    }
  }
  return parts.length === 1 ? parts[0] : np.concatenate(parts, 1)
}

/**
 * Each number as its place in each bin of its column: 0 below the bin, 1 above it, between them a
 * straight line, which goes on outside of the first and the last bin. [batch, numbers, bins]
 */
function piecewiseLinear(edges: readonly (readonly number[])[], numbers: Array): Array {
  const bins = Math.max(...edges.map((list) => list.length - 1))
  const table = (of: (list: readonly number[], bin: number) => number): Array =>
    np.array(
      edges.map((list) =>
        globalThis.Array.from({ length: bins }, (_, bin) =>
          bin < list.length - 1 ? of(list, bin) : 0,
        ),
      ),
    )
  const far = 1e30
  const slope = table((list, bin) => 1 / (list[bin + 1] - list[bin]))
  const offset = table((list, bin) => -list[bin] / (list[bin + 1] - list[bin]))
  const least = table((_list, bin) => (bin === 0 ? -far : 0))
  const most = table((list, bin) => (bin === list.length - 2 ? far : 1))
  return np.maximum(least, np.minimum(most, np.expandDims(numbers, 2).mul(slope).add(offset)))
}
