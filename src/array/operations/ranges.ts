/** Numbers in rows, and grids of them. Counting is work 0: kernels make such elements as they need. */

import { type DType, encodeTyped, isFloat, type Shape, type Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import type { ShapeFrom, Whole } from "../static/shape.ts"
import { constant } from "../tracing/constant.ts"
import { type ArrayLike, align, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import type { CreateOptions } from "./creation.ts"
import * as elementwise from "./elementwise.ts"
import * as movement from "./movement.ts"
import { requireCount, shapeArgument } from "./shapes.ts"

/**
 * Numbers from start (0) up to but not including stop, step (1) apart: `arange(stop)`,
 * `arange(start, stop)`, `arange(start, stop, step)`. int32 when all three are whole, else float32.
 * One bound alone may be symbolic. Work 2n, span 2 at most.
 * @throws RangeError when the step is 0, or a bound is symbolic and start or step are given.
 * @example np.arange(2, 8, 2) // → [2, 4, 6]
 */
export function arange<const N extends Size, D extends DType = "int32">(
  stop: N,
  options?: CreateOptions<D>,
): Array<Whole<N> extends true ? NoInfer<D> : DType, Whole<N> extends true ? ShapeFrom<N> : Shape>
export function arange(
  start: Size,
  stop?: Size | null,
  step?: number,
  options?: CreateOptions,
): Array
export function arange(
  start: Size,
  stopOrOptions?: Size | null | CreateOptions,
  step = 1,
  options: CreateOptions = {},
): Array {
  if (isOptions(stopOrOptions)) return arange(start, undefined, 1, stopOrOptions)
  const [from, to] =
    stopOrOptions === undefined || stopOrOptions === null ? [0, start] : [start, stopOrOptions]
  if (typeof from !== "number" || typeof to !== "number") {
    if (from !== 0 || step !== 1) {
      throw new RangeError("arange with a symbolic bound must start at 0 with step 1")
    }
    return counting(to, 0, 1, options.dtype ?? "int32")
  }
  if (step === 0) throw new RangeError("arange: step is 0, which never arrives")
  const length = Math.max(0, Math.ceil((to - from) / step))
  const whole = [from, to, step].every(Number.isInteger)
  const dtype = options.dtype ?? (whole ? "int32" : "float32")
  if (whole && !isFloat(dtype) && dtype !== "bool") return counting(length, from, step, dtype)
  const numbers = Float64Array.from({ length }, (_, i) => from + i * step)
  return constant(encodeTyped(dtype, numbers), [length], dtype)
}

function isOptions(value: Size | null | CreateOptions | undefined): value is CreateOptions {
  return typeof value === "object" && value !== null && !("terms" in value)
}

const counting: (length: Size, from: number, step: number, dtype: DType) => Array = operation(
  0,
  (length, from, step, dtype) => {
    const index = bind("iota", [], { shape: [length], dtype, axis: 0 })
    const scaled = step === 1 ? index : elementwise.multiply(index, step)
    return from === 0 ? scaled : elementwise.add(scaled, from)
  },
)

export interface LinspaceOptions extends CreateOptions {
  /** Whether stop is the last number; true unless given. */
  readonly endpoint?: boolean
  /** Where the numbers lie along a new axis, if start and stop are arrays; the first unless given. */
  readonly axis?: number
}

/** The options of evenly spaced numbers, with how many there are; 50 unless given. */
export type Spaced<O = LinspaceOptions> = O & { readonly num?: number }
/** Options that ask for the distance of the numbers, too. */
type WithStep = LinspaceOptions & { readonly retstep: true }

/**
 * As many numbers as said, evenly spaced from start to stop; of arrays, along a new axis. With
 * `retstep` the result is a pair: the numbers and their distance. Whole dtypes round down. Work 0
 * between numbers, which the host computes; between arrays 5n, span 4.
 * @example np.linspace(0, 1, 5) // → [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  count: number | undefined,
  options: WithStep,
): [numbers: Array, step: Array]
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  options: Spaced<WithStep>,
): [numbers: Array, step: Array]
export function linspace<const N extends number = 50, D extends DType = "float32">(
  start: number,
  stop: number,
  count?: N,
  options?: (LinspaceOptions & CreateOptions<D>) | boolean,
): Array<NoInfer<D>, ShapeFrom<N>>
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  count?: number | Spaced,
  options?: LinspaceOptions | boolean,
): Array
export function linspace(
  start: ArrayLike,
  stop: ArrayLike,
  count: number | Spaced<LinspaceOptions & { readonly retstep?: boolean }> = 50,
  options: (LinspaceOptions & { readonly retstep?: boolean }) | boolean = {},
): Array | [Array, Array] {
  const given = isNamed(count)
    ? count
    : typeof options === "boolean"
      ? { endpoint: options }
      : options
  const num = isNamed(count) ? (count.num ?? 50) : count
  const numbers =
    typeof start === "number" && typeof stop === "number"
      ? spaced("linspace", num, given, (part) => start + (stop - start) * part, stop)
      : between(start, stop, num, given)
  if (!given.retstep) return numbers
  const parts = (given.endpoint ?? true) ? num - 1 : num
  const distance = elementwise.subtract(stop, start)
  return [numbers, elementwise.divide(distance, parts > 0 ? parts : Number.NaN)]
}

/** Numbers between those of arrays. */
const between: (
  start: ArrayLike,
  stop: ArrayLike,
  count: number,
  options: LinspaceOptions,
) => Array = operation(2, (start, stop, count, { endpoint = true, axis = 0, dtype }) => {
  requireCount("linspace", "count", count)
  const { arrays } = align("linspace", toFloat, [start, stop])
  const [low, high] = arrays.map((one) => movement.expandDims(one, 0))
  const parts = endpoint ? count - 1 : count
  const shape = [count, ...low.shape.slice(1)]
  const index = bind("iota", [], { shape, dtype: low.dtype, axis: 0 })
  const share = elementwise.divide(index, Math.max(parts, 1))
  const mixed = elementwise.add(
    elementwise.multiply(elementwise.subtract(1, share), low),
    elementwise.multiply(share, high),
  )
  const found = dtype === undefined || isFloat(dtype) ? mixed : elementwise.floor(mixed)
  const placed = movement.moveaxis(found, 0, axis)
  return dtype === undefined ? placed : elementwise.astype(placed, dtype)
})

type Spacing = Omit<LinspaceOptions, "axis">

/**
 * Numbers whose logarithms to a base are evenly spaced from start to stop. Work and span those of
 * {@link linspace} and of a power.
 * @example np.logspace(0, 2, 3) // → [1, 10, 100]
 */
export function logspace(
  start: number,
  stop: number,
  count: number | Spaced<Spacing & { readonly base?: number }> = 50,
  options: Spacing & { readonly base?: number } = {},
): Array {
  if (isNamed(count)) return logspace(start, stop, count.num, count)
  const { base = 10 } = options
  const at = (part: number) => base ** (start + (stop - start) * part)
  return spaced("logspace", count, options, at, base ** stop)
}

/**
 * Numbers each a constant factor from the last, from start to stop. Work and span about those of
 * {@link logspace}.
 * @example np.geomspace(1, 1000, 4) // → [1, 10, 100, 1000]
 * @throws RangeError when start or stop is 0, or they differ in sign.
 */
export function geomspace(
  start: number,
  stop: number,
  count: number | Spaced<Spacing> = 50,
  options: Spacing = {},
): Array {
  if (isNamed(count)) return geomspace(start, stop, count.num, count)
  if (start * stop <= 0) {
    throw new RangeError(`geomspace from ${start} to ${stop}: both must have one sign, not 0`)
  }
  return spaced("geomspace", count, options, (part) => start * (stop / start) ** part, stop)
}

function spaced(
  name: string,
  count: number,
  { endpoint = true, dtype = "float32" }: Spacing,
  at: (part: number) => number,
  last: number,
): Array {
  const [length] = shapeArgument(name, count)
  const parts = endpoint ? count - 1 : count
  const numbers = Float64Array.from({ length: count }, (_, i) =>
    endpoint && i === parts && i > 0 ? last : at(parts === 0 ? 0 : i / parts),
  )
  const stored = isFloat(dtype) ? numbers : numbers.map(Math.floor)
  return constant(encodeTyped(dtype, stored), [Number(length)], dtype)
}

export interface MeshgridOptions {
  /** Whether the first vector runs along the second axis ("xy", unless given) or the first ("ij"). */
  readonly indexing?: "xy" | "ij"
  /** Whether the results have extent 1 along all axes but their own. */
  readonly sparse?: boolean
}

/** Arguments of meshgrid: vectors, or lists of them, and at the end its options. */
export type GridArgument = ArrayLike | readonly ArrayLike[] | MeshgridOptions

/**
 * Coordinate matrices of vectors: one for each, all of one shape, as rows and columns of a picture
 * ("xy", unless given) or of a matrix ("ij"). Work 0.
 * @example
 * np.meshgrid(np.array([1, 2]), np.array([3, 4])) // → [[[1, 2], [1, 2]], [[3, 3], [4, 4]]]
 * np.meshgrid([np.array([1, 2]), np.array([3])], { indexing: "ij" }) // → [[[1], [2]], [[3], [3]]]
 * @throws RangeError when the indexing is none of the two.
 */
export function meshgrid(...vectors: readonly GridArgument[]): Array[] {
  const given = vectors.flat()
  const { indexing = "xy", sparse = false } = given.find(isNamed) ?? {}
  if (indexing !== "xy" && indexing !== "ij") {
    throw new RangeError(`meshgrid: indexing ${String(indexing)} is none of xy, ij`)
  }
  return grid(
    given.filter((one): one is ArrayLike => !isNamed(one)),
    indexing,
    sparse,
  )
}

const grid: (vectors: readonly ArrayLike[], indexing: "xy" | "ij", sparse: boolean) => Array[] =
  operation(1, (vectors, order, sparse) => {
    const arrays = vectors.map((x) => movement.ravel(x))
    const swapped = order === "xy" && arrays.length > 1
    const place = (i: number) => (swapped && i < 2 ? 1 - i : i)
    const shape: Size[] = []
    for (const [i, x] of arrays.entries()) shape[place(i)] = x.shape[0]
    return arrays.map((x, i) => {
      const own = shape.map((size, axis) => (!sparse || axis === place(i) ? size : 1))
      return bind("broadcast", [x], { shape: own, axes: [place(i)] })
    })
  })

/** From a start up to but not including a stop, a step (1) apart; a stop alone starts at 0. */
export type GridRange =
  | number
  | readonly [stop: number]
  | readonly [start: number, stop: number]
  | readonly [start: number, stop: number, step: number]

function rangeOf(range: GridRange): Array {
  if (typeof range === "number") return arange(range)
  const [first, second, step = 1] = range
  return second === undefined ? arange(first) : arange(first, second, step)
}

/**
 * The coordinates of a grid, those along each axis stacked: NumPy's `mgrid[0:2, 0:3]` is `mgrid([0,
 * 2], [0, 3])`. Work O(n) for n elements of the result, span O(1).
 * @example np.mgrid([0, 2], [0, 2]) // → [[[0, 0], [1, 1]], [[0, 1], [0, 1]]]
 */
export function mgrid(...ranges: readonly GridRange[]): Array {
  const grids = meshgrid(ranges.map(rangeOf), { indexing: "ij" })
  return ranges.length === 1 ? grids[0] : movement.stack(grids)
}

/**
 * As {@link mgrid}, but each axis' coordinates have extent 1 along the others. Work and span O(1)
 * for each coordinate.
 * @example np.ogrid([0, 2], [0, 3])[1] // → [[0, 1, 2]]
 */
export function ogrid(...ranges: readonly GridRange[]): Array[] {
  return meshgrid(ranges.map(rangeOf), { indexing: "ij", sparse: true })
}
