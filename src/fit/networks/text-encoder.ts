/**
 * Encoders that tell texts apart: every token sees all others, and the mean and the greatest of
 * what they say is judged (an encoder as in Vaswani et al. 2017, normalised first).
 */

import { type Array, nn, np, random } from "../../array/index.ts"
import type { Arrays } from "../../nn/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"
import { affine, normalised } from "./token-layers.ts"

/** JSON of an encoder. */
export interface TextEncoderSettings {
  readonly architecture: "text-encoder"
  /** Token numbers, padding (0) and beginning (1) included. */
  readonly vocabulary: number
  /** Tokens of one text, the beginning included. */
  readonly context: number
  readonly classes: number
  readonly layers: number
  readonly heads: number
  readonly width: number
  readonly dropout: number
  /** Share of the tokens that training does not see, so that it relies on no single one. */
  readonly tokenDropout: number
}

/** What stands behind the end of a text, and at its beginning. */
export const padding = 0
export const beginning = 1
/** The number of a tokeniser's first token. */
export const firstToken = 2

const deviation = 0.02
/** Lower than anything that a token says. */
const nothing = -1e9

/** Tokens int32[batch, context] to logits [batch, 1, classes]. */
export function textEncoder(settings: TextEncoderSettings): BatchNetwork {
  const { vocabulary, context, classes, layers, width, dropout, tokenDropout } = settings
  const drawn = (key: Array, shape: readonly number[], spread = deviation): Array =>
    random.normal(key, shape).mul(spread)
  const affineOf = (key: Array, from: number, to: number): Arrays => ({
    kernel: drawn(key, [from, to], 1 / Math.sqrt(from)),
    bias: np.zeros([to]),
  })
  const scale = (): Arrays => ({ scale: np.ones([width]), shift: np.zeros([width]) })
  return batchNetwork({
    settings,
    initialize(key) {
      const at = (i: number): Array => random.foldIn(key, i)
      const parameters: Record<string, Arrays> = {
        embedding: {
          table: drawn(at(0), [vocabulary, width]),
          places: drawn(at(1), [context, width]),
        },
      }
      for (let layer = 0; layer < layers; layer++) {
        const own = random.foldIn(at(2), layer)
        const part = (i: number): Array => random.foldIn(own, i)
        parameters[`layer${layer}_attention_norm`] = scale()
        parameters[`layer${layer}_attention`] = affineOf(part(0), width, 3 * width)
        parameters[`layer${layer}_out`] = affineOf(part(1), width, width)
        parameters[`layer${layer}_norm`] = scale()
        parameters[`layer${layer}_up`] = affineOf(part(2), width, 4 * width)
        parameters[`layer${layer}_down`] = affineOf(part(3), 4 * width, width)
      }
      parameters.norm = scale()
      parameters.head = { kernel: drawn(at(3), [2 * width, classes]), bias: np.zeros([classes]) }
      return { parameters, state: {} }
    },
    apply({ parameters, state }, { tokens }, { training, key }) {
      const drop = (x: Array, place: number): Array => {
        if (!training || key === undefined || dropout === 0) return x
        const kept = random.bernoulli(random.foldIn(key, place), 1 - dropout, x.shape)
        return np.where(kept, x.div(1 - dropout), 0)
      }
      const [batch] = tokens.shape
      const there = shown(tokens, training ? key : undefined, tokenDropout) // [batch, context]
      const seen = there.reshape([batch, 1, 1, context])
      const { table, places } = parameters.embedding
      let x = drop(np.take(table, tokens, 0).add(places), 0) // [batch, context, width]
      for (let layer = 0; layer < layers; layer++) {
        const of = (name: string): Arrays => parameters[`layer${layer}_${name}`]
        const attended = attention(settings, normalised(x, of("attention_norm")), of, seen)
        x = x.add(drop(attended, 2 * layer + 1))
        const inner = nn.gelu(affine(normalised(x, of("norm")), of("up")))
        x = x.add(drop(affine(inner, of("down")), 2 * layer + 2))
      }
      const said = normalised(x, parameters.norm)
      const counted = np.expandDims(there, 2)
      const weight = counted.astype("float32")
      const mean = said.mul(weight).sum(1).div(weight.sum(1)) // [batch, width]
      const most = np.where(counted, said, nothing).max(1)
      const both = drop(np.concatenate([mean, most], 1), 2 * layers + 1)
      return { output: np.expandDims(affine(both, parameters.head), 1), state }
    },
  })
}

/** Which tokens are there; with a key, some are hidden by chance, but never the beginning. */
function shown(tokens: Array, key: Array | undefined, rate: number): Array {
  const there = tokens.notEqual(padding)
  if (key === undefined || rate === 0) return there
  const kept = random.bernoulli(random.foldIn(key, 1000), 1 - rate, tokens.shape)
  return np.logicalAnd(there, np.logicalOr(kept, tokens.equal(beginning)))
}

/** Every token sees those that are there: [batch, context, width]. */
function attention(
  { heads, width, context }: TextEncoderSettings,
  x: Array,
  of: (name: string) => Arrays,
  seen: Array,
): Array {
  const [batch] = x.shape
  const parts = affine(x, of("attention")).reshape([batch, context, 3, heads, width / heads])
  const [query, key, value] = [0, 1, 2].map((i) => parts.slice([], [], i))
  const attended = nn.dotProductAttention(query, key, value, { mask: seen })
  return affine(attended.reshape([batch, context, width]), of("out"))
}

export function isTextEncoder(settings: BatchNetwork["settings"]): settings is TextEncoderSettings {
  const numbers: Partial<Record<string, unknown>> = { ...settings }
  const counts = [
    "vocabulary",
    "context",
    "classes",
    "layers",
    "heads",
    "width",
    "dropout",
    "tokenDropout",
  ]
  return (
    settings.architecture === "text-encoder" &&
    counts.every((name) => typeof numbers[name] === "number")
  )
}
