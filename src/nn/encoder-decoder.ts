/**
 * The Transformer of Vaswani et al. 2017: an encoder reads a source, a decoder writes a target.
 * Normalised after each part, sinusoidal places, one table of embeddings for source, target and
 * logits (section 3.4), rectifiers.
 */

import { type Array, evalShape, nn as functions, lax, np, random, u32 } from "../array/index.ts"
import type { DecodingCache } from "./decoding.ts"
import { requireCount } from "./layer.ts"
import { attendTo, project, selfAttention, selfAttentionRule } from "./layers/attention.ts"
import { sinusoids } from "./layers/embedding.ts"
import { layerNorm, layerNormRule } from "./layers/normalization.ts"
import type { Variables } from "./network.ts"
import type { Arrays } from "./rule.ts"

export interface EncoderDecoderSize {
  /** Tokens of source and target together; token 0 is padding, which nothing sees. */
  readonly vocabulary: number
  /** Tokens of a source, and of a target, at most. */
  readonly context: number
  /** Layers of the encoder, and of the decoder. */
  readonly layers: number
  readonly heads: number
  readonly width: number
  /** Width of the two dense layers between. */
  readonly hidden: number
  readonly dropout: number
}

type Part = Readonly<Record<string, Arrays>>

const norm = layerNorm()
/** Token 0 stands where there is none. */
const padding = 0

export class EncoderDecoder {
  readonly size: EncoderDecoderSize

  /** @throws RangeError when a count is none, or the heads do not divide the width. */
  constructor(size: EncoderDecoderSize) {
    const { dropout, ...counts } = size
    for (const [name, count] of Object.entries(counts)) {
      requireCount(count, `encoder and decoder: ${name}`)
    }
    if (size.width % size.heads !== 0) {
      throw new RangeError(`${size.heads} heads must divide a width of ${size.width}`)
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new RangeError(`dropout is ${dropout}, which must be from 0 to below 1`)
    }
    this.size = size
  }

  /** Fresh parameters, drawn with a key. */
  initialize(key: Array): Variables {
    const { vocabulary, layers, width } = this.size
    const at = (part: number, layer: number): Array =>
      random.foldIn(random.foldIn(key, part), layer)
    const table = random.normal(random.foldIn(key, 0), [vocabulary, width])
    const parameters: Record<string, Arrays> = {
      embedding: { table: table.mul(1 / Math.sqrt(width)) },
    }
    const scaling = (): Arrays => layerNormRule.parameters(norm, [1, width], key)
    for (let layer = 0; layer < layers; layer++) {
      const encoder = `encoder${layer}_`
      parameters[`${encoder}attention`] = this.#attention(at(1, layer))
      parameters[`${encoder}attention_norm`] = scaling()
      parameters[`${encoder}dense`] = this.#dense(at(2, layer))
      parameters[`${encoder}dense_norm`] = scaling()
      const decoder = `decoder${layer}_`
      parameters[`${decoder}attention`] = this.#attention(at(3, layer))
      parameters[`${decoder}attention_norm`] = scaling()
      parameters[`${decoder}source`] = this.#crossAttention(at(4, layer))
      parameters[`${decoder}source_norm`] = scaling()
      parameters[`${decoder}dense`] = this.#dense(at(5, layer))
      parameters[`${decoder}dense_norm`] = scaling()
    }
    return { parameters, state: {} }
  }

