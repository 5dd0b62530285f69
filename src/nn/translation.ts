/** Targets of an encoder and decoder, token by token. */

import { type Array, jit, np, random } from "../array/index.ts"
import type { DecodingCache } from "./decoding.ts"
import type { EncoderDecoder } from "./encoder-decoder.ts"
import type { GenerationOptions } from "./generation.ts"
import type { Variables } from "./network.ts"
import { sampleToken } from "./sampling.ts"

export interface TranslationOptions extends Omit<GenerationOptions, "key"> {
  /** What a target begins with, and what ends it. */
  readonly begin: number
  readonly end: number
  /** Random key that tokens are drawn with; the likeliest is taken unless given. */
  readonly key?: Array
}

/**
 * What a network writes for a source: its tokens up to the end, without it, or until the context is
 * full. With the cache (unless told otherwise) a token costs one place's work.
 * @throws RangeError when the source is empty or longer than the context.
 * @example
 * const size = { vocabulary: 9, context: 4, layers: 1, heads: 1, width: 2, hidden: 4, dropout: 0 }
 * const network = new EncoderDecoder(size)
 * const variables = network.initialize(random.key(0))
 * const written = await translate(network, variables, [3, 4], { begin: 1, end: 2 })
 * written.length <= 4 // → true
 */
export async function translate(
  network: EncoderDecoder,
  variables: Variables,
  source: readonly number[],
  options: TranslationOptions,
): Promise<number[]> {
  const { begin, end, cache: keeps = true, key = random.key(0) } = options
  const { context } = network.size
  if (source.length === 0 || source.length > context) {
    throw new RangeError(`the source has ${source.length} tokens, which must be 1 to ${context}`)
  }
  const sampling = options.key === undefined ? { temperature: 0 } : options
  const padded = [...source, ...new globalThis.Array<number>(context - source.length).fill(0)]
  const given = np.array([padded], { dtype: "int32" })
  const { start, kept, again } = programsOf(network)
  let cache = keeps ? start(variables, given) : {}
  const written: number[] = []
  for (let place = 0; place < context; place++) {
    const position = np.array(place, { dtype: "int32" })
    let logits: Array
    if (keeps) {
      const last = np.array([[written.at(-1) ?? begin]], { dtype: "int32" })
      const step = kept(variables, cache, last, position)
      cache = step.cache
      logits = step.output.slice([], -1)
    } else {
      const whole = [begin, ...written, ...new globalThis.Array<number>(context).fill(0)]
      const target = np.array([whole.slice(0, context)], { dtype: "int32" })
      logits = np.take(again(variables, given, target), position, 1)
    }
    const token = Number(await sampleToken(random.foldIn(key, place), logits, sampling).item())
    if (token === end) break
    written.push(token)
  }
  return written
}

interface Programs {
  readonly start: (variables: Variables, source: Array) => DecodingCache
  readonly kept: (
    variables: Variables,
    cache: DecodingCache,
    tokens: Array,
    position: Array,
  ) => { readonly output: Array; readonly cache: DecodingCache }
  readonly again: (variables: Variables, source: Array, target: Array) => Array
}

const made = new WeakMap<EncoderDecoder, Programs>()

/** One set of programs for each network. */
function programsOf(network: EncoderDecoder): Programs {
  const known = made.get(network)
  if (known !== undefined) return known
  const programs: Programs = {
    start: jit((variables: Variables, source: Array) => network.begin(variables, source)),
    kept: jit((variables: Variables, cache: DecodingCache, tokens: Array, position: Array) =>
      network.decode(variables, cache, tokens, position),
    ),
    again: jit((variables: Variables, source: Array, target: Array) =>
      network.apply(variables, source, target),
    ),
  }
  made.set(network, programs)
  return programs
}
