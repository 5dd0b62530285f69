/** Pooling: windows, or all places, reduced to one. */

import { type Array, nn as functions } from "../../array/index.ts"
import { type LayerOf, type Padding, pair, requirePadding } from "../layer.ts"
import { type LayerRule, placesOf, plain, requireImage, spatialPadding } from "../rule.ts"

type PoolOptions = { strides?: number | readonly [number, number]; padding?: Padding }

/**
 * The greatest of each window; windows do not overlap unless strides say so.
 * @example new Network([8, 8, 3], [maxPool(2)]).output // → [4, 4, 3]
 */
export function maxPool(
  window: number | readonly [number, number],
  options: PoolOptions = {},
): LayerOf<"maxPool"> {
  return { kind: "maxPool", ...pool(window, options, "maxPool") }
}

/**
 * The mean of each window.
 * @example new Network([8, 8, 3], [averagePool(2)]).output // → [4, 4, 3]
 */
export function averagePool(
  window: number | readonly [number, number],
  options: PoolOptions = {},
): LayerOf<"averagePool"> {
  return { kind: "averagePool", ...pool(window, options, "averagePool") }
}

/**
 * The mean of each feature over all places, of images or of sequences.
 * @example new Network([8, 8, 3], [globalAveragePool()]).output // → [3]
 */
export function globalAveragePool(): LayerOf<"globalAveragePool"> {
  return { kind: "globalAveragePool" }
}

function pool(
  window: number | readonly [number, number],
  { strides = window, padding = "VALID" }: PoolOptions,
  layer: string,
) {
  requirePadding(padding, `${layer}: padding`)
  const extents = pair(window, `${layer}: window`)
  if (typeof padding === "number" && padding >= Math.min(...extents)) {
    throw new RangeError(
      `${layer}: padding ${padding} must be less than the window's ${extents.join(" × ")}, ` +
        "or a window would see nothing else",
    )
  }
  return {
    window: extents,
    strides: pair(strides, `${layer}: strides`),
    padding,
  }
}

function windows<K extends "maxPool" | "averagePool">(
  apply: (x: Array, layer: LayerOf<K>) => Array,
): LayerRule<K> {
  return plain(
    (layer, input) => {
      requireImage(input)
      const { window, strides, padding } = layer
      const places = (axis: 0 | 1) => placesOf(input[axis], window[axis], strides[axis], padding)
      return [places(0), places(1), input[2]]
    },
    (layer, x) => apply(x, layer),
  )
}

export const maxPoolRule = windows<"maxPool">((x, { window, strides, padding }) =>
  functions.maxPool(x, window, { strides, padding: spatialPadding(padding) }),
)

export const averagePoolRule = windows<"averagePool">((x, { window, strides, padding }) =>
  functions.avgPool(x, window, { strides, padding: spatialPadding(padding) }),
)

export const globalAveragePoolRule: LayerRule<"globalAveragePool"> = plain(
  (_layer, input) => {
    if (input.length < 2) {
      throw new RangeError(
        `it takes examples of shape [place, …, features], not [${input.join(", ")}]`,
      )
    }
    return input.slice(-1)
  },
  (_layer, x) => x.mean(globalThis.Array.from({ length: x.ndim - 2 }, (_, i) => i + 1)),
)
