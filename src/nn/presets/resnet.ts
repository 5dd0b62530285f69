/** Residual networks. */

import type { Layer } from "../layer.ts"
import { convolution } from "../layers/convolution.ts"
import { dense } from "../layers/dense.ts"
import { activation } from "../layers/elementwise.ts"
import { batchNorm } from "../layers/normalization.ts"
import { globalAveragePool, maxPool } from "../layers/pooling.ts"
import { residual } from "../layers/residual.ts"
import { Network } from "../network.ts"

interface ResnetOptions {
  readonly classes?: number
  /** Shape of one image; sides of at most 64 get a 3×3 stem without pooling. */
  readonly input?: readonly [number, number, number]
}

/**
 * ResNet-18 (He et al. 2016, table 1): 11,689,512 parameters for 224 × 224 and 1,000 classes.
 * @example presets.resnet18({ classes: 10 }).output // → [10]
 */
export function resnet18(options: ResnetOptions = {}): Network {
  return resnet([2, 2, 2, 2], options)
}

/**
 * ResNet-34 (He et al. 2016, table 1): 21,797,672 parameters for 224 × 224 and 1,000 classes.
 * @example presets.resnet34({ classes: 10 }).output // → [10]
 */
export function resnet34(options: ResnetOptions = {}): Network {
  return resnet([3, 4, 6, 3], options)
}

const relu = activation("relu")

function normed(features: number, kernel: number, strides: number): Layer[] {
  const padding = (kernel - 1) / 2
  return [convolution(features, kernel, { strides, padding, bias: false }), batchNorm()]
}

/** Two 3×3 convolutions; where the shape changes, the shortcut is a 1×1 convolution (option B). */
function block(features: number, strides: number, changes: boolean): Layer[] {
  const layers = [...normed(features, 3, strides), relu, ...normed(features, 3, 1)]
  const shortcut = changes ? normed(features, 1, strides) : []
  return [residual(layers, { shortcut }), relu]
}

function resnet(blocks: readonly number[], options: ResnetOptions): Network {
  const { classes = 1000, input = [224, 224, 3] } = options
  const small = Math.max(input[0], input[1]) <= 64
  const stem = small
    ? [...normed(64, 3, 1), relu]
    : [...normed(64, 7, 2), relu, maxPool(3, { strides: 2, padding: 1 })]
  const stages = blocks.flatMap((count, stage) =>
    globalThis.Array.from({ length: count }, (_, i) => {
      const first = i === 0 && stage > 0
      return block(64 * 2 ** stage, first ? 2 : 1, first)
    }).flat(),
  )
  return new Network(input, [...stem, ...stages, globalAveragePool(), dense(classes)])
}
