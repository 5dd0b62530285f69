/** Networks that tell texts apart, in five sizes each. */

import { SettingError } from "../finding.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import { isTextBag, type TextBagSettings, textBag } from "../networks/text-bag.ts"
import { isTextEncoder, type TextEncoderSettings, textEncoder } from "../networks/text-encoder.ts"
import type { NetworkChoice } from "../solver.ts"
import { adamRecipe } from "../training/recipe.ts"

/** JSON of a network that tells texts apart. */
export type TextNetworkSettings = TextBagSettings | TextEncoderSettings

export function isTextNetwork(settings: BatchNetwork["settings"]): settings is TextNetworkSettings {
  return isTextBag(settings) || isTextEncoder(settings)
}

export function textNetwork(settings: TextNetworkSettings): BatchNetwork {
  return settings.architecture === "text-bag" ? textBag(settings) : textEncoder(settings)
}

export type Architecture = "bag" | "encoder"

/** @throws SettingError when a network is none that tells texts apart. */
export function architectureOf(network = "bag"): Architecture {
  if (network === "bag" || network === "encoder") return network
  throw new SettingError(`network is ${network}, where texts are told apart by bag or encoder`)
}

/** Tokens of a text that are read, at most: a bag's work grows with them, an encoder's faster. */
export const longest: { readonly [A in Architecture]: number } = { bag: 1024, encoder: 256 }

const bags = { xs: 4093, s: 16_381, m: 65_521, l: 262_139, xl: 1_048_573 } as const

const encoders = {
  xs: { layers: 1, heads: 4, width: 32, rate: 3e-3 },
  s: { layers: 1, heads: 4, width: 64, rate: 2e-3 },
  m: { layers: 2, heads: 4, width: 128, rate: 1e-3 },
  l: { layers: 4, heads: 8, width: 256, rate: 5e-4 },
  xl: { layers: 6, heads: 8, width: 512, rate: 3e-4 },
} as const

type Choices = (vocabulary: number, context: number, classes: number) => NetworkChoice[]

/** All sizes for a vocabulary, a context and a number of classes, the smallest first. */
export const choicesOf: { readonly [A in Architecture]: Choices } = {
  bag: (vocabulary, context, classes) =>
    Object.entries(bags).map(([size, buckets]) => {
      const own = { vocabulary, context, classes, buckets, tokenDropout: 0.4 }
      const network = textBag({ architecture: "text-bag", ...own })
      const recipe = { ...adamRecipe, batch: 32, rate: 0.02, weightDecay: 0, warmup: 0.1 }
      return { size, network, recipe }
    }),
  encoder: (vocabulary, context, classes) =>
    Object.entries(encoders).map(([size, { rate, ...shape }]) => {
      const own = { vocabulary, context, classes, ...shape, dropout: 0.3, tokenDropout: 0.3 }
      const network = textEncoder({ architecture: "text-encoder", ...own })
      const recipe = { ...adamRecipe, batch: 32, rate, weightDecay: 0.05, warmup: 0.1 }
      return { size, network, recipe }
    }),
}
