/** Programs: kernels and control flow in order, with their memory planned, for one graph of concrete sizes. */

import type { Buffer } from "./expression.ts"
import type { Step } from "./step.ts"

/** Where a buffer lives during a run. */
export type Storage =
  /** The memory of an input, in the graph's order. */
  | { readonly kind: "input"; readonly number: number }
  /** The memory of an output, allocated before the run; in the graph's order. */
  | { readonly kind: "output"; readonly number: number }
  /** At a byte offset of the program's arena. */
  | { readonly kind: "arena"; readonly offset: number }
  /** At a byte offset of the private memory of the thread that runs a round. */
  | { readonly kind: "private"; readonly offset: number }

export interface Program {
  readonly inputs: readonly Buffer[]
  /** One buffer per output; an output may be an input's buffer, or another output's. */
  readonly outputs: readonly Buffer[]
  /** Executed in order; each sees all that the ones before it stored. */
  readonly steps: readonly Step[]
  readonly storage: ReadonlyMap<Buffer, Storage>
  /** Bytes of the arena that holds the intermediates of one run. */
  readonly arenaBytes: number
  /** Bytes of private memory that each thread needs: the kernels' own, then what lives in rounds. */
  readonly scratchBytes: number
  /**
   * Outputs that take over the memory of a donated input: output number → input number.
   * All other outputs have memory of their own.
   */
  readonly donations: ReadonlyMap<number, number>
}
