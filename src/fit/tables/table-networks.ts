/** Networks for tables by architecture and size, and how each is made again from its settings. */

import type { BatchNetwork } from "../networks/batch-network.ts"
import type { TableInputs } from "../networks/table-inputs.ts"
import { type TabmSettings, tabm } from "../networks/tabm.ts"
import { adamRecipe } from "../recipe.ts"
import type { NetworkChoice } from "../solver.ts"
import type { FeatureRows, TableFeatures } from "./features.ts"
import { binEdges, cardinalityOf } from "./features.ts"

export type TableArchitecture = "tabm-mini"

export const tableArchitectures: readonly TableArchitecture[] = ["tabm-mini"]

/** The settings of a table's networks, of which the architecture says which they are. */
export type TableSettings = TabmSettings

/** The network of some settings. */
export function tableNetwork(settings: TableSettings): BatchNetwork {
  return tabm(settings)
}

const tabmSizes = {
  xs: { members: 8, blocks: 1, width: 64, embedding: 8, bins: 24 },
  s: { members: 16, blocks: 2, width: 128, embedding: 16, bins: 48 },
  m: { members: 32, blocks: 2, width: 192, embedding: 16, bins: 48 },
  l: { members: 32, blocks: 3, width: 320, embedding: 24, bins: 48 },
  xl: { members: 32, blocks: 3, width: 512, embedding: 24, bins: 64 },
} as const

/** All sizes of an architecture for some features, the smallest first. */
export function tableChoices(
  architecture: TableArchitecture,
  features: TableFeatures,
  rows: FeatureRows,
  outputs: number,
): NetworkChoice[] {
  const cardinalities = features.categories.map(cardinalityOf)
  return Object.entries(tabmSizes).map(([size, { bins, ...shape }]) => {
    const edges = binEdges(rows, features.numbers.length, bins)
    const inputs: TableInputs = { edges, cardinalities }
    const settings = { architecture, ...inputs, outputs, dropout: 0.1, ...shape }
    return { size, network: tableNetwork(settings), recipe: { ...adamRecipe, rate: 0.006 } }
  })
}
