/**
 * FT-Transformer: every column becomes a token, and attention relates them.
 * Source: Gorishniy, Rubachev, Khrulkov and Babenko, "Revisiting Deep Learning Models for Tabular
 * Data" (NeurIPS 2021): pre-normalised, without the first normalisation, ReGLU, read at [CLS].
 */

import { type Array, nn, np, random } from "../../array/index.ts"
import type { Arrays } from "../../nn/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"
import { type TableInputs, uniform } from "./table-inputs.ts"
import { affine, normalised } from "./token-layers.ts"

export interface FtTransformerSettings extends TableInputs {
  readonly architecture: "ft-transformer"
  readonly outputs: number
  readonly blocks: number
  /** Width of a token. */
  readonly width: number
  readonly heads: number
  /** Width of the feed-forward part's halves; 4/3 of the tokens' in the paper. */
  readonly hidden: number
  readonly attentionDropout: number
  readonly dropout: number
}

/** The network; its output is [batch, 1, outputs]. */
export function ftTransformer(settings: FtTransformerSettings): BatchNetwork {
  const { edges, cardinalities, outputs, blocks, width, hidden } = settings
  const numbers = edges.length
  const linear = (key: Array, from: number, to: number): Arrays => ({
    kernel: uniform(random.foldIn(key, 0), [from, to], from),
    bias: np.zeros([to]),
  })
  const scale = (): Arrays => ({ scale: np.ones([width]), shift: np.zeros([width]) })
  return batchNetwork({
    settings,
    initialize(key) {
      const at = (i: number): Array => random.foldIn(key, i)
      const tokens: Record<string, Array> = {
        summary: uniform(at(0), [width], width),
        bias: uniform(at(1), [numbers + cardinalities.length, width], width),
      }
      if (numbers > 0) tokens.numbers = uniform(at(2), [numbers, width], width)
      for (const [i, count] of cardinalities.entries()) {
        tokens[`table${i}`] = uniform(at(3 + i), [count, width], width)
      }
      const parameters: Record<string, Arrays> = { tokens }
      for (let block = 0; block < blocks; block++) {
        const own = random.foldIn(at(1000), block)
        const part = (i: number): Array => random.foldIn(own, i)
        if (block > 0) parameters[`block${block}_attention_norm`] = scale()
        for (const [i, name] of ["query", "key", "value", "out"].entries()) {
          parameters[`block${block}_${name}`] = linear(part(i), width, width)
        }
        parameters[`block${block}_norm`] = scale()
        parameters[`block${block}_up`] = linear(part(4), width, 2 * hidden)
        parameters[`block${block}_down`] = linear(part(5), hidden, width)
      }
      parameters.head_norm = scale()
      parameters.head = linear(at(1001), width, outputs)
      return { parameters, state: {} }
    },
    apply({ parameters, state }, batch, { training, key }) {
      const drop = (x: Array, rate: number, place: number): Array => {
        if (!training || key === undefined || rate === 0) return x
        const kept = random.bernoulli(random.foldIn(key, place), 1 - rate, x.shape)
        return np.where(kept, x.div(1 - rate), 0)
      }
      let x = tokensOf(settings, parameters.tokens, batch)
      for (let block = 0; block < blocks; block++) {
        const of = (name: string): Arrays => parameters[`block${block}_${name}`]
        const normal = block === 0 ? x : normalised(x, of("attention_norm"))
        const attended = attention(settings, normal, of, (weights) =>
          drop(weights, settings.attentionDropout, 3 * block),
        )
        x = x.add(drop(attended, settings.dropout, 3 * block + 1))
        const [gate, value] = np.split(affine(normalised(x, of("norm")), of("up")), 2, -1)
        const inner = drop(gate.mul(nn.relu(value)), settings.dropout, 3 * block + 2)
        x = x.add(affine(inner, of("down")))
      }
      const summary = x.slice([null, null], [0, 1]) // [batch, 1, width]
      const read = nn.relu(normalised(summary, parameters.head_norm))
      return { output: affine(read, parameters.head), state }
    },
  })
}

/** [batch, 1 + columns, width], the summary's token first. */
function tokensOf(
  { edges, cardinalities, width }: FtTransformerSettings,
  parameters: Arrays,
  { numbers, categories }: Readonly<Record<string, Array>>,
): Array {
  const parts: Array[] = []
  if (edges.length > 0) parts.push(np.expandDims(numbers, 2).mul(parameters.numbers))
  for (const i of cardinalities.keys()) {
    const codes = categories.slice([null, null], i)
    parts.push(np.expandDims(np.take(parameters[`table${i}`], codes, 0), 1))
  }
  const columns = (parts.length === 1 ? parts[0] : np.concatenate(parts, 1)).add(parameters.bias)
  const summary = np.broadcastTo(parameters.summary, [columns.shape[0], 1, width])
  return np.concatenate([summary, columns], 1)
}

/** Multi-head attention of tokens to tokens: [batch, tokens, width]. */
function attention(
  { heads, width }: FtTransformerSettings,
  x: Array,
  of: (name: string) => Arrays,
  drop: (weights: Array) => Array,
): Array {
  const [batch, tokens] = x.shape
  const size = width / heads
  const split = (name: string): Array => affine(x, of(name)).reshape([batch, tokens, heads, size])
  const scores = np.einsum("bqhd,bkhd->bhqk", split("query"), split("key"))
  const weights = drop(nn.softmax(scores.mul(1 / Math.sqrt(size)), -1))
  const mixed = np.einsum("bhqk,bkhd->bqhd", weights, split("value"))
  return affine(mixed.reshape([batch, tokens, width]), of("out"))
}
