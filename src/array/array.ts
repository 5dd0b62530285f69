/** Arrays as users hold them. */

import type { Variable } from "../graph/index.ts"
import { printType } from "../graph/index.ts"
import {
  concreteShape,
  type DType,
  decodeTyped,
  elementsOf,
  type Shape,
  type Size,
  type TypedArray,
  type TypedArrayOf,
} from "../size/index.ts"
import type { AbstractArray } from "./abstract.ts"
import * as elementwise from "./elementwise.ts"
import { type FormatOptions, formatElements } from "./format.ts"
import * as indexing from "./indexing.ts"
import * as linear from "./linear.ts"
import * as movement from "./movement.ts"
import type { ArrayLike } from "./operands.ts"
import * as ordering from "./ordering.ts"
import * as reductions from "./reductions.ts"
import type { Axes } from "./shapes.ts"
import type { Buffer } from "./stream.ts"
import type { Trace } from "./trace.ts"

/** Numbers or truth values in lists as deep as the array has axes. */
export type Nested = number | boolean | readonly Nested[]

type Value =
  | { readonly kind: "concrete"; readonly buffer: Buffer }
  | { readonly kind: "traced"; readonly trace: Trace; readonly variable: Variable }

/** Gives device memory back when the array that held it is collected. */
const collected = new FinalizationRegistry<Buffer>((buffer) => buffer.release())

/**
 * An array of numbers: a shape, a dtype and, on some device, the elements.
 *
 * Make one with `np.array`, `np.zeros` and the like. Operations return new arrays and run while
 * the program goes on; reading the elements (`data`, `toArray`, `item`) waits for them. Inside a
 * traced function (`jit`, `grad`, …) an array has no elements, only a type.
 *
 * Memory is given back when an array is collected, at once with `dispose()` or `using`, and by
 * donation to a jitted function.
 */
export class Array {
  readonly type: AbstractArray
  readonly value: Value

  private constructor(type: AbstractArray, value: Value) {
    this.type = type
    this.value = value
  }

  static concrete(type: AbstractArray, buffer: Buffer): Array {
    const array = new Array(type, { kind: "concrete", buffer })
    collected.register(array, buffer, buffer)
    return array
  }

  static traced(type: AbstractArray, trace: Trace, variable: Variable): Array {
    return new Array(type, { kind: "traced", trace, variable })
  }

  /** The extent of each axis; in a traced function extents may be symbols. */
  get shape(): Shape {
    return this.type.shape
  }

  get dtype(): DType {
    return this.type.dtype
  }

  /** Whether the dtype came from plain numbers alone, so that it yields to other arrays'. */
  get weakType(): boolean {
    return this.type.weak
  }

  /** Number of elements. */
  get size(): Size {
    return elementsOf(this.type.shape)
  }

  /** Number of axes. */
  get ndim(): number {
    return this.type.shape.length
  }

  /** The name of the device that holds the elements. */
  get device(): string {
    return this.buffer.stream.name
  }

  /**
   * The memory of a concrete array.
   * @throws Error when the array is traced or its memory was given back.
   */
  get buffer(): Buffer {
    if (this.value.kind === "traced") {
      throw new Error(
        `a traced array of type ${this.type.key} has no elements: they exist when the traced ` +
          "function runs, so read what it returns",
      )
    }
    this.requireLive()
    return this.value.buffer
  }

  /** @throws Error when the memory was given back. */
  requireLive(): void {
    if (this.value.kind === "concrete" && this.value.buffer.released) {
      throw new Error(
        `an array of type ${this.type.key} is used after it was disposed of or donated`,
      )
    }
  }

  /**
   * The elements, row-major; bools as bytes 0 and 1, bfloat16s as their bits. Waits for the work
   * that makes them.
   * @param dtype what the array is of, so that the typed array's type is known.
   * @throws TypeError when the array is of another dtype.
   */
  data<D extends DType = DType>(dtype?: D): Promise<TypedArrayOf<D>>
  async data(dtype = this.dtype): Promise<TypedArray> {
    if (dtype !== this.dtype) {
      throw new TypeError(`data of ${printType(this.type)} is not ${dtype}: cast it with astype`)
    }
    return this.buffer.read()
  }

  /** The elements in nested lists; a scalar's is the number itself. */
  async toArray(): Promise<Nested> {
    const data = decodeTyped(this.dtype, await this.data())
    return nest(data, concreteShape(this.shape), this.dtype)
  }

  /**
   * The one element.
   * @throws RangeError when there is not exactly one.
   */
  async item(): Promise<number | boolean> {
    if (this.size !== 1) {
      throw new RangeError(
        `item needs an array of one element, not ${printType(this.type)}: use data or toArray`,
      )
    }
    const [element] = decodeTyped(this.dtype, await this.data())
    return this.dtype === "bool" ? element !== 0 : element
  }

