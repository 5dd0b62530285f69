/** Dot products and convolutions as one thing: mapped axes, reduced axes, two operands. */

import { type Equation, isEquation } from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"
import { Axis } from "./axis.ts"
import { addIndices, axisIndex, constantIndex, type Index, scaleIndex } from "./index-function.ts"
import type { Scalar } from "./kernel.ts"
import { type Expressions, undilate } from "./scalars.ts"

/** result[coordinates] = Σ over depth of lhs·rhs, for each of batch, rows and columns. */
export interface Contraction {
  readonly batch: readonly Axis[]
  readonly rows: readonly Axis[]
  readonly columns: readonly Axis[]
  readonly depth: readonly Axis[]
  readonly lhs: Scalar
  readonly rhs: Scalar
  /** One per axis of the result. */
  readonly coordinates: readonly Index[]
}

/** Reads a dot or convolve equation as a contraction. */
export function contractionOf(equation: Equation, expressions: Expressions): Contraction {
  if (isEquation(equation, "dot")) return dotContraction(equation, expressions)
  if (isEquation(equation, "convolve")) return convolveContraction(equation, expressions)
  throw new Error(`${equation.primitive} is no contraction`)
}

function dotContraction(
  equation: Equation & Equation<"dot">,
  expressions: Expressions,
): Contraction {
  const [lhs, rhs] = equation.operands
  const { contract, batch } = equation.params
  const lhsShape = concreteShape(lhs.shape)
  const rhsShape = concreteShape(rhs.shape)
  const axes = (names: string, list: readonly number[], shape: readonly number[]): Axis[] =>
    list.map((axis, i) => new Axis(`${names}${i}`, shape[axis], "steps"))
  const free = (side: 0 | 1, shape: readonly number[]): number[] =>
    shape.map((_, i) => i).filter((i) => !batch[side].includes(i) && !contract[side].includes(i))
  const lhsFree = free(0, lhsShape)
  const rhsFree = free(1, rhsShape)
  const batchAxes = axes("batch", batch[0], lhsShape)
  const rows = axes("row", lhsFree, lhsShape)
  const columns = axes("column", rhsFree, rhsShape)
  const depth = axes("depth", contract[0], lhsShape)
  const coordinates = (
    side: 0 | 1,
    freeAxes: readonly number[],
    free: readonly Axis[],
  ): Index[] => {
    const at: Index[] = []
    for (const [i, axis] of batch[side].entries()) at[axis] = axisIndex(batchAxes[i])
    for (const [i, axis] of contract[side].entries()) at[axis] = axisIndex(depth[i])
    for (const [i, axis] of freeAxes.entries()) at[axis] = axisIndex(free[i])
    return at
  }
  return {
    batch: batchAxes,
    rows,
    columns,
    depth,
    lhs: expressions.at(lhs, coordinates(0, lhsFree, rows)),
    rhs: expressions.at(rhs, coordinates(1, rhsFree, columns)),
    coordinates: [...batchAxes, ...rows, ...columns].map(axisIndex),
  }
}

function convolveContraction(
  equation: Equation & Equation<"convolve">,
  expressions: Expressions,
): Contraction {
  const { params } = equation
  const [lhs, rhs] = equation.operands
  const lhsShape = concreteShape(lhs.shape)
  const rhsShape = concreteShape(rhs.shape)
  const outShape = concreteShape(equation.results[0].shape)
  const { featureGroups, batchGroups } = params
  const groups = featureGroups * batchGroups
  const spatial = params.strides.map((_, i) => i)
  const group = new Axis("group", groups, "steps")
  const image = new Axis("image", outShape[params.out[0]], "steps")
  const features = outShape[params.out[1]] / groups
  const feature = new Axis("feature", features, "steps")
  const channel = new Axis("channel", rhsShape[params.rhs[1]], "steps")
  const places = spatial.map((i) => new Axis(`place${i}`, outShape[params.out[i + 2]], "steps"))
  const taps = spatial.map((i) => new Axis(`tap${i}`, rhsShape[params.rhs[i + 2]], "steps"))

  const input: ReturnType<typeof undilate>[] = []
  const inside = (index: Index): ReturnType<typeof undilate> => ({ index, conditions: [] })
  // With batch groups, group g reads images g·n …; with feature groups, channels g·c ….
  const groupOffset = (size: number): Index => scaleIndex(axisIndex(group), size)
  const images = lhsShape[params.lhs[0]] / batchGroups
  const imageIndex = axisIndex(image)
  input[params.lhs[0]] = inside(
    batchGroups > 1 ? addIndices(groupOffset(images), imageIndex) : imageIndex,
  )
  input[params.lhs[1]] = inside(
    featureGroups > 1
      ? addIndices(groupOffset(channel.extent), axisIndex(channel))
      : axisIndex(channel),
  )
  for (const i of spatial) {
    const [low] = concreteShape(params.padding[i])
    const place = addIndices(
      scaleIndex(axisIndex(places[i]), params.strides[i]),
      scaleIndex(axisIndex(taps[i]), params.rhsDilation[i]),
      constantIndex(-low),
    )
    input[params.lhs[i + 2]] = undilate(place, params.lhsDilation[i], lhsShape[params.lhs[i + 2]])
  }
  const outFeature = addIndices(groupOffset(features), axisIndex(feature))
  const kernel: Index[] = []
  kernel[params.rhs[0]] = outFeature
  kernel[params.rhs[1]] = axisIndex(channel)
  const coordinates: Index[] = []
  coordinates[params.out[0]] = imageIndex
  coordinates[params.out[1]] = outFeature
  for (const i of spatial) {
    kernel[params.rhs[i + 2]] = axisIndex(taps[i])
    coordinates[params.out[i + 2]] = axisIndex(places[i])
  }
  // Depth runs innermost along what is contiguous in the input.
  const channelsLast = params.lhs[1] === lhsShape.length - 1
  const zero: Scalar = { kind: "constant", dtype: lhs.dtype, value: 0 }
  // Rows and places follow the order of the result's axes, so that stores run forward.
  const order = (axis: Axis): number => {
    const at = axis === image ? params.out[0] : params.out[places.indexOf(axis) + 2]
    return at
  }
  return {
    batch: [group],
    rows: [image, ...places].sort((a, b) => order(a) - order(b)),
    columns: [feature],
    depth: channelsLast ? [...taps, channel] : [channel, ...taps],
    lhs: expressions.guarded(lhs, input, zero),
    rhs: expressions.at(rhs, kernel),
    coordinates,
  }
}
