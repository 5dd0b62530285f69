/** What each kind of layer has to say: its parameters, its state, its shape and its function. */

import { type Array, random } from "../array/index.ts"
import type { LayerKind, LayerOf, Padding } from "./layer.ts"

/** A layer's own arrays by name. */
export type Arrays = { readonly [name: string]: Array }

export interface Context {
  readonly training: boolean
  /** Random key of this layer; absent where nothing is random. */
  readonly key: Array | undefined
  /** The table of the network's first embedding, [vocabulary, features], for who shares it. */
  readonly embedding: Array | undefined
}

export interface LayerRule<K extends LayerKind> {
  /**
   * Shape of one example's output.
   * @throws RangeError when the layer cannot take that input.
   */
  outputShape(layer: LayerOf<K>, input: readonly number[]): readonly number[]
  /** Parameters that training changes; random ones drawn with the key. */
  parameters(layer: LayerOf<K>, input: readonly number[], key: Array): Arrays
  /** Arrays that training carries along but does not descend on. */
  state(layer: LayerOf<K>, input: readonly number[]): Arrays
  /** The output for a batch, and the state after it. */
  apply(
    layer: LayerOf<K>,
    parameters: Arrays,
    state: Arrays,
    x: Array,
    context: Context,
  ): { readonly output: Array; readonly state: Arrays }
}

export type LayerRules = { readonly [K in LayerKind]: LayerRule<K> }

/** A layer without parameters or state. */
export function plain<K extends LayerKind>(
  outputShape: (layer: LayerOf<K>, input: readonly number[]) => readonly number[],
  apply: (layer: LayerOf<K>, x: Array, context: Context) => Array,
): LayerRule<K> {
  return {
    outputShape,
    parameters: () => ({}),
    state: () => ({}),
    apply: (layer, _parameters, state, x, context) => ({ output: apply(layer, x, context), state }),
  }
}

/** Normal, with variance 2/fanIn (for layers before rectifiers: He et al. 2015) unless given. */
export function kernelOf(
  key: Array,
  shape: readonly number[],
  fanIn: number,
  deviation: number = Math.sqrt(2 / fanIn),
): Array {
  return random.normal(key, shape).mul(deviation)
}

/** @throws RangeError when an example is no image. */
export function requireImage(input: readonly number[]): void {
  if (input.length !== 3) {
    throw new RangeError(
      `it takes examples of shape [height, width, channels], not [${input.join(", ")}]`,
    )
  }
}

/** @throws RangeError when an example is no row of vectors. */
export function requireSequence(input: readonly number[]): void {
  if (input.length !== 2) {
    throw new RangeError(`it takes examples of shape [time, features], not [${input.join(", ")}]`)
  }
}

/** Places of a window along an axis. */
export function placesOf(extent: number, window: number, stride: number, padding: Padding): number {
  if (padding === "SAME") return Math.ceil(extent / stride)
  const padded = extent + (padding === "VALID" ? 0 : 2 * padding)
  if (window > padded) {
    throw new RangeError(`a window of ${window} does not fit an extent of ${padded}`)
  }
  return Math.floor((padded - window) / stride) + 1
}

/** Padding as the array functions take it, over height and width. */
export function spatialPadding(padding: Padding) {
  if (typeof padding === "string") return padding
  const side = [padding, padding] as const
  return [side, side]
}
