/** How far a decoder is from a text. */

import { type Array as DeviceArray, jit } from "../../array/index.ts"
import { losses } from "../../nn/index.ts"
import type { Batch, BatchNetwork } from "../networks/batch-network.ts"
import { disposeBatch, type Examples, putBatch } from "../training/examples.ts"
import type { Objective } from "../training/objective.ts"
import { type NamedArrays, nestArrays } from "../training/weights.ts"

/** Logits [batch, context, vocabulary] and the tokens that follow. */
export const nextTokens: Objective = {
  loss: (output, { next }) => losses.crossEntropy(output, next),
  readout: (output) => output,
}

/** The mean loss of a batch. */
export type LossProgram = (weights: NamedArrays, batch: Batch) => DeviceArray

/** One program for each network. */
export function lossPrograms(): (network: BatchNetwork) => LossProgram {
  const made = new Map<BatchNetwork, LossProgram>()
  return (network) => {
    const known = made.get(network)
    if (known !== undefined) return known
    const program = jit((weights: NamedArrays, batch: Batch) => {
      const variables = nestArrays(network, weights)
      const { output } = network.apply(variables, batch, { training: false, key: undefined })
      return nextTokens.loss(output, batch)
    })
    made.set(network, program)
    return program
  }
}

/** Windows in one run of a look. */
const lookBatch = 20

/** The mean loss over all windows; the few that fill no batch are left out. */
export async function meanLoss(
  program: LossProgram,
  weights: NamedArrays,
  examples: Examples,
): Promise<number> {
  const size = Math.min(lookBatch, examples.count)
  const runs = Math.floor(examples.count / size)
  let sum = 0
  for (let run = 0; run < runs; run++) {
    const numbers = Uint32Array.from({ length: size }, (_, i) => run * size + i)
    const batch = putBatch(await examples.gather(numbers))
    const loss = program(weights, batch)
    sum += (await loss.data())[0]
    loss.dispose()
    disposeBatch(batch)
  }
  return sum / runs
}
