/** Decoders of five sizes. */

import { type DecoderSettings, decoder } from "../networks/decoder.ts"
import type { NetworkChoice } from "../solver.ts"
import type { DescentRecipe } from "../training/recipe.ts"

/** As nanoGPT trains its small ones: AdamW with β₂ = 0.99, clipped, cosine to the end. */
const recipe: DescentRecipe = {
  batch: 12,
  rate: 3e-3,
  optimizer: "adamW",
  weightDecay: 0.1,
  momentum: 0.9,
  beta2: 0.99,
  clip: 1,
  schedule: "cosine",
  warmup: 0.05,
  patience: 16,
}

const sizes = {
  xs: { shape: { layers: 2, heads: 4, width: 64 }, batch: 12, rate: 5e-3, dropout: 0 },
  s: { shape: { layers: 4, heads: 4, width: 128 }, batch: 12, rate: 3e-3, dropout: 0 },
  m: { shape: { layers: 6, heads: 6, width: 192 }, batch: 16, rate: 2e-3, dropout: 0 },
  l: { shape: { layers: 6, heads: 6, width: 384 }, batch: 32, rate: 1e-3, dropout: 0.2 },
  xl: { shape: { layers: 12, heads: 12, width: 768 }, batch: 32, rate: 6e-4, dropout: 0.1 },
} as const

/** All sizes for a vocabulary and a context, the smallest first. */
export function decoderChoices(vocabulary: number, context: number): NetworkChoice[] {
  return Object.entries(sizes).map(([size, { shape, dropout, ...own }]) => {
    const settings: DecoderSettings = {
      architecture: "gpt",
      vocabulary,
      context,
      dropout,
      ...shape,
    }
    return { size, network: decoder(settings), recipe: { ...recipe, ...own } }
  })
}
