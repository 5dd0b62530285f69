/** What writing costs, with what earlier tokens left kept and with everything done again. */

import { type Array as DeviceArray, evalShape, graphOf, i32, u32 } from "../../array/index.ts"
import { type Calibration, quoteGraph } from "../../device/index.ts"
import type { Graph } from "../../graph/index.ts"
import {
  emptyCache,
  generationReadings,
  keptStep,
  type SamplingOptions,
  wholeStep,
} from "../../nn/index.ts"
import { type Price, priceGraph } from "../../price/index.ts"
import { evaluate } from "../../size/index.ts"
import { type DecoderSettings, decoderLayers } from "../networks/decoder.ts"

/** One way to write some tokens. */
export interface WritingPrice {
  /** Scalar operations. */
  readonly work: number
  /** Bytes of weights, kept keys and values, and intermediates together, at most. */
  readonly bytes: number
  /** Seconds by the quote, programs being compiled. */
  readonly seconds: number
}

/** Memory for time: both ways, for the same prompt and tokens. */
export interface WritingPrices {
  /** Tokens of the prompt, and tokens to be written. */
  readonly prompt: number
  readonly tokens: number
  readonly kept: WritingPrice
  readonly again: WritingPrice
}

/** The prices of writing tokens after a prompt of some length. Work O(tokens), and a few graphs. */
export function writingPrices(
  settings: DecoderSettings,
  options: SamplingOptions,
  calibration: Calibration,
  { prompt, tokens }: { readonly prompt: number; readonly tokens: number },
): WritingPrices {
  const runs = new Map<number, number>()
  const readings = generationReadings(settings.context, prompt)
  for (let i = 0; i < tokens; i++) {
    const { fresh } = readings.next().value
    runs.set(fresh, (runs.get(fresh) ?? 0) + 1)
  }
  const priced = (graph: Graph, times: number): WritingPrice => {
    const { seconds, bytes } = quoteGraph(graph, calibration)
    return { work: times * evaluate(priceGraph(graph).work, {}), bytes, seconds: times * seconds }
  }
  const kept = [...runs].map(([fresh, times]) => priced(keptGraph(settings, options, fresh), times))
  return {
    prompt,
    tokens,
    kept: kept.reduce((a, b) => ({
      work: a.work + b.work,
      bytes: Math.max(a.bytes, b.bytes),
      seconds: a.seconds + b.seconds,
    })),
    again: priced(wholeGraph(settings, options), tokens),
  }
}

/** What one token costs where the context is full, both ways. */
export function tokenPrices(settings: DecoderSettings): {
  readonly kept: Price
  readonly again: Price
} {
  return {
    kept: priceGraph(keptGraph(settings, {}, 1)),
    again: priceGraph(wholeGraph(settings, {})),
  }
}

function keptGraph(settings: DecoderSettings, options: SamplingOptions, fresh: number): Graph {
  const network = decoderLayers(settings)
  const variables = evalShape((key: DeviceArray) => network.initialize(key), u32(2))
  const cache = evalShape((_: DeviceArray) => emptyCache(network, 1), i32())
  const step = keptStep(network, options)
  return graphOf(step)(variables, cache, i32(1, fresh), i32(), u32(2))
}

function wholeGraph(settings: DecoderSettings, options: SamplingOptions): Graph {
  const network = decoderLayers(settings)
  const variables = evalShape((key: DeviceArray) => network.initialize(key), u32(2))
  return graphOf(wholeStep(network, options))(variables, i32(1, settings.context), i32(), u32(2))
}
