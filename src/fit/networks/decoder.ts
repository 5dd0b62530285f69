/** Decoders that predict the next token of a text. */

import { presets } from "../../nn/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"

/** JSON of a decoder; more is in `presets.gpt`. */
export interface DecoderSettings {
  readonly architecture: "gpt"
  readonly vocabulary: number
  readonly context: number
  readonly layers: number
  readonly heads: number
  readonly width: number
  readonly dropout: number
}

/** The layers of a decoder. */
export function decoderLayers({ dropout, ...size }: DecoderSettings) {
  return presets.gpt(size, { dropout, bias: false })
}

/** Tokens int32[batch, context] to logits [batch, context, vocabulary]. */
export function decoder(settings: DecoderSettings): BatchNetwork {
  const network = decoderLayers(settings)
  return batchNetwork({
    settings,
    initialize: (key) => network.initialize(key),
    apply: (variables, { tokens }, { training, key }) =>
      network.apply(variables, tokens, key === undefined ? { training } : { training, key }),
  })
}

export function isDecoderSettings(settings: BatchNetwork["settings"]): settings is DecoderSettings {
  const numbers: Partial<Record<string, unknown>> = { ...settings }
  const counts = ["vocabulary", "context", "layers", "heads", "width", "dropout"]
  return (
    settings.architecture === "gpt" && counts.every((name) => typeof numbers[name] === "number")
  )
}

/** @throws TypeError when a network is no decoder. */
export function settingsOf({ settings }: BatchNetwork): DecoderSettings {
  if (!isDecoderSettings(settings)) {
    throw new TypeError(`a network of the architecture ${settings.architecture} is no decoder`)
  }
  return settings
}
