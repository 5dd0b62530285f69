/** What the trainer and the fitted folder need of a network: named inputs in, one output. */

import { type Array, evalShape, u32 } from "../../array/index.ts"
import type { Variables } from "../../nn/index.ts"

/** Arrays by name, examples along the first axis of each. */
export type Batch = { readonly [name: string]: Array }

export interface ApplyContext {
  readonly training: boolean
  /** Random key of the step; absent where nothing is random. */
  readonly key: Array | undefined
  /** Whether a network that can looks at each example in several ways, which costs as many times. */
  readonly thorough?: boolean
}

/** A network over batches of named arrays; its settings are JSON, so that it can be made again. */
export interface BatchNetwork {
  /** Name of the architecture, and what makes it again. */
  readonly settings: { readonly architecture: string }
  /** Fresh parameters drawn with a key, and the state before training. Traceable. */
  initialize(key: Array): Variables
  /** The output for a batch, and the state after it. Traceable. */
  apply(
    variables: Variables,
    batch: Batch,
    context: ApplyContext,
  ): { readonly output: Array; readonly state: Variables["state"] }
  /** The arrays that it needs, in the order in which it makes them. */
  arrays(): readonly ArrayShape[]
}

/** A network of its settings and functions. */
export function batchNetwork(own: Omit<BatchNetwork, "arrays">): BatchNetwork {
  let shapes: readonly ArrayShape[] | undefined
  return {
    ...own,
    arrays() {
      shapes ??= arrayShapes(own.initialize)
      return shapes
    },
  }
}

/** A network's array: "parameters/layer/name" or "state/layer/name". */
export interface ArrayShape {
  readonly name: string
  readonly shape: readonly number[]
}

function arrayShapes(initialize: BatchNetwork["initialize"]): ArrayShape[] {
  const spec = evalShape((key: Array) => initialize(key), u32(2))
  return Object.entries(spec).flatMap(([group, layers]) =>
    Object.entries(layers).flatMap(([layer, arrays]) =>
      Object.entries(arrays).map(([name, { shape }]) => ({
        name: `${group}/${layer}/${name}`,
        shape: shape.map(Number),
      })),
    ),
  )
}

/** Number of elements that training descends on. */
export function parameterCountOf(network: Pick<BatchNetwork, "arrays">): number {
  return network
    .arrays()
    .filter(({ name }) => name.startsWith("parameters/"))
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
}
