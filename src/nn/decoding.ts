/**
 * Networks run some places at a time: what later places need of earlier ones is kept in a cache,
 * so that a token costs one place's work and not the whole sequence's. Memory bought for time.
 */

import { type Array, nn as functions, lax, np } from "../array/index.ts"
import type { LayerKind, LayerOf } from "./layer.ts"
import { layerRules } from "./layer-rules.ts"
import { attendTo, project } from "./layers/attention.ts"
import { branchArrays, type PlacedLayer, placedLayers } from "./layers/residual.ts"
import type { Network, Variables } from "./network.ts"
import type { Arrays, Context } from "./rule.ts"

/** What was kept of earlier places, by layer, then name. */
export type DecodingCache = { readonly [layer: string]: Arrays }

interface DecodingRule<K extends LayerKind> {
  /** The cache before the first place, for a batch. */
  empty(layer: LayerOf<K>, input: readonly number[], batch: number): Arrays
  /**
   * The layer for the places position … position + t − 1 of [batch, t, …], and the cache after it.
   * @param input shape of a whole example
   */
  decode(
    layer: LayerOf<K>,
    parameters: Arrays,
    cache: Arrays,
    x: Array,
    position: Array,
    input: readonly number[],
    context: Context,
  ): { readonly output: Array; readonly cache: Arrays }
}

/** A layer that treats every place alike and alone. */
function alone<K extends LayerKind>(): DecodingRule<K> {
  return {
    empty: () => ({}),
    decode: (layer, parameters, _cache, x, _position, _input, context) => ({
      output: layerRules[layer.kind].apply(layer, parameters, {}, x, context).output,
      cache: {},
    }),
  }
}

/** A layer that needs all places at once. */
function whole<K extends LayerKind>(): DecodingRule<K> {
  const refuse = (layer: LayerOf<K>): never => {
    throw new TypeError(
      `a ${layer.kind} layer needs all places at once, so its network cannot be decoded: use a ` +
        "causal decoder such as presets.gpt",
    )
  }
  return { empty: refuse, decode: refuse }
}

const decodingRules: { readonly [K in LayerKind]: DecodingRule<K> } = {
  dense: alone(),
  dropout: alone(),
  layerNorm: alone(),
  activation: alone(),
  embedding: alone(),
  unembedding: alone(),
  convolution: whole(),
  maxPool: whole(),
  averagePool: whole(),
  globalAveragePool: whole(),
  batchNorm: whole(),
  localResponseNorm: whole(),
  flatten: whole(),
  positions: {
    empty: () => ({}),
    decode(layer, { table }, _cache, x, position, input, context) {
      const time = Number(x.shape[1])
      if (layer.form === "learned") {
        const features = Number(table.shape[1])
        const rows = lax.dynamicSlice(table, [position, 0], [time, features])
        return { output: x.add(rows), cache: {} }
      }
      const zeros = np.zeros([1, ...input])
      const all = layerRules.positions.apply(layer, {}, {}, zeros, context).output
      const rows = lax.dynamicSlice(all, [0, position, 0], [1, time, input[1]])
      return { output: x.add(rows), cache: {} }
    },
  },
  selfAttention: {
    empty({ heads }, [time, features], batch) {
      const shape = [batch, time, heads, features / heads]
      return { keys: np.zeros(shape), values: np.zeros(shape) }
    },
    decode(layer, parameters, cache, x, position, [context]) {
      if (!layer.causal) {
        throw new TypeError(
          "attention that sees later places cannot be decoded: use a causal decoder such as presets.gpt",
        )
      }
      const [query, key, value] = project(layer, parameters, x)
      const start = [0, position, 0, 0]
      const keys = lax.dynamicUpdateSlice(cache.keys, key, start)
      const values = lax.dynamicUpdateSlice(cache.values, value, start)
      const target = np.arange(Number(x.shape[1]), { dtype: "int32" }).add(position)
      const mask = np.arange(context, { dtype: "int32" }).lessEqual(np.expandDims(target, 1))
      const attended = functions.dotProductAttention(query, keys, values, { mask })
      return { output: attendTo(parameters, attended), cache: { keys, values } }
    },
  },
  residual: {
    empty(layer, input, batch) {
      const arrays = placedLayers(layerRules, layer, input).flatMap(({ inner, prefix, before }) =>
        Object.entries(empty(inner, before, batch)).map(
          ([name, array]) => [prefix + name, array] as const,
        ),
      )
      return Object.fromEntries(arrays)
    },
    decode(layer, parameters, cache, x, position, input, context) {
      const after: Record<string, Array> = {}
      const run = (carried: Array, { inner, prefix, before }: PlacedLayer): Array => {
        const own = branchArrays(parameters, prefix)
        const kept = branchArrays(cache, prefix)
        const result = step(inner, own, kept, carried, position, before, context)
        for (const [name, array] of Object.entries(result.cache)) after[prefix + name] = array
        return result.output
      }
      const all = placedLayers(layerRules, layer, input)
      const main = all.filter(({ branch }) => branch === "layers").reduce(run, x)
      const around = all.filter(({ branch }) => branch === "shortcut").reduce(run, x)
      return { output: main.add(around), cache: after }
    },
  },
}

