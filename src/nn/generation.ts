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

type Step = (
  variables: Variables,
  cache: DecodingCache,
  tokens: Array,
  position: Array,
  key: Array,
) => { readonly token: Array; readonly cache: DecodingCache }

/**
 * Tokens after a prompt, without end: stop taking when there are enough. When the context is full,
 * its later half is read again and it goes on from there.
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
  const step = options.cache === false ? again(network, options) : kept(network, options)
  let tokens = prompt.slice(-context)
  let cache = emptyCache(network, 1)
  /** Places that the cache holds. */
  let held = 0
  for (let count = 0; ; count++) {
    if (tokens.length === context + 1) {
      tokens = tokens.slice(-Math.ceil(context / 2))
      held = 0
    }
    const fresh = np.array([tokens.slice(held)], { dtype: "int32" })
    const position = np.array(held, { dtype: "int32" })
    const result = step(variables, cache, fresh, position, random.foldIn(options.key, count))
    const token = Number(await result.token.item())
    cache = result.cache
    if (options.cache !== false) held = tokens.length
    tokens = [...tokens, token]
    yield token
  }
}

/** One step with what is kept: the new places only. */
function kept(network: Network, options: SamplingOptions): Step {
  return jit((variables, cache, tokens, position, key) => {
    const { output, cache: after } = decode(network, variables, cache, tokens, position)
    return { token: sampleToken(key, output.slice([], -1), options), cache: after }
  })
}

/** One step from nothing: all places again, up to the context so that there is one program. */
function again(network: Network, options: SamplingOptions): Step {
  const [context] = network.input
  const whole = jit((variables: Variables, tokens: Array, last: Array, key: Array) => {
    const { output } = network.apply(variables, tokens)
    return sampleToken(key, np.take(output, last, 1), options)
  })
  return (variables, cache, tokens, position, key) => {
    const count = Number(tokens.shape[1])
    const padded = np.pad(tokens, [
      [0, 0],
      [0, context - count],
    ])
    const last = position.add(np.array(count - 1, { dtype: "int32" }))
    return { token: whole(variables, padded, last, key), cache }
  }
}
