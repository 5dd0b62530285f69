/** Convolutions of images. */

import { lax, np } from "../../array/index.ts"
import { type LayerOf, type Padding, pair, requireCount, requirePadding } from "../layer.ts"
import {
  type Arrays,
  kernelOf,
  type LayerRule,
  placesOf,
  requireImage,
  spatialPadding,
} from "../rule.ts"

/**
 * A convolution of images laid out [batch, height, width, channels], to `features` channels. Its
 * kernel is [height, width, channels/groups, features].
 * @param options.strides of the window (1), `dilation` of the kernel (1): one number, or two for
 *   height and width
 * @param options.padding "SAME" (so that stride 1 keeps the size), "VALID" or amounts
 * @param options.groups of channels that do not see each other (1)
 * @param options.bias whether each feature has one (true); its first value is `biasValue` (0)
 * @param options.deviation of the kernel's first values (He's, if left out)
 * @throws RangeError unless features, kernel, strides, dilation and groups are whole numbers from 1 on.
 * @example new Network([28, 28, 1], [convolution(32, 3)]).output // → [28, 28, 32]
 */
export function convolution(
  features: number,
  kernel: number | readonly [number, number],
  options: {
    strides?: number | readonly [number, number]
    padding?: Padding
    dilation?: number | readonly [number, number]
    groups?: number
    bias?: boolean
    deviation?: number
    biasValue?: number
  } = {},
): LayerOf<"convolution"> {
  const { strides = 1, dilation = 1, padding = "SAME", groups = 1, bias = true } = options
  const { deviation, biasValue } = options
  requireCount(features, "convolution: features")
  requireCount(groups, "convolution: groups")
  requirePadding(padding, "convolution: padding")
  return {
    kind: "convolution",
    features,
    kernel: pair(kernel, "convolution: kernel"),
    strides: pair(strides, "convolution: strides"),
    padding,
    dilation: pair(dilation, "convolution: dilation"),
    groups,
    bias,
    ...(deviation === undefined ? {} : { deviation }),
    ...(biasValue === undefined ? {} : { biasValue }),
  }
}

export const convolutionRule: LayerRule<"convolution"> = {
  outputShape(layer, input) {
    requireImage(input)
    const { kernel, strides, padding, dilation, groups, features } = layer
    if (input[2] % groups !== 0 || features % groups !== 0) {
      throw new RangeError(
        `${groups} groups must divide ${input[2]} channels and ${features} features`,
      )
    }
    const places = (axis: 0 | 1) => {
      const span = (kernel[axis] - 1) * dilation[axis] + 1
      return placesOf(input[axis], span, strides[axis], padding)
    }
    return [places(0), places(1), features]
  },
  parameters(layer, input, key) {
    const { features, groups, bias, deviation, biasValue = 0 } = layer
    const [height, width] = layer.kernel
    const channels = input[2] / groups
    const shape = [height, width, channels, features]
    const arrays: Arrays = { kernel: kernelOf(key, shape, height * width * channels, deviation) }
    return bias ? { ...arrays, bias: np.full([features], biasValue) } : arrays
  },
  state: () => ({}),
  apply({ strides, padding, dilation, groups }, { kernel, bias }, state, x) {
    const y = lax.convGeneralDilated(x, kernel, strides, spatialPadding(padding), {
      rhsDilation: dilation,
      featureGroupCount: groups,
      dimensionNumbers: ["NHWC", "HWIO", "NHWC"],
    })
    return { output: bias === undefined ? y : y.add(bias), state }
  },
}
