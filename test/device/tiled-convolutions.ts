/** Convolutions that are computed by Winograd's way on every target of vectors. */

import { type Graph, GraphBuilder, operations as op, type ParamsOf } from "../../src/graph/index.ts"

export interface TiledConvolution {
  readonly name: string
  readonly graph: Graph
  /** Products that are summed for each result, where they are not transformed. */
  readonly terms: number
  /** Products that are summed for each place of a tile. */
  readonly tiledTerms: number
  /** The greatest sum of magnitudes that transforms make of one product: their norms together. */
  readonly growth: number
}

const image = {
  lhs: [0, 3, 1, 2],
  rhs: [3, 2, 0, 1],
  out: [0, 3, 1, 2],
  strides: [1, 1],
  lhsDilation: [1, 1],
  rhsDilation: [1, 1],
  featureGroups: 1,
  batchGroups: 1,
} as const

const same: ParamsOf["convolve"]["padding"] = [
  [1, 1],
  [1, 1],
]
const valid: ParamsOf["convolve"]["padding"] = [
  [0, 0],
  [0, 0],
]

// Rows of Bᵀ have magnitudes of 2 together, of G 3/2, of Aᵀ 3; both ways that squared.
const outputGrowth = 2 ** 2 * 1.5 ** 2 * 3 ** 2
// Rows of Bᵀ 2, of A 2, of Gᵀ 2.
const gradientGrowth = 2 ** 2 * 2 ** 2 * 2 ** 2

function outputs(
  name: string,
  pixels: readonly number[],
  features: number,
  padding: ParamsOf["convolve"]["padding"],
  fused: boolean,
): TiledConvolution {
  const b = new GraphBuilder()
  const channels = pixels[3]
  const x = b.input({ shape: pixels, dtype: "float32" })
  const k = b.input({ shape: [3, 3, channels, features], dtype: "float32" })
  const before = fused ? op.apply(b, "abs", x) : x
  const made = b.emit("convolve", [before, k], { ...image, padding })
  const zeros = op.full(b, { shape: made.shape, dtype: "float32" }, 0)
  const graph = b.build([fused ? op.apply(b, "maximum", made, zeros) : made])
  return { name, graph, terms: 9 * channels, tiledTerms: channels, growth: outputGrowth }
}

function gradient(
  name: string,
  [n, height, width, channels]: readonly number[],
  features: number,
  padding: ParamsOf["convolve"]["padding"],
): TiledConvolution {
  const b = new GraphBuilder()
  const lost = padding === same ? 0 : 2
  const x = b.input({ shape: [n, height, width, channels], dtype: "float32" })
  const dy = b.input({ shape: [n, height - lost, width - lost, features], dtype: "float32" })
  const params = { ...image, lhs: [3, 0, 1, 2], rhs: [3, 0, 1, 2], out: [2, 3, 0, 1], padding }
  const sides = [height - lost, width - lost]
  return {
    name,
    graph: b.build([b.emit("convolve", [x, dy], params)]),
    terms: sides.reduce((product, side) => product * side, n),
    tiledTerms: sides.reduce((product, side) => product * Math.ceil(side / 2), n),
    growth: gradientGrowth,
  }
}

export const tiledConvolutions: readonly TiledConvolution[] = [
  outputs("even sides", [16, 6, 8, 48], 48, same, false),
  outputs("odd sides, of a function and with one behind", [16, 11, 13, 48], 40, same, true),
  outputs("few tiles, gone through together", [1, 19, 27, 96], 96, same, true),
  outputs("an odd side, valid", [16, 17, 12, 48], 40, valid, false),
  gradient("a kernel's gradient, even sides", [64, 14, 14, 32], 64, same),
  gradient("a kernel's gradient, channels and features in parts", [4, 15, 27, 128], 128, same),
  gradient("a kernel's gradient, odd sides, valid", [16, 33, 31, 48], 64, valid),
]
