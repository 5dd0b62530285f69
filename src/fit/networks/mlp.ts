/** A plain multilayer perceptron over a table's embedded columns. */

import { type Array, nn, np, random } from "../../array/index.ts"
import type { Arrays } from "../../nn/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"
import { embed, embedParameters, type TableInputs, uniform, widthsOf } from "./table-inputs.ts"

export interface MlpSettings extends TableInputs {
  readonly architecture: "mlp"
  readonly outputs: number
  readonly blocks: number
  readonly width: number
  readonly embedding: number
  readonly dropout: number
}

/** The network; its output is [batch, 1, outputs]. */
export function mlp(settings: MlpSettings): BatchNetwork {
  const { blocks, width, outputs, embedding, dropout } = settings
  const inputWidth = widthsOf(settings, embedding).reduce((sum, one) => sum + one, 0)
  const blockNames = globalThis.Array.from({ length: blocks }, (_, i) => `block${i}`)
  return batchNetwork({
    settings,
    initialize(key) {
      const at = (i: number): Array => random.foldIn(key, i)
      const parameters: Record<string, Arrays> = {}
      const embedded = embedParameters(settings, embedding, at(0))
      if (Object.keys(embedded).length > 0) parameters.embed = embedded
      for (const [i, name] of blockNames.entries()) {
        const from = i === 0 ? inputWidth : width
        parameters[name] = {
          kernel: uniform(at(1 + 2 * i), [from, width], from),
          bias: uniform(at(2 + 2 * i), [width], from),
        }
      }
      parameters.head = {
        kernel: uniform(at(1 + 2 * blocks), [1, width, outputs], width),
        bias: uniform(at(2 + 2 * blocks), [1, outputs], width),
      }
      return { parameters, state: {} }
    },
    apply({ parameters, state }, batch, context) {
      let h = np.expandDims(embed(settings, parameters.embed ?? {}, batch, context), 1)
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