  /**
   * Logits [batch, target, vocabulary] of the token after each place of a target int32[batch,
   * target], which begins with what stands before its first token, for a source int32[batch,
   * source].
   * @param options.key random key, needed while training where the dropout is not 0
   */
  apply(
    { parameters }: Variables,
    source: Array,
    target: Array,
    options: { readonly training?: boolean; readonly key?: Array } = {},
  ): Array {
    const { training = false, key } = options
    if (training && this.size.dropout > 0 && key === undefined) {
      throw new TypeError("dropout needs a random key while training")
    }
    const drop = this.#dropping(training ? key : undefined)
    const seen = seenOf(source)
    const memory = this.#encode(parameters, source, seen, drop)
    let x = drop(this.#embed(parameters, target, 0))
    for (let layer = 0; layer < this.size.layers; layer++) {
      const own = partOf(parameters, `decoder${layer}_`)
      const [query, keys, values] = project(this.#layer, own.attention, x)
      const attended = functions.dotProductAttention(query, keys, values, { isCausal: true })
      x = normalised(own.attention_norm, x.add(drop(attendTo(own.attention, attended))))
      const [sourceKeys, sourceValues] = this.#remember(own.source, memory)
      x = this.#after(own, x, sourceKeys, sourceValues, seen, drop)
    }
    return logitsOf(parameters, x)
  }

  /** What decoding a target needs of its source: keys and values, read once. */
  begin({ parameters }: Variables, source: Array): DecodingCache {
    const { layers, heads, width, context } = this.size
    const seen = seenOf(source)
    const memory = this.#encode(parameters, source, seen, (x) => x)
    const caches: Record<string, Arrays> = { source: { seen } }
    for (let layer = 0; layer < layers; layer++) {
      const own = partOf(parameters, `decoder${layer}_`)
      const [sourceKeys, sourceValues] = this.#remember(own.source, memory)
      const shape = [Number(source.shape[0]), context, heads, width / heads]
      const empty = { keys: np.zeros(shape), values: np.zeros(shape) }
      caches[`decoder${layer}`] = { ...empty, sourceKeys, sourceValues }
    }
    return caches
  }

  /**
   * Logits for target tokens [batch, t] at places position … position + t − 1, whose earlier places
   * the cache holds, and the cache after them: as `apply` gives them for the whole target.
   * @param position int32 scalar
   */
  decode(
    { parameters }: Variables,
    cache: DecodingCache,
    tokens: Array,
    position: Array,
  ): { readonly output: Array; readonly cache: DecodingCache } {
    const { layers, context } = this.size
    const after: Record<string, Arrays> = { source: cache.source }
    const places = np.arange(Number(tokens.shape[1]), { dtype: "int32" }).add(position)
    const mask = np.arange(context, { dtype: "int32" }).lessEqual(np.expandDims(places, 1))
    let x = this.#embed(parameters, tokens, position)
    for (let layer = 0; layer < layers; layer++) {
      const own = partOf(parameters, `decoder${layer}_`)
      const kept = cache[`decoder${layer}`]
      const [query, key, value] = project(this.#layer, own.attention, x)
      const keys = lax.dynamicUpdateSlice(kept.keys, key, [0, position, 0, 0])
      const values = lax.dynamicUpdateSlice(kept.values, value, [0, position, 0, 0])
      const attended = functions.dotProductAttention(query, keys, values, { mask })
      x = normalised(own.attention_norm, x.add(attendTo(own.attention, attended)))
      const { sourceKeys, sourceValues } = kept
      x = this.#after(own, x, sourceKeys, sourceValues, cache.source.seen, (y) => y)
      after[`decoder${layer}`] = { ...kept, keys, values }
    }
    return { output: logitsOf(parameters, x), cache: after }
  }

  /** The arrays that the network needs: "parameters/part/name". */
  arrays(): readonly { readonly name: string; readonly shape: readonly number[] }[] {
    const spec = evalShape((key: Array) => this.initialize(key), u32(2))
    return Object.entries(spec.parameters).flatMap(([part, arrays]) =>
      Object.entries(arrays).map(([name, { shape }]) => ({
        name: `parameters/${part}/${name}`,
        shape: shape.map(Number),
      })),
    )
  }

  get #layer() {
    return selfAttention(this.size.heads)
  }

  #attention(key: Array): Arrays {
    return selfAttentionRule.parameters(this.#layer, [1, this.size.width], key)
  }

  /** Queries of one sequence; keys and values, by one kernel, of another. */
  #crossAttention(key: Array): Arrays {
    const { width } = this.size
    const drawn = (i: number, to: number): Array =>
      random.normal(random.foldIn(key, i), [width, to]).mul(Math.sqrt(1 / width))
    return {
      query: drawn(0, width),
      queryBias: np.zeros([width]),
      kernel: drawn(1, 2 * width),
      bias: np.zeros([2 * width]),
      output: drawn(2, width),
      outputBias: np.zeros([width]),
    }
  }

  #dense(key: Array): Arrays {
    const { width, hidden } = this.size
    const drawn = (i: number, from: number, to: number): Array =>
      random.normal(random.foldIn(key, i), [from, to]).mul(Math.sqrt(1 / from))
    return {
      up: drawn(0, width, hidden),
      upBias: np.zeros([hidden]),
      down: drawn(1, hidden, width),
      downBias: np.zeros([width]),
    }
  }

