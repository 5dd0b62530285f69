/** Networks: layers in a row, over examples of one shape. */

import { type Array, evalShape, random, u32 } from "../array/index.ts"
import type { Layer, LayerKind, LayerOf } from "./layer.ts"
import { layerRules } from "./layer-rules.ts"
import type { Arrays, Context } from "./rule.ts"

/** What a network is, as data; its JSON form is what is saved. */
export interface NetworkDefinition {
  /** Shape of one example. */
  readonly input: readonly number[]
  readonly layers: readonly Layer[]
}

/** The arrays of a network by layer name, then array name. */
export type Variables = {
  /** What training descends on. */
  readonly parameters: { readonly [layer: string]: Arrays }
  /** What training carries along: running moments. */
  readonly state: { readonly [layer: string]: Arrays }
}

/** One line of a network's description. */
export interface LayerSummary {
  readonly name: string
  readonly layer: Layer
  /** Shape of one example after the layer. */
  readonly output: readonly number[]
}

/**
 * A network that runs its layers one after another.
 *
 *     const network = new Network([28, 28, 1], [convolution(32, 3), flatten(), dense(10)])
 *     const variables = network.initialize(random.key(0))
 *     const { output } = network.apply(variables, images)
 */
export class Network implements NetworkDefinition {
  readonly input: readonly number[]
  readonly layers: readonly Layer[]
  readonly summary: readonly LayerSummary[]

  /** @throws RangeError naming the layer that cannot take what comes before it. */
  constructor(input: readonly number[], layers: readonly Layer[]) {
    this.input = input
    this.layers = layers
    let shape = input
    this.summary = layers.map((layer, i) => {
      const name = `${i}_${layer.kind}`
      shape = outputShape(layer, shape, name)
      return { name, layer, output: shape }
    })
  }

  /** Shape of one example's output. */
  get output(): readonly number[] {
    return this.summary.at(-1)?.output ?? this.input
  }

  /** Fresh parameters, drawn with a key, and the state before training. */
  initialize(key: Array): Variables {
    const parameters: Record<string, Arrays> = {}
    const state: Record<string, Arrays> = {}
    let shape = this.input
    for (const [i, { name, layer, output }] of this.summary.entries()) {
      const made = initialize(layer, shape, random.foldIn(key, i))
      if (Object.keys(made.parameters).length > 0) parameters[name] = made.parameters
      if (Object.keys(made.state).length > 0) state[name] = made.state
      shape = output
    }
    return { parameters, state }
  }

  /**
   * The output for a batch [batch, …input], and the state after it.
   * @param options.key random key, needed while training where a layer draws random numbers
   */
  apply(
    variables: Variables,
    x: Array,
    options: { readonly training?: boolean; readonly key?: Array } = {},
  ): { readonly output: Array; readonly state: Variables["state"] } {
    const { training = false, key } = options
    const state: Record<string, Arrays> = {}
    const table = this.summary.find(({ layer }) => layer.kind === "embedding")
    const embedding = table && variables.parameters[table.name]?.table
    let output = x
    for (const [i, { name, layer }] of this.summary.entries()) {
      const own = key === undefined || !isRandom(layer) ? undefined : random.foldIn(key, i)
      const before = variables.state[name] ?? {}
      const parameters = variables.parameters[name] ?? {}
      const after = apply(layer, parameters, before, output, {
        training,
        key: own,
        embedding,
      })
      output = after.output
      if (Object.keys(after.state).length > 0) state[name] = after.state
    }
    return { output, state }
  }

  /** The arrays that the network needs: "parameters/layer/name" and "state/layer/name". */
  arrays(): readonly { readonly name: string; readonly shape: readonly number[] }[] {
    const spec = evalShape((key: Array) => this.initialize(key), u32(2))
    return Object.entries(spec).flatMap(([group, layers]) =>
      Object.entries(layers).flatMap(([layer, arrays]) =>
        Object.entries(arrays).map(([name, { shape }]) => ({
          name: `${group}/${layer}/${name}`,
          shape: shape.map(Number),
        })),
      ),
    )
  }

  toJSON(): NetworkDefinition {
    return { input: this.input, layers: this.layers }
  }
}

/** Whether a layer draws random numbers while training. */
function isRandom(layer: Layer): boolean {
  if (layer.kind === "residual") return [...layer.layers, ...layer.shortcut].some(isRandom)
  return layer.kind === "dropout"
}

// Each of these binds a layer to the rule of its kind.

function outputShape<K extends LayerKind>(
  layer: LayerOf<K>,
  input: readonly number[],
  name: string,
): readonly number[] {
  try {
    return layerRules[layer.kind].outputShape(layer, input)
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`layer ${name}: ${error.message}`)
    throw error
  }
}

function initialize<K extends LayerKind>(
  layer: LayerOf<K>,
  input: readonly number[],
  key: Array,
): { parameters: Arrays; state: Arrays } {
  const rule = layerRules[layer.kind]
  return { parameters: rule.parameters(layer, input, key), state: rule.state(layer, input) }
}

function apply<K extends LayerKind>(
  layer: LayerOf<K>,
  parameters: Arrays,
  state: Arrays,
  x: Array,
  context: Context,
) {
  return layerRules[layer.kind].apply(layer, parameters, state, x, context)
}

/**
 * Number of elements in a network's parameters.
 * @example parameterCount(new Network([3], [dense(2)]).initialize(random.key(0))) // → 8
 */
export function parameterCount(variables: Variables): number {
  let count = 0
  for (const layer of Object.values(variables.parameters)) {
    for (const array of Object.values(layer)) count += Number(array.size)
  }
  return count
}
