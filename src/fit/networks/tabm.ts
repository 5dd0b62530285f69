/**
 * TabM-mini: many networks that share their layers and differ by a scale at the input and by their
 * last layer, trained as one batched contraction.
 * Source: Gorishniy, Kotelnikov and Babenko, "TabM: Advancing Tabular Deep Learning with
 * Parameter-Efficient Ensembling" (ICLR 2025).
 */

import { type Array, nn, np, random } from "../../array/index.ts"
import type { Arrays } from "../../nn/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"
import { embed, embedParameters, type TableInputs, uniform, widthsOf } from "./table-inputs.ts"

export interface TabmSettings extends TableInputs {
  readonly architecture: "tabm-mini"
  /** Numbers in the output of each member. */
  readonly outputs: number
  /** Networks trained as one. */
  readonly members: number
  readonly blocks: number
  readonly width: number
  readonly embedding: number
  readonly dropout: number
}

/** The network; its output is [batch, members, outputs]. */
export function tabm(settings: TabmSettings): BatchNetwork {
  const { members, blocks, width, outputs, embedding, dropout } = settings
  const widths = widthsOf(settings, embedding)
  const inputWidth = widths.reduce((sum, one) => sum + one, 0)
  const blockNames = globalThis.Array.from({ length: blocks }, (_, i) => `block${i}`)
  return batchNetwork({
    settings,
    initialize(key) {
      const at = (i: number): Array => random.foldIn(key, i)
      const parameters: Record<string, Arrays> = {}
      const embedded = embedParameters(settings, embedding, at(0))
      if (Object.keys(embedded).length > 0) parameters.embed = embedded
      parameters.members = { scale: memberScale(at(1), members, widths) }
      for (const [i, name] of blockNames.entries()) {
        const from = i === 0 ? inputWidth : width
        parameters[name] = {
          kernel: uniform(at(2 + 2 * i), [from, width], from),
          bias: uniform(at(3 + 2 * i), [width], from),
        }
      }
      parameters.head = {
        kernel: uniform(at(2 + 2 * blocks), [members, width, outputs], width),
        bias: uniform(at(3 + 2 * blocks), [members, outputs], width),
      }
      return { parameters, state: {} }
    },
    apply({ parameters, state }, batch, context) {
      const columns = embed(settings, parameters.embed ?? {}, batch, context)
      // [batch, 1, input] to [batch, members, input]
      let h = np.expandDims(columns, 1).mul(parameters.members.scale)
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