  /** Rows of the table times √width, and the places from a first one on. */
  #embed(parameters: Part, tokens: Array, first: Array | number): Array {
    const { width, context } = this.size
    const rows = np.take(parameters.embedding.table, tokens, 0).mul(Math.sqrt(width))
    const time = Number(tokens.shape[1])
    if (time > context) {
      throw new RangeError(`there are ${time} tokens, where ${context} are read at most`)
    }
    const all = sinusoids(context, width)
    const places =
      typeof first === "number"
        ? all.slice([first, first + time])
        : lax.dynamicSlice(all, [first, 0], [time, width])
    return rows.add(places)
  }

  #encode(parameters: Part, source: Array, seen: Array, drop: Drop): Array {
    let x = drop(this.#embed(parameters, source, 0))
    for (let layer = 0; layer < this.size.layers; layer++) {
      const own = partOf(parameters, `encoder${layer}_`)
      const [query, keys, values] = project(this.#layer, own.attention, x)
      const attended = functions.dotProductAttention(query, keys, values, { mask: seen })
      x = normalised(own.attention_norm, x.add(drop(attendTo(own.attention, attended))))
      x = normalised(own.dense_norm, x.add(drop(feedForward(own.dense, x))))
    }
    return x
  }

  /** Keys and values of the source for one layer, each [batch, source, heads, width/heads]. */
  #remember({ kernel, bias }: Arrays, memory: Array): readonly [Array, Array] {
    const { heads, width } = this.size
    const [batch, time] = memory.shape.map(Number)
    const both = np.matmul(memory, kernel).add(bias)
    const parts = both.reshape([batch, time, 2, heads, width / heads])
    return [parts.slice([], [], 0), parts.slice([], [], 1)]
  }

  /** What follows a decoder's attention to its own places: to the source, then the dense layers. */
  #after(own: Part, x: Array, keys: Array, values: Array, seen: Array, drop: Drop): Array {
    const { heads, width } = this.size
    const [batch, time] = x.shape.map(Number)
    const { query, queryBias } = own.source
    const asked = np.matmul(x, query).add(queryBias)
    const perHead = asked.reshape([batch, time, heads, width / heads])
    const attended = functions.dotProductAttention(perHead, keys, values, { mask: seen })
    const y = normalised(own.source_norm, x.add(drop(attendTo(own.source, attended))))
    return normalised(own.dense_norm, y.add(drop(feedForward(own.dense, y))))
  }

  #dropping(key: Array | undefined): Drop {
    const { dropout } = this.size
    if (key === undefined || dropout === 0) return (x) => x
    let place = 0
    return (x) => {
      const kept = random.bernoulli(random.foldIn(key, place++), 1 - dropout, x.shape)
      return np.where(kept, x.div(1 - dropout), 0)
    }
  }
}

type Drop = (x: Array) => Array

/** Which tokens of a source are there: [batch, 1, 1, source]. */
function seenOf(source: Array): Array {
  const [batch, time] = source.shape
  return source.notEqual(padding).reshape([batch, 1, 1, time])
}

/** The arrays of a layer's parts, by what follows its name. */
function partOf(parameters: Part, prefix: string): Part {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, arrays]) => [name.slice(prefix.length), arrays]),
  )
}

function normalised(arrays: Arrays, x: Array): Array {
  const context = { training: false, key: undefined, embedding: undefined }
  return layerNormRule.apply(norm, arrays, {}, x, context).output
}

function feedForward({ up, upBias, down, downBias }: Arrays, x: Array): Array {
  return np.matmul(functions.relu(np.matmul(x, up).add(upBias)), down).add(downBias)
}

function logitsOf(parameters: Part, x: Array): Array {
  return np.matmul(x, parameters.embedding.table.T)
}
