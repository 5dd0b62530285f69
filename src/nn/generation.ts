/** Text from a decoder, token by token. */

import { type Array, jit, np, random } from "../array/index.ts"
import { type DecodingCache, decode, emptyCache } from "./decoding.ts"
import type { Network, Variables } from "./network.ts"
import { type SamplingOptions, sampleToken } from "./sampling.ts"

export interface GenerationOptions extends SamplingOptions {
  /** Random key that the tokens are drawn with. */
  readonly key: Array
  /** Keep keys and values of earlier places: more memory, less time. Default true. */
  readonly cache?: boolean
}

/** What one step reads: tokens in all, and those among them whose keys and values are not kept. */
export interface Reading {
  readonly length: number
  readonly fresh: number
}

/**
 * What `generate` reads for each token, without end: with a cache the fresh places alone, and the
 * context's later half anew whenever it is full.
 * @example
 * const readings = generationReadings(4, 3)
 * ;[1, 2, 3, 4].map(() => readings.next().value.fresh) // → [3, 1, 2, 1]
 */
export function* generationReadings(context: number, prompt: number): Generator<Reading, never> {
  let length = Math.min(prompt, context)
  let held = 0
  for (;;) {
    if (length > context) {
      length = Math.ceil(context / 2)
      held = 0
    }
    yield { length, fresh: length - held }
    held = length++
  }
}

/**
 * Tokens after a prompt, without end: stop taking when there are enough. When the context is full,
 * its later half is read again and it goes on from there. Compiled steps stay with the network: another
 * text with the same sampling, from as long a prompt, compiles nothing.
 * @param prompt token numbers, at least one; of a longer prompt than the context, the end counts
 * @throws TypeError when the network cannot be decoded.
 * @example
 * const network = presets.gpt({ vocabulary: 5, context: 4, layers: 1, heads: 1, width: 2 })
 * const variables = network.initialize(random.key(0))
 * const { value } = await generate(network, variables, [3], { key: random.key(1) }).next()
 * value < 5 // → true
 */
export async function* generate(
  network: Network,
  variables: Variables,
  prompt: readonly number[],
  options: GenerationOptions,
): AsyncGenerator<number, never> {
  const [context] = network.input
  if (prompt.length === 0) throw new RangeError("the prompt is empty: it needs at least one token")
  const keeps = options.cache !== false
  const { kept, whole } = stepsOf(network, options)
  let cache = emptyCache(network, 1)
  let tokens = prompt.slice(-context)
  const readings = generationReadings(context, prompt.length)
  for (let count = 0; ; count++) {
    const { length, fresh } = readings.next().value
    const read = tokens.slice(-(keeps ? fresh : length))
    const key = random.foldIn(options.key, count)
    let token: Array
    if (keeps) {
      const position = np.array(length - fresh, { dtype: "int32" })
      const result = kept(variables, cache, np.array([read], { dtype: "int32" }), position, key)
      token = result.token
      cache = result.cache
    } else {
      const padded = [...read, ...new globalThis.Array<number>(context - length).fill(0)]
      const last = np.array(length - 1, { dtype: "int32" })
      token = whole(variables, np.array([padded], { dtype: "int32" }), last, key)
    }
    const drawn = Number(await token.item())
    tokens = [...tokens.slice(-context), drawn]
    yield drawn
  }
}

type Steps = {
  readonly kept: ReturnType<typeof keptStep>
  readonly whole: ReturnType<typeof wholeStep>
}

/** Ways of sampling whose steps stay compiled for a network, at most: the last ones used. */
const mostSamplings = 8
const compiled = new WeakMap<Network, Map<string, Steps>>()

/** The compiled steps of a network for a way of sampling, made when they are first asked for. */
function stepsOf(network: Network, { temperature, topK, topP }: SamplingOptions): Steps {
  const own = compiled.get(network) ?? new Map<string, Steps>()
  compiled.set(network, own)
  const sampling = { temperature, topK, topP }
  const name = JSON.stringify(sampling)
  const steps = own.get(name) ?? {
    kept: jit(keptStep(network, sampling)),
    whole: jit(wholeStep(network, sampling)),
  }
  // What was used last stands last.
  own.delete(name)
  own.set(name, steps)
  const [oldest] = own.keys()
  if (own.size > mostSamplings) own.delete(oldest)
  return steps
}

/**
 * The next token from fresh tokens [1, t] at places position … position + t − 1 and from what is
 * kept of earlier ones. Traceable.
 * @example
 * const network = presets.gpt({ vocabulary: 5, context: 4, layers: 1, heads: 1, width: 2 })
 * const variables = network.initialize(random.key(0))
 * const step = keptStep(network, { temperature: 0 })
 * const [tokens, from] = [np.zeros([1, 2], { dtype: "int32" }), np.zeros([], { dtype: "int32" })]
 * step(variables, emptyCache(network, 1), tokens, from, random.key(1)).token.size // → 1
 */
export function keptStep(network: Network, options: SamplingOptions) {
  return (
    variables: Variables,
    cache: DecodingCache,
    tokens: Array,
    position: Array,
    key: Array,
  ): { readonly token: Array; readonly cache: DecodingCache } => {
    const { output, cache: after } = decode(network, variables, cache, tokens, position)
    return { token: sampleToken(key, output.slice([], -1), options), cache: after }
  }
}

/**
 * The next token from nothing: all places again, [1, context] with whatever behind the last, so that
 * one program serves all. Traceable.
 * @example
 * const network = presets.gpt({ vocabulary: 5, context: 4, layers: 1, heads: 1, width: 2 })
 * const step = wholeStep(network, { temperature: 0 })
 * const [tokens, last] = [np.zeros([1, 4], { dtype: "int32" }), np.zeros([], { dtype: "int32" })]
 * step(network.initialize(random.key(0)), tokens, last, random.key(1)).size // → 1
 */
export function wholeStep(network: Network, options: SamplingOptions) {
  return (variables: Variables, tokens: Array, last: Array, key: Array): Array =>
    sampleToken(key, np.take(network.apply(variables, tokens).output, last, 1), options)
}
