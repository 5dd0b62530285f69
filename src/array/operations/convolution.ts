/**
 * Convolutions with full dimension numbers: strides, padding, dilation and groups, in any layout.
 * With o results of k products each, work is o(2k − 1) and span 1 + ⌈log₂ k⌉.
 */

import type { ConvolveParams } from "../../graph/index.ts"
import {
  add,
  ceilDivide,
  floorDivide,
  maximum,
  multiply,
  type Size,
  subtract,
} from "../../size/index.ts"
import type { Array } from "../array.ts"
import { type ArrayLike, castTo, toNumber, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { concreteExtent } from "./axes.ts"
import * as elementwise from "./elementwise.ts"
import * as movement from "./movement.ts"

/** Zeros around each spatial axis: pairs, none, or as many as keep the extent over the stride. */
export type Padding = "SAME" | "SAME_LOWER" | "VALID" | readonly (readonly [number, number])[]

/** Layouts of input, kernel and result: `["NHWC", "HWIO", "NHWC"]`; letters beside N C O I are spatial. */
export type DimensionNumbers = readonly [lhs: string, rhs: string, out: string]

export interface ConvolutionOptions {
  readonly lhsDilation?: readonly number[]
  readonly rhsDilation?: readonly number[]
  /** N, C (features), O, I and spatial letters; ["NCHW", "OIHW", "NCHW"] unless given. */
  readonly dimensionNumbers?: DimensionNumbers
  readonly featureGroupCount?: number
  readonly batchGroupCount?: number
}

/**
 * Cross-correlation of an input with a kernel, as `lax.conv_general_dilated`. Work o(2k − 1) for o
 * results of k products each, span 1 + ⌈log₂ k⌉.
 * @example
 * lax.convGeneralDilated(np.ones([1, 1, 4]), np.ones([1, 1, 3]), [1], "SAME") // → [[[2, 3, 3, 2]]]
 * @param strides one per spatial axis
 * @throws RangeError when layouts, groups or extents do not fit each other.
 */
export const convGeneralDilated: (
  lhs: ArrayLike,
  rhs: ArrayLike,
  strides: readonly number[],
  padding: Padding,
  options?: ConvolutionOptions,
) => Array = operation(2, (lhs, rhs, strides, padding, options = {}) => {
  const type = toNumber([typeOf("convGeneralDilated", lhs), typeOf("convGeneralDilated", rhs)])
  const [input, kernel] = [castTo(lhs, type), castTo(rhs, type)]
  const spatial = strides.length
  if (input.ndim !== spatial + 2 || kernel.ndim !== spatial + 2) {
    throw new RangeError(
      `convGeneralDilated: ${spatial} strides need operands of rank ${spatial + 2}, ` +
        `not ${input.ndim} and ${kernel.ndim}`,
    )
  }
  const layouts = layoutsOf(options.dimensionNumbers ?? defaultLayouts(spatial), spatial)
  const ones = globalThis.Array.from({ length: spatial }, () => 1)
  const lhsDilation = options.lhsDilation ?? ones
  const rhsDilation = options.rhsDilation ?? ones
  const inputs = layouts.lhs.slice(2).map((axis, i) => dilated(input.shape[axis], lhsDilation[i]))
  const kernels = layouts.rhs.slice(2).map((axis, i) => dilated(kernel.shape[axis], rhsDilation[i]))
  const params: ConvolveParams = {
    ...layouts,
    strides,
    padding: paddingPairs("convGeneralDilated", padding, inputs, kernels, strides),
    lhsDilation,
    rhsDilation,
    featureGroups: options.featureGroupCount ?? 1,
    batchGroups: options.batchGroupCount ?? 1,
  }
  return bind("convolve", [input, kernel], params)
})

/** An extent with dilation: by − 1 zeros between elements. */
function dilated(size: Size, by: number): Size {
  return size === 0 ? 0 : add(multiply(subtract(size, 1), by), 1)
}

const spatialLetters = ["", "W", "HW", "DHW"]

function defaultLayouts(spatial: number): DimensionNumbers {
  const letters = spatialLetters[spatial]
  if (letters === undefined) {
    throw new RangeError(`convGeneralDilated: ${spatial} spatial axes need dimensionNumbers`)
  }
  return [`NC${letters}`, `OI${letters}`, `NC${letters}`]
}

/** Axes of each array as [batch, feature, …spatial], the kernel's as [out, in, …spatial]. */
function layoutsOf([lhs, rhs, out]: DimensionNumbers, spatial: number) {
  const letters = [...rhs].filter((letter) => letter !== "O" && letter !== "I")
  const axes = (layout: string, first: string, second: string): number[] => {
    const places = [first, second, ...letters].map((letter) => layout.indexOf(letter))
    const right = new Set(places).size === spatial + 2 && layout.length === spatial + 2
    if (!right || places.includes(-1)) {
      throw new RangeError(
        `convGeneralDilated: dimensionNumbers ${lhs}, ${rhs}, ${out} must name batch N, ` +
          `features C, kernel axes O and I, and the same ${spatial} spatial letters in each`,
      )
    }
    return places
  }
  return { lhs: axes(lhs, "N", "C"), rhs: axes(rhs, "O", "I"), out: axes(out, "N", "C") }
}

/** Zeros before and after each spatial axis, for extents with their dilation. */
export function paddingPairs(
  name: string,
  padding: Padding,
  inputs: readonly Size[],
  kernels: readonly Size[],
  strides: readonly number[],
): readonly (readonly [Size, Size])[] {
  if (typeof padding !== "string") {
    if (padding.length !== strides.length) {
      throw new RangeError(
        `${name}: ${padding.length} pairs of padding for ${strides.length} spatial axes`,
      )
    }
    return padding
  }
  if (padding === "VALID") return strides.map(() => [0, 0])
  return strides.map((stride, i) => {
    const results = ceilDivide(inputs[i], stride)
    const covered = add(multiply(subtract(results, 1), stride), kernels[i])
    const total = maximum(subtract(covered, inputs[i]), 0)
    const less = floorDivide(total, 2)
    const more = subtract(total, less)
    return padding === "SAME" ? [less, more] : [more, less]
  })
}

/**
 * {@link convGeneralDilated} of NCHW inputs and OIHW kernels, without dilation. Work and span as
 * there.
 * @example
 * const image = np.arange(9).reshape([1, 1, 3, 3])
 * lax.conv(image, np.ones([1, 1, 2, 2]), [1, 1], "VALID") // → [[[[8, 12], [20, 24]]]]
 */
export function conv(
  lhs: ArrayLike,
  rhs: ArrayLike,
  strides: readonly number[],
  padding: Padding,
): Array {
  return convGeneralDilated(lhs, rhs, strides, padding)
}

/**
 * {@link convGeneralDilated} with padding and dilations one after the other. Work and span as
 * there.
 * @example
 * const [x, kernel] = [np.ones([1, 1, 4, 4]), np.ones([1, 1, 3, 3])]
 * lax.convWithGeneralPadding(x, kernel, [1, 1], "VALID").shape // → [1, 1, 2, 2]
 */
export function convWithGeneralPadding(
  lhs: ArrayLike,
  rhs: ArrayLike,
  strides: readonly number[],
  padding: Padding,
  lhsDilation?: readonly number[] | null,
  rhsDilation?: readonly number[] | null,
): Array {
  return convGeneralDilated(lhs, rhs, strides, padding, {
    lhsDilation: lhsDilation ?? undefined,
    rhsDilation: rhsDilation ?? undefined,
  })
}

/**
 * The patches of an array that a convolution's kernel would see, flattened into the features of the
 * result: channel by channel, the patch's elements in the order of the kernel's axes. Work and span
 * are those of the convolution with unit kernels.
 * @example
 * const x = np.arange(9, { dtype: "float32" }).reshape([1, 1, 3, 3])
 * lax.convGeneralDilatedPatches(x, [2, 2], [1, 1], "VALID").shape // → [1, 4, 2, 2]
 */
export const convGeneralDilatedPatches: (
  x: ArrayLike,
  filterShape: readonly number[],
  strides: readonly number[],
  padding: Padding,
  options?: Pick<ConvolutionOptions, "lhsDilation" | "rhsDilation" | "dimensionNumbers">,
) => Array = operation(1, (x, filterShape, strides, padding, options = {}) => {
  const array = castTo(x, toNumber([typeOf("convGeneralDilatedPatches", x)]))
  const spatial = filterShape.length
  const layouts = layoutsOf(options.dimensionNumbers ?? defaultLayouts(spatial), spatial)
  const channels = concreteExtent("convGeneralDilatedPatches", array, layouts.lhs[1])
  const places = filterShape.reduce((count, extent) => count * extent, 1)
  const numbers = { shape: [places, places], dtype: "int32" } as const
  const unit = elementwise.equal(
    bind("iota", [], { ...numbers, axis: 0 }),
    bind("iota", [], { ...numbers, axis: 1 }),
  )
  const kernels = movement.reshape(
    bind("broadcast", [castTo(unit, { dtype: array.dtype, weak: false })], {
      shape: [channels, places, places],
      axes: [1, 2],
    }),
    [channels * places, 1, ...filterShape],
  )
  return convGeneralDilated(
    array,
    movement.moveaxis(kernels, [0, 1], layouts.rhs.slice(0, 2)),
    strides,
    padding,
    {
      ...options,
      featureGroupCount: channels,
    },
  )
})

export interface TransposedOptions {
  readonly rhsDilation?: readonly number[]
  readonly dimensionNumbers?: DimensionNumbers
  /** Turns the kernel and exchanges its features, so that this is the gradient of `conv`. */
  readonly transposeKernel?: boolean
}

/**
 * Convolution with fractional strides, as `lax.conv_transpose`: the input is spread out by the
 * strides, so that the result is larger. Work and span are those of {@link convGeneralDilated},
 * zeros included.
 * @example
 * lax.convTranspose(np.ones([1, 2, 1]), np.ones([2, 1, 1]), [2], "VALID")
 * // → [[[1], [1], [1], [1]]]
 */
export const convTranspose: (
  lhs: ArrayLike,
  rhs: ArrayLike,
  strides: readonly number[],
  padding: "SAME" | "VALID" | readonly (readonly [number, number])[],
  options?: TransposedOptions,
) => Array = operation(2, (lhs, rhs, strides, padding, options = {}) => {
  const spatial = strides.length
  const names = options.dimensionNumbers ?? channelsLast(spatial)
  const layouts = layoutsOf(names, spatial)
  let kernel = castTo(rhs, toNumber([typeOf("convTranspose", rhs)]))
  const rhsDilation = options.rhsDilation ?? strides.map(() => 1)
  const kernels = layouts.rhs.slice(2).map((axis, i) => {
    const extent = concreteExtent("convTranspose", kernel, axis)
    return (extent - 1) * rhsDilation[i] + 1
  })
  const pairs =
    typeof padding === "string"
      ? kernels.map((k, i) => transposedPadding(k, strides[i], padding))
      : padding
  const [lhsNames, , outNames] = names
  let [, rhsNames] = names
  if (options.transposeKernel) {
    kernel = movement.flip(kernel, layouts.rhs.slice(2))
    rhsNames = rhsNames.replace("O", "o").replace("I", "O").replace("o", "I")
  }
  return convGeneralDilated(
    lhs,
    kernel,
    strides.map(() => 1),
    pairs,
    {
      lhsDilation: strides,
      rhsDilation,
      dimensionNumbers: [lhsNames, rhsNames, outNames],
    },
  )
})

function channelsLast(spatial: number): DimensionNumbers {
  const letters = spatialLetters[spatial] ?? ""
  return [`N${letters}C`, `${letters}IO`, `N${letters}C`]
}

function transposedPadding(
  kernel: number,
  stride: number,
  padding: "SAME" | "VALID",
): readonly [number, number] {
  if (padding === "VALID") {
    const total = kernel + stride - 2 + Math.max(kernel - stride, 0)
    return [kernel - 1, total - kernel + 1]
  }
  const total = kernel + stride - 2
  const low = stride > kernel - 1 ? kernel - 1 : Math.ceil(total / 2)
  return [low, total - low]
}
