/** Networks that go on with a series: each column by itself, all with the same weights. */

import { type Array, np } from "../../array/index.ts"
import {
  activation,
  dense,
  dropout,
  flatten,
  type Layer,
  layerNorm,
  Network,
  positions,
  residual,
  selfAttention,
} from "../../nn/index.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"

/** JSON of a forecaster. */
export type ForecasterSettings = {
  /** Rows that are looked at, and rows that are forecast. */
  readonly context: number
  readonly horizon: number
} & (
  | { readonly architecture: "dlinear" }
  | {
      readonly architecture: "patchtst"
      /** Rows of one patch, and from one patch to the next. */
      readonly patch: number
      readonly stride: number
      readonly width: number
      readonly layers: number
      readonly heads: number
      readonly dropout: number
    }
)

export const forecasters = ["dlinear", "patchtst"] as const

/** Rows over which DLinear's trend is a moving average. */
const trendWindow = 25

/**
 * `context` float32[batch, context, columns] to [batch, horizon, columns].
 *
 * `dlinear` (Zeng et al. 2023): the moving average and what is left of the series each go through
 * one matrix. `patchtst` (after Nie et al. 2023): patches of the series are the tokens of a
 * transformer encoder. Both see a window less its last value or mean, and give it back
 * (Kim et al. 2022), so that a level that was never seen is none to them.
 */
export function forecaster(settings: ForecasterSettings): BatchNetwork {
  return settings.architecture === "dlinear" ? linear(settings) : patches(settings)
}

type Of<A> = Extract<ForecasterSettings, { readonly architecture: A }>

/** [batch, context, columns] to [batch·columns, context], and back behind a network. */
function byColumns(x: Array, forecast: (rows: Array) => Array): Array {
  const [batch, context, columns] = x.shape.map(Number)
  const rows = np.swapaxes(x, 1, 2).reshape([batch * columns, context])
  const found = forecast(rows)
  return np.swapaxes(found.reshape([batch, columns, Number(found.shape[1])]), 1, 2)
}

function linear(settings: Of<"dlinear">): BatchNetwork {
  const { context, horizon } = settings
  const average = averaging(context)
  const start = () => ({
    kernel: np.full([context, horizon], 1 / context),
    bias: np.zeros([horizon]),
  })
  return batchNetwork({
    settings,
    // Both matrices begin as means, as the paper has it: nothing is drawn.
    initialize: () => ({ parameters: { trend: start(), rest: start() }, state: {} }),
    apply({ parameters: { trend, rest } }, { context: x }) {
      const output = byColumns(x, (rows) => {
        const last = rows.slice([], [context - 1, context])
        const level = rows.sub(last)
        const smooth = np.matmul(level, np.array(average).reshape([context, context]))
        return np
          .matmul(smooth, trend.kernel)
          .add(trend.bias)
          .add(np.matmul(level.sub(smooth), rest.kernel))
          .add(rest.bias)
          .add(last)
      })
      return { output, state: {} }
    },
  })
}

/** The matrix whose product with a row is its moving average, ends repeated. */
export function averaging(context: number): Float32Array {
  const matrix = new Float32Array(context * context)
  const half = (trendWindow - 1) / 2
  for (let to = 0; to < context; to++) {
    for (let offset = -half; offset <= half; offset++) {
      const from = Math.min(context - 1, Math.max(0, to + offset))
      matrix[from * context + to] += 1 / trendWindow
    }
  }
  return matrix
}

/** Keeps the division by a window's deviation finite. */
export const tiny = 1e-5

/** The layers of a PatchTST, from the patches of one column to its scaled forecast. */
export function patchLayers(settings: Of<"patchtst">): Network {
  const { context, horizon, patch, stride, width, layers, heads, dropout: rate } = settings
  const count = Math.floor((context - patch) / stride) + 1
  const drop = rate === 0 ? [] : [dropout(rate)]
  const block = (): Layer[] => [
    residual([layerNorm(), selfAttention(heads), ...drop]),
    residual([layerNorm(), dense(2 * width), activation("gelu"), dense(width), ...drop]),
  ]
  return new Network(
    [count, patch],
    [
      dense(width),
      positions("learned"),
      ...drop,
      ...globalThis.Array.from({ length: layers }, block).flat(),
      layerNorm(),
      flatten(),
      ...drop,
      dense(horizon, { deviation: 0.1 / Math.sqrt(count * width) }),
    ],
  )
}

/** The rows of a window that its patches are, one patch after another. */
export function patchPlaces({ context, patch, stride }: Of<"patchtst">): Int32Array {
  const count = Math.floor((context - patch) / stride) + 1
  return Int32Array.from(
    { length: count * patch },
    (_, i) => context - (count - 1) * stride - patch + Math.floor(i / patch) * stride + (i % patch),
  )
}

function patches(settings: Of<"patchtst">): BatchNetwork {
  const network = patchLayers(settings)
  const places = patchPlaces(settings)
  return batchNetwork({
    settings,
    initialize: (key) => network.initialize(key),
    apply(variables, { context: x }, { training, key }) {
      const options = key === undefined ? { training } : { training, key }
      const output = byColumns(x, (rows) => {
        const mean = rows.mean(1, { keepdims: true })
        const deviation = np.sqrt(rows.var(1, { keepdims: true }).add(tiny))
        const normal = rows.sub(mean).div(deviation)
        const cut = np.take(normal, np.array(places), 1).reshape([-1, ...network.input])
        const found = network.apply(variables, cut, options).output
        return found.mul(deviation).add(mean)
      })
      return { output, state: {} }
    },
  })
}

export function isForecaster(settings: BatchNetwork["settings"]): settings is ForecasterSettings {
  const { context, horizon }: Partial<Record<string, unknown>> = { ...settings }
  const known = forecasters.some((name) => name === settings.architecture)
  return known && typeof context === "number" && typeof horizon === "number"
}
