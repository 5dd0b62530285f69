/** Dot products and convolutions as one thing: mapped axes, reduced axes, two operands. */

import { type Equation, isEquation } from "../graph/index.ts"
import { concreteShape, dtypes } from "../size/index.ts"
import { Axis, iterations } from "./axis.ts"
import type { Index, Scalar } from "./expression.ts"
import { costOf } from "./fusion.ts"
import { isFloatOfTiles, strideThrough } from "./in-place.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  quotientIndex,
  remainderIndex,
  scaleIndex,
  strideOf,
} from "./index-function.ts"
import { visitScalars } from "./rewrite.ts"
import { castScalar, type Expressions, type Undilated, undilate } from "./scalars.ts"
import type { ContractionSizes, OperandCost } from "./tile.ts"

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
  /** Of groups in lanes: the columns' axis, which the left operand depends on, and the depth's last. */
  readonly spread?: { readonly lane: Axis; readonly channel: Axis }
  /** Of a convolution by single steps, without groups and dilation: its spatial axes. */
  readonly slides?: readonly Slide[]
}

/** A spatial axis of a convolution: the input is read at place + tap, less the padding before it. */
export interface Slide {
  readonly place: Axis
  readonly tap: Axis
}

/**
 * How float32 contractions are computed: with their operands rounded to bfloat16, as they are, or,
 * "highest", also never by products of sums of operands (Winograd's way). Sums are float32 all the same.
 */
export type ContractionPrecision = "highest" | "float32" | "bfloat16"

export const contractionPrecisions: readonly ContractionPrecision[] = [
  "highest",
  "float32",
  "bfloat16",
]