  /** Resolves when the elements are there; rejects when the work that makes them failed. */
  async blockUntilReady(): Promise<this> {
    await this.buffer.ready()
    return this
  }

  /** Gives the memory back now. Using the array afterwards is an error; disposing again is not. */
  dispose(): void {
    if (this.value.kind === "traced") return
    collected.unregister(this.value.buffer)
    this.value.buffer.release()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** Notes that a run consumed the elements. */
  donate(): void {
    if (this.value.kind === "traced") return
    collected.unregister(this.value.buffer)
    this.value.buffer.donate()
  }

  /** Arrays are no numbers: `x + 1` and `x > 0` would be wrong in silence. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString()
    throw new TypeError(
      `${this.description} is no number: use its methods (x.add(1), x.greater(0)), ` +
        "or await x.item()",
    )
  }

  /** `Array f32[2, 3] on cpu`, or `Array f32[2, 3] (traced)`. */
  get description(): string {
    if (this.value.kind === "traced") return `Array ${printType(this.type)} (traced)`
    const { released, stream } = this.value.buffer
    return `Array ${printType(this.type)}${released ? " (disposed of)" : ` on ${stream.name}`}`
  }

  /**
   * The elements as NumPy prints them, if they are there; else what is known of the array.
   * {@link toText} waits for them.
   */
  toString(): string {
    return this.#print((elements, shape) => formatElements(elements, shape, this.dtype))
  }

  /** The elements as NumPy prints them. Waits for the work that makes them. */
  async toText(options: FormatOptions = {}): Promise<string> {
    const elements = decodeTyped(this.dtype, await this.data())
    return formatElements(elements, concreteShape(this.shape), this.dtype, options)
  }

  /** `Array([[1., 2.],\n       [3., 4.]], dtype=float32)` in Node's console. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const options = { separator: ", ", prefix: "Array(" }
    return this.#print((elements, shape) => {
      const text = formatElements(elements, shape, this.dtype, options)
      return `Array(${text}${this.size === 0 ? `, shape=(${shape.join(", ")})` : ""}, dtype=${this.dtype})`
    })
  }

  #print(write: (elements: TypedArray, shape: readonly number[]) => string): string {
    if (this.value.kind === "traced") return this.description
    const elements = this.value.buffer.peek()
    if (elements === undefined) return this.description
    return write(decodeTyped(this.dtype, elements), concreteShape(this.shape))
  }

  // Elementwise
  add(other: ArrayLike): Array {
    return elementwise.add(this, other)
  }
  sub(other: ArrayLike): Array {
    return elementwise.subtract(this, other)
  }
  mul(other: ArrayLike): Array {
    return elementwise.multiply(this, other)
  }
  /** In floats, also for integers. */
  div(other: ArrayLike): Array {
    return elementwise.divide(this, other)
  }
  /** With the divisor's sign. */
  mod(other: ArrayLike): Array {
    return elementwise.remainder(this, other)
  }
  pow(exponent: ArrayLike): Array {
    return elementwise.power(this, exponent)
  }
  neg(): Array {
    return elementwise.negative(this)
  }
  abs(): Array {
    return elementwise.absolute(this)
  }
  exp(): Array {
    return elementwise.exp(this)
  }
  log(): Array {
    return elementwise.log(this)
  }
  sqrt(): Array {
    return elementwise.sqrt(this)
  }
  round(decimals = 0): Array {
    return elementwise.round(this, decimals)
  }
  clip(low?: ArrayLike | null, high?: ArrayLike | null): Array {
    return elementwise.clip(this, low, high)
  }
  equal(other: ArrayLike): Array {
    return elementwise.equal(this, other)
  }
  notEqual(other: ArrayLike): Array {
    return elementwise.notEqual(this, other)
  }
  less(other: ArrayLike): Array {
    return elementwise.less(this, other)
  }
  lessEqual(other: ArrayLike): Array {
    return elementwise.lessEqual(this, other)
  }
  greater(other: ArrayLike): Array {
    return elementwise.greater(this, other)
  }
  greaterEqual(other: ArrayLike): Array {
    return elementwise.greaterEqual(this, other)
  }
  astype(dtype: DType): Array {
    return elementwise.astype(this, dtype)
  }

  // Reductions
  sum(
    axis?: reductions.AxisOr<reductions.ReduceOptions>,
    options?: reductions.ReduceOptions,
  ): Array {
    return reductions.sum(this, axis, options)
  }
  prod(
    axis?: reductions.AxisOr<reductions.ReduceOptions>,
    options?: reductions.ReduceOptions,
  ): Array {
    return reductions.prod(this, axis, options)
  }
  mean(
    axis?: reductions.AxisOr<reductions.ReduceOptions>,
    options?: reductions.ReduceOptions,
  ): Array {
    return reductions.mean(this, axis, options)
  }
  max(
    axis?: reductions.AxisOr<reductions.ReduceOptions>,
    options?: reductions.ReduceOptions,
  ): Array {
    return reductions.max(this, axis, options)
  }
  min(
    axis?: reductions.AxisOr<reductions.ReduceOptions>,
    options?: reductions.ReduceOptions,
  ): Array {
    return reductions.min(this, axis, options)
  }
  /** Variance, by default of the population. */
  var(
    axis?: reductions.AxisOr<reductions.VarianceOptions>,
    options?: reductions.VarianceOptions,
  ): Array {
    return reductions.variance(this, axis, options)
  }
  std(
    axis?: reductions.AxisOr<reductions.VarianceOptions>,
    options?: reductions.VarianceOptions,
  ): Array {
    return reductions.std(this, axis, options)
  }
  any(
    axis?: reductions.AxisOr<reductions.ReduceOptions>,
    options?: reductions.ReduceOptions,
  ): Array {
    return reductions.any(this, axis, options)
  }
  all(
    axis?: reductions.AxisOr<reductions.ReduceOptions>,
    options?: reductions.ReduceOptions,
  ): Array {
    return reductions.all(this, axis, options)
  }
  argmax(
    axis?: reductions.AxisOr<reductions.KeepOptions, number | null>,
    options?: reductions.KeepOptions,
  ): Array {
    return reductions.argmax(this, axis, options)
  }
  argmin(
    axis?: reductions.AxisOr<reductions.KeepOptions, number | null>,
    options?: reductions.KeepOptions,
  ): Array {
    return reductions.argmin(this, axis, options)
  }
  cumsum(axis?: number | null): Array {
    return reductions.cumsum(this, axis)
  }
  cumprod(axis?: number | null): Array {
    return reductions.cumprod(this, axis)
  }

  // Movement
  /** One extent may be −1: it is what remains. */
  reshape(shape: Size | Shape, ...more: readonly Size[]): Array {
    return movement.reshape(this, isShape(shape) ? shape : [shape, ...more])
  }
  /** Axes in another order; reversed unless given. */
  transpose(permutation?: readonly number[]): Array {
    return movement.transpose(this, permutation)
  }
  /** The axes reversed. */
  get T(): Array {
    return movement.transpose(this)
  }
  /** The last two axes exchanged. */
  get mT(): Array {
    return movement.matrixTranspose(this)
  }
  swapaxes(a: number, b: number): Array {
    return movement.swapaxes(this, a, b)
  }
  squeeze(axis?: Axes): Array {
    return movement.squeeze(this, axis)
  }
  expandDims(axis: number | readonly number[]): Array {
    return movement.expandDims(this, axis)
  }
  ravel(): Array {
    return movement.ravel(this)
  }
  flatten(): Array {
    return movement.ravel(this)
  }
  repeat(repeats: number | readonly number[], axis?: number | null): Array {
    return movement.repeat(this, repeats, axis)
  }

  // Indexing
  /** Part of the array: see `Index` for what can stand for each axis. */
  slice(...index: readonly indexing.Index[]): Array {
    return indexing.slice(this, ...index)
  }
  /** The place of an update: `x.at(0).set(1)` is x with its first element 1. */
  at(...index: readonly indexing.Index[]): indexing.Place {
    return indexing.at(this, index)
  }
  take(indices: ArrayLike, axis?: number | null): Array {
    return indexing.take(this, indices, axis)
  }
  diagonal(offset = 0, axis1 = 0, axis2 = 1): Array {
    return indexing.diagonal(this, offset, axis1, axis2)
  }

  // Order
  sort(axis: number | null = -1): Array {
    return ordering.sort(this, axis)
  }
  argsort(axis: number | null = -1): Array {
    return ordering.argsort(this, axis)
  }

  // Linear algebra
  dot(other: ArrayLike): Array {
    return linear.dot(this, other)
  }
  matmul(other: ArrayLike): Array {
    return linear.matmul(this, other)
  }
  trace(offset = 0): Array {
    return linear.trace(this, offset)
  }

  /** The parts along the first axis. */
  *[Symbol.iterator](): Iterator<Array> {
    const [extent] = this.shape
    if (typeof extent !== "number") {
      throw new TypeError(
        extent === undefined
          ? "a scalar cannot be iterated"
          : `an axis of ${extent} elements cannot be iterated: its extent is symbolic`,
      )
    }
    for (let i = 0; i < extent; i++) yield this.slice(i)
  }
}

function isShape(shape: Size | Shape): shape is Shape {
  return globalThis.Array.isArray(shape)
}

function nest(data: TypedArray, shape: readonly number[], dtype: DType): Nested {
  let next = 0
  const build = (axis: number): Nested => {
    if (axis === shape.length) {
      const element = data[next++]
      return dtype === "bool" ? element !== 0 : element
    }
    return globalThis.Array.from({ length: shape[axis] }, () => build(axis + 1))
  }
  return build(0)
}
