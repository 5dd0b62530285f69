/**
 * Multilayer perceptrons over a table's embedded columns: a plain one, and TabM-mini, which is many
 * that share their layers and differ by a scale at the input and by their last layer, trained as one
 * batched contraction.
 * Source: Gorishniy, Kotelnikov and Babenko, "TabM: Advancing Tabular Deep Learning with
 * Parameter-Efficient Ensembling" (ICLR 2025).
 */

import { type Array, nn, np, random } from "../../array/index.ts"
import type { Arrays } from "../../nn/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"
import { embed, embedParameters, type TableInputs, uniform, widthsOf } from "./table-inputs.ts"

interface Perceptron extends TableInputs {
  /** Numbers in the output of each member. */
  readonly outputs: number
  readonly blocks: number
  readonly width: number
  readonly embedding: number
  readonly dropout: number
}

export interface MlpSettings extends Perceptron {
  readonly architecture: "mlp"
}

export interface TabmSettings extends Perceptron {
  readonly architecture: "tabm-mini"
  /** Networks trained as one. */
  readonly members: number
}

/** The network; its output is [batch, members, outputs], where a plain one has one member. */
export function perceptron(settings: MlpSettings | TabmSettings): BatchNetwork {
  const { blocks, width, outputs, embedding, dropout } = settings
  const isEnsemble = settings.architecture === "tabm-mini"
  const members = isEnsemble ? settings.members : 1
  const widths = widthsOf(settings, embedding)
  const inputWidth = widths.reduce((sum, one) => sum + one, 0)
  const blockNames = globalThis.Array.from({ length: blocks }, (_, i) => `block${i}`)
  return batchNetwork({
    settings,
    initialize(key) {
      let drawn = 0
      const next = (): Array => random.foldIn(key, drawn++)
      const parameters: Record<string, Arrays> = {}
      const embedded = embedParameters(settings, embedding, next())
      if (Object.keys(embedded).length > 0) parameters.embed = embedded
      if (isEnsemble) parameters.members = { scale: memberScale(next(), members, widths) }
      for (const [i, name] of blockNames.entries()) {
        const from = i === 0 ? inputWidth : width
        parameters[name] = {
          kernel: uniform(next(), [from, width], from),
          bias: uniform(next(), [width], from),
        }
      }
      parameters.head = {
        kernel: uniform(next(), [members, width, outputs], width),
        bias: uniform(next(), [members, outputs], width),
      }
      return { parameters, state: {} }
    },
    apply({ parameters, state }, batch, context) {
      let h = np.expandDims(embed(settings, parameters.embed ?? {}, batch, context), 1)
      // [batch, 1, input] to [batch, members, input]
      if (isEnsemble) h = h.mul(parameters.members.scale)
      for (const [i, name] of blockNames.entries()) {
        h = nn.relu(np.matmul(h, parameters[name].kernel).add(parameters[name].bias))
        if (context.training && context.key !== undefined && dropout > 0) {
          const kept = random.bernoulli(random.foldIn(context.key, 1 + i), 1 - dropout, h.shape)
          h = np.where(kept, h.div(1 - dropout), 0)
        }
      }
      const output = np.einsum("bkh,kho->bko", h, parameters.head.kernel)
      return { output: output.add(parameters.head.bias), state }
    },
  })
}

/** One normal number for each member and column, repeated over the column's vector. */
function memberScale(key: Array, members: number, widths: readonly number[]): Array {
  const columns = random.normal(key, [members, widths.length])
  const places = widths.flatMap((width, column) =>
    globalThis.Array.from({ length: width }, () => column),
  )
  return np.take(columns, np.array(Int32Array.from(places)), 1)
}