/** The contraction with its float32 operands rounded, and cast back unless `dtype` says otherwise. */
export function inPrecision(
  contraction: Contraction,
  precision: ContractionPrecision | undefined,
  dtype: "float32" | "bfloat16" = "float32",
): Contraction {
  const { lhs, rhs } = contraction
  if (precision !== "bfloat16" || lhs.dtype !== "float32") return contraction
  const rounded = (value: Scalar): Scalar => castScalar(castScalar(value, precision), dtype)
  return { ...contraction, lhs: rounded(lhs), rhs: rounded(rhs) }
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

/**
 * A convolution of an input that is spread along some axes as one contraction for each of its phases:
 * outputs d apart meet the same taps, and each phase has only those that it meets, perhaps none.
 * Undefined where nothing is spread, or where outputs are not all d places apart from others.
 */
export function phasesOf(
  equation: Equation,
  expressions: Expressions,
): readonly Contraction[] | undefined {
  if (!isEquation(equation, "convolve")) return undefined
  const { strides, lhsDilation, rhsDilation } = equation.params
  if (lhsDilation.every((d) => d === 1)) return undefined
  const isApart = lhsDilation.every(
    (d, i) => d === 1 || (strides[i] === 1 && inverseModulo(rhsDilation[i], d) !== undefined),
  )
  if (!isApart) return undefined
  const phases = lhsDilation.reduce<readonly (readonly number[])[]>(
    (found, d) => found.flatMap((p) => Array.from({ length: d }, (_, k) => [...p, k])),
    [[]],
  )
  return phases.map((phase) =>
    convolveContraction(equation, expressions, (spatial, i) =>
      lhsDilation[i] === 1 ? walkOf(spatial) : walkInPhase(spatial, phase[i]),
    ),
  )
}

function convolveContraction(
  equation: Equation & Equation<"convolve">,
  expressions: Expressions,
  walk: (spatial: Spatial, axis: number) => Walk = walkOf,
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
  const walks = spatial.map((i) => {
    const [low] = concreteShape(params.padding[i])
    const spatial: Spatial = {
      name: String(i),
      input: lhsShape[params.lhs[i + 2]],
      kernel: rhsShape[params.rhs[i + 2]],
      output: outShape[params.out[i + 2]],
      low,
      stride: params.strides[i],
      inputDilation: params.lhsDilation[i],
      kernelDilation: params.rhsDilation[i],
    }
    return walk(spatial, i)
  })
  const input: Undilated[] = []
  const inside = (index: Index): Undilated => ({ index, conditions: [] })
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
  const outFeature = addIndices(groupOffset(features), axisIndex(feature))
  const kernel: Undilated[] = []
  kernel[params.rhs[0]] = inside(outFeature)
  kernel[params.rhs[1]] = inside(axisIndex(channel))
  const coordinates: Index[] = []
  coordinates[params.out[0]] = imageIndex
  coordinates[params.out[1]] = outFeature
  for (const [i, walk] of walks.entries()) {
    input[params.lhs[i + 2]] = walk.input
    kernel[params.rhs[i + 2]] = walk.kernel
    coordinates[params.out[i + 2]] = walk.output
  }
  // Depth runs innermost along what is contiguous in the input.
  const channelsLast = params.lhs[1] === lhsShape.length - 1
  const zero: Scalar = { kind: "constant", dtype: lhs.dtype, value: 0 }
  // Rows and places follow the order of the result's axes, so that stores run forward.
  const mapped = [
    { axis: image, at: params.out[0] },
    ...walks.map(({ place }, i) => ({ axis: place, at: params.out[i + 2] })),
  ]
  const taps = walks.map(({ tap }) => tap)
  const isPlain = [params.strides, params.lhsDilation, params.rhsDilation].every((steps) =>
    steps.every((step) => step === 1),
  )
  return {
    ...(isPlain && groups === 1 && { slides: walks }),
    batch: [group, ...walks.flatMap(({ phase }) => phase)],
    rows: mapped.sort((a, b) => a.at - b.at).map(({ axis }) => axis),
    columns: [feature],
    depth: channelsLast ? [...taps, channel] : [channel, ...taps],
    lhs: expressions.guarded(lhs, input, zero),
    rhs: expressions.guarded(rhs, kernel, { ...zero, dtype: rhs.dtype }),
    coordinates,
  }
}

/** One spatial axis of a convolution: output·stride + tap·kernelDilation − low = input·inputDilation. */
interface Spatial {
  readonly name: string
  readonly input: number
  readonly kernel: number
  readonly output: number
  readonly low: number
  readonly stride: number
  readonly inputDilation: number
  readonly kernelDilation: number
}

/** The axes that walk a spatial axis, and where they stand in the three arrays. */
interface Walk {
  readonly place: Axis
  readonly tap: Axis
  /** Part of the batch: places that meet the same taps of a dilated input; at most one axis. */
  readonly phase: readonly Axis[]
  readonly output: Index
  readonly kernel: Undilated
  readonly input: Undilated
}

function walkOf(spatial: Spatial): Walk {
  const { name, stride, inputDilation, kernelDilation, output } = spatial
  const inverse = inverseModulo(kernelDilation, inputDilation)
  if (inputDilation > 1 && stride === 1 && output % inputDilation === 0 && inverse !== undefined) {
    return walkInPhases(spatial, inverse)
  }
  const place = new Axis(`place${name}`, output, "steps")
  const tap = new Axis(`tap${name}`, spatial.kernel, "steps")
  const at = addIndices(
    scaleIndex(axisIndex(place), stride),
    scaleIndex(axisIndex(tap), kernelDilation),
    constantIndex(-spatial.low),
  )
  return {
    place,
    tap,
    phase: [],
    output: axisIndex(place),
    kernel: { index: axisIndex(tap), conditions: [] },
    input: undilate(at, inputDilation, spatial.input),
  }
}

/**
 * With an input spread by d, most products would be with zeros. Outputs d apart meet the same taps:
 * at phase p, output d·o + p meets only taps d·k + r with r = (low − p)/kernelDilation modulo d, and
 * there the input at o + k·kernelDilation + (p + r·kernelDilation − low)/d.
 */
function walkInPhases(
  { name, input, kernel, output, low, inputDilation: d, kernelDilation }: Spatial,
  inverse: number,
): Walk {
  const phase = new Axis(`phase${name}`, d, "steps")
  const place = new Axis(`place${name}`, output / d, "steps")
  const tap = new Axis(`tap${name}`, Math.ceil(kernel / d), "steps")
  const p = axisIndex(phase)
  const r = remainderIndex(
    scaleIndex(addIndices(constantIndex(low), scaleIndex(p, -1)), inverse),
    d,
  )
  const offset = quotientIndex(addIndices(p, scaleIndex(r, kernelDilation), constantIndex(-low)), d)
  const at = addIndices(axisIndex(place), scaleIndex(axisIndex(tap), kernelDilation), offset)
  return {
    place,
    tap,
    phase: [phase],
    output: addIndices(scaleIndex(axisIndex(place), d), p),
    kernel: undilate(addIndices(scaleIndex(axisIndex(tap), d), r), 1, kernel),
    input: undilate(at, 1, input),
  }
}

/** One phase of {@link walkInPhases} by itself: places up to the end of the output, taps that there are. */
function walkInPhase(
  { name, input, kernel, output, low, inputDilation: d, kernelDilation }: Spatial,
  phase: number,
): Walk {
  const inverse = inverseModulo(kernelDilation, d) ?? 1
  const r = ((((low - phase) * inverse) % d) + d) % d
  const place = new Axis(`place${name}`, Math.ceil(Math.max(0, output - phase) / d), "steps")
  const tap = new Axis(`tap${name}`, Math.ceil(Math.max(0, kernel - r) / d), "steps")
  const offset = (phase + r * kernelDilation - low) / d
  return {
    place,
    tap,
    phase: [],
    output: addIndices(scaleIndex(axisIndex(place), d), constantIndex(phase)),
    kernel: {
      index: addIndices(scaleIndex(axisIndex(tap), d), constantIndex(r)),
      conditions: [],
    },
    input: undilate(
      addIndices(
        axisIndex(place),
        scaleIndex(axisIndex(tap), kernelDilation),
        constantIndex(offset),
      ),
      1,
      input,
    ),
  }
}

/** The x below m with a·x ≡ 1 modulo m, where there is one. */
function inverseModulo(a: number, m: number): number | undefined {
  for (let x = 1; x < m; x++) if ((a * x) % m === 1) return x
  return undefined
}

/** The sizes of a contraction that decide how it is cut. */
export function sizesOf({ batch, rows, columns, depth, lhs, rhs }: Contraction): ContractionSizes {
  return {
    batch: iterations(batch),
    rows: iterations(rows),
    columns: iterations(columns),
    depth: iterations(depth),
    innerDepth: depth.at(-1)?.extent ?? 1,
    lhs: { ...costOfOperand(lhs, rows), rowBytes: rowBytesOf(lhs, rows, depth) },
    rhs: costOfOperand(rhs, columns),
  }
}

/** Bytes from one row to the next where an operand's rows are plain memory, each along the depth. */
function rowBytesOf(
  value: Scalar,
  rows: readonly Axis[],
  depth: readonly Axis[],
): number | undefined {
  if (value.kind !== "load" || !isFloatOfTiles(value.buffer.dtype)) return undefined
  if (strideThrough(value.index, depth) !== 1) return undefined
  const stride = strideThrough(value.index, rows)
  if (stride === undefined || stride <= 1) return undefined
  return stride * dtypes[value.buffer.dtype].bytes
}

/** What it takes to read an operand, whose rows or columns are `mapped`. */
export function costOfOperand(value: Scalar, mapped: readonly Axis[]): OperandCost {
  const last = mapped.at(-1)
  let work = 0
  let sliced = false
  visitScalars([value], (scalar) => {
    if (scalar.kind === "apply") work += costOf(scalar.primitive)
    else if (scalar.kind === "guard") work += 0.5
    else if (scalar.kind === "load") {
      sliced ||= last !== undefined && strideOf(scalar.index, last) === 1
    }
  })
  return { work, sliced }
}