/**
 * The cache of a network before the first place. Bytes: 8·batch·context·width for each layer of
 * attention.
 * @throws TypeError naming the layer that needs all places at once.
 * @example
 * const network = presets.gpt({ vocabulary: 5, context: 4, layers: 1, heads: 1, width: 2 })
 * const cache = emptyCache(network, 1)
 * arraysOf(cache).reduce((bytes, { size }) => bytes + 4 * Number(size), 0) // → 64
 */
export function emptyCache(network: Network, batch: number): DecodingCache {
  let shape = network.input
  const caches: Record<string, Arrays> = {}
  for (const { name, layer, output } of network.summary) {
    const cache = empty(layer, shape, batch)
    if (Object.keys(cache).length > 0) caches[name] = cache
    shape = output
  }
  return caches
}

/**
 * The output for the tokens [batch, t] at places position … position + t − 1, whose earlier places
 * the cache holds, and the cache after them. Equals the same places of `network.apply` on the
 * whole sequence. Work O(t·(parameters + context·width)) instead of O(context·…).
 * @param position int32 scalar; position + t must not exceed the context
 * @example
 * const network = presets.gpt({ vocabulary: 5, context: 4, layers: 1, heads: 1, width: 2 })
 * const variables = network.initialize(random.key(0))
 * const [tokens, from] = [np.zeros([1, 2], { dtype: "int32" }), np.zeros([], { dtype: "int32" })]
 * decode(network, variables, emptyCache(network, 1), tokens, from).output.shape // → [1, 2, 5]
 */
export function decode(
  network: Network,
  variables: Variables,
  cache: DecodingCache,
  tokens: Array,
  position: Array,
): { readonly output: Array; readonly cache: DecodingCache } {
  const table = network.summary.find(({ layer }) => layer.kind === "embedding")
  const embedding = table && variables.parameters[table.name].table
  const context = { training: false, key: undefined, embedding }
  const after: Record<string, Arrays> = {}
  let shape = network.input
  let output = tokens
  for (const { name, layer, output: next } of network.summary) {
    const parameters = variables.parameters[name] ?? {}
    const result = step(layer, parameters, cache[name] ?? {}, output, position, shape, context)
    if (Object.keys(result.cache).length > 0) after[name] = result.cache
    output = result.output
    shape = next
  }
  return { output, cache: after }
}

// Each of these binds a layer to the rule of its kind.

function empty<K extends LayerKind>(
  layer: LayerOf<K>,
  input: readonly number[],
  batch: number,
): Arrays {
  return decodingRules[layer.kind].empty(layer, input, batch)
}

function step<K extends LayerKind>(
  layer: LayerOf<K>,
  parameters: Arrays,
  cache: Arrays,
  x: Array,
  position: Array,
  input: readonly number[],
  context: Context,
): { readonly output: Array; readonly cache: Arrays } {
  const rule = decodingRules[layer.kind]
  return rule.decode(layer, parameters, cache, x, position, input, context)
}
