/** What was learnt of a function, with what stands around it: the domain in front, the outputs' scale behind. */

import type { Weights } from "../training/weights.ts"
import type { Box, Input } from "./domain.ts"
import type { Judgement } from "./evaluation.ts"
import type { Samples } from "./samples.ts"
import type { OutputScaling } from "./scaling.ts"

/** A way to learn a function, once it has learnt: from features to scaled outputs. */
export interface Learnt {
  /** What it is, for people. */
  readonly name: string
  /** JSON that, with the tensors, makes it again. */
  readonly settings: { readonly architecture: string }
  readonly tensors: Weights
  /** Whether batches are computed on the default device; else by the host. */
  readonly isOnDevice: boolean
  /** Numbers that it holds. */
  readonly count: number
  /** One input's features. */
  judge(x: Float32Array): Judgement
  /** Scaled outputs, row after row, of rows of features. */
  batch(x: Float32Array, rows: number): Promise<ArrayLike<number>>
  /** A JavaScript function `judge(x)` of features that gives scaled outputs, as text. */
  source(): string
}

export class Machine {
  readonly box: Box
  readonly learnt: Learnt
  readonly scaling: OutputScaling

  constructor(box: Box, learnt: Learnt, scaling: OutputScaling) {
    this.box = box
    this.learnt = learnt
    this.scaling = scaling
  }

  judge(input: Input): Judgement {
    const x = new Float32Array(this.box.features)
    this.box.encode(input, x, 0)
    return this.learnt.judge(x)
  }

  value(input: Input): number[] {
    return this.scaling.decode(this.judge(input).mean)
  }

  async batch(inputs: readonly Input[]): Promise<number[][]> {
    const { features } = this.box
    const outputs = this.scaling.columns.length
    // Batches of a power of two, so that few programs serve all lengths.
    const rows = 2 ** Math.ceil(Math.log2(Math.max(1, inputs.length)))
    const x = new Float32Array(rows * features)
    for (const [i, input] of inputs.entries()) this.box.encode(input, x, i * features)
    const means = await this.learnt.batch(x, rows)
    return inputs.map((_, i) => {
      const own = Array.from({ length: outputs }, (_, o) => Number(means[i * outputs + o]))
      return this.scaling.decode(own)
    })
  }
}

/** The greatest error over outputs, for each input at which the function gave something. */
export function errorsOf(machine: Machine, { inputs, outputs }: Samples): number[] {
  return inputs.flatMap((input, i) => {
    const values = outputs[i]
    if (values === undefined) return []
    const found = machine.value(input)
    return [values.reduce((most, value, o) => Math.max(most, Math.abs(value - found[o])), 0)]
  })
}

/** Seconds for one of many inputs in a batch. */
export async function secondsInBatch(machine: Machine, inputs: readonly Input[]): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 4; i++) {
    const began = performance.now()
    await machine.batch(inputs)
    times.push((performance.now() - began) / 1000 / inputs.length)
  }
  // The first compiles.
  return Math.min(...times.slice(1))
}
