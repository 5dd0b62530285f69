/** Networks for tables by architecture and size, and how each is made again from its settings. */

import type { BatchNetwork } from "../networks/batch-network.ts"
import { type FtTransformerSettings, ftTransformer } from "../networks/ft-transformer.ts"
import { type MlpSettings, perceptron, type TabmSettings } from "../networks/perceptron.ts"
import type { TableInputs } from "../networks/table-inputs.ts"
import type { NetworkChoice } from "../solver.ts"
import { adamRecipe, type DescentRecipe } from "../training/recipe.ts"
import { cardinalityOf, type TableFeatures } from "./features.ts"

/** The settings of a table's networks, of which the architecture says which they are. */
export type TableSettings = TabmSettings | MlpSettings | FtTransformerSettings

export type TableArchitecture = TableSettings["architecture"]

/** The network of some settings. */
export function tableNetwork(settings: TableSettings): BatchNetwork {
  switch (settings.architecture) {
    case "tabm-mini":
    case "mlp":
      return perceptron(settings)
    case "ft-transformer":
      return ftTransformer(settings)
  }
  return settings satisfies never
}

interface Sized {
  readonly settings: TableSettings
  readonly rate: number
}

type Sizes = Readonly<Record<string, (inputs: TableInputs, outputs: number) => Sized>>

const tabmOf =
  (members: number, blocks: number, width: number, embedding: number) =>
  (inputs: TableInputs, outputs: number): Sized => {
    const shape = { members, blocks, width, embedding, dropout: 0.1 }
    return { settings: { architecture: "tabm-mini", ...inputs, outputs, ...shape }, rate: 0.005 }
  }

const mlpOf =
  (blocks: number, width: number, embedding: number) =>
  (inputs: TableInputs, outputs: number): Sized => {
    const shape = { blocks, width, embedding, dropout: 0.1 }
    return { settings: { architecture: "mlp", ...inputs, outputs, ...shape }, rate: 0.001 }
  }

/** The hidden width is 4/3 of the tokens', as in the paper. */
const ftOf =
  (blocks: number, width: number, heads: number) =>
  (inputs: TableInputs, outputs: number): Sized => {
    const shape = { blocks, width, heads, hidden: Math.floor((4 * width) / 3) }
    const dropouts = { attentionDropout: 0.2, dropout: 0.1 }
    const settings = { ...inputs, outputs, ...shape, ...dropouts }
    return { settings: { architecture: "ft-transformer", ...settings }, rate: 5e-4 }
  }

/** Every architecture in every size, the smallest first. */
const sizes: { readonly [A in TableArchitecture]: Sizes } = {
  "tabm-mini": {
    xs: tabmOf(8, 1, 64, 8),
    s: tabmOf(16, 2, 128, 16),
    m: tabmOf(32, 2, 192, 16),
    l: tabmOf(32, 3, 320, 24),
    xl: tabmOf(32, 3, 512, 24),
  },
  mlp: {
    xs: mlpOf(1, 64, 8),
    s: mlpOf(2, 128, 16),
    m: mlpOf(2, 256, 16),
    l: mlpOf(3, 384, 24),
    xl: mlpOf(3, 512, 24),
  },
  "ft-transformer": {
    xs: ftOf(1, 32, 4),
    s: ftOf(2, 64, 8),
    m: ftOf(3, 96, 8),
    l: ftOf(3, 128, 8),
    // The paper's default: three blocks of 192, eight heads.
    xl: ftOf(3, 192, 8),
  },
}

export const tableArchitectures: readonly string[] = Object.keys(sizes)

export function isTableArchitecture(name: string): name is TableArchitecture {
  return Object.hasOwn(sizes, name)
}

/** Bins of numbers for piecewise-linear embeddings. */
export const bins = 48

/** Rows in a step: a power of two, so that small tables get some twenty steps in an epoch. */
function batchFor(rows: number): number {
  return Math.max(16, Math.min(adamRecipe.batch, 2 ** Math.floor(Math.log2(rows / 20))))
}

/**
 * All sizes of an architecture for some features, the smallest first.
 * @param edges of the bins of each number
 * @param rows to learn from
 */
export function tableChoices(
  architecture: TableArchitecture,
  features: TableFeatures,
  edges: readonly (readonly number[])[],
  rows: number,
  outputs: number,
): NetworkChoice[] {
  const inputs: TableInputs = { edges, cardinalities: features.categories.map(cardinalityOf) }
  return Object.entries(sizes[architecture]).map(([size, of]) => {
    const { settings, rate } = of(inputs, outputs)
    const recipe: DescentRecipe = { ...adamRecipe, rate, batch: batchFor(rows) }
    return { size, network: tableNetwork(settings), recipe }
  })
}
