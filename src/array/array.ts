/// <reference lib="esnext.disposable" preserve="true" />
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
import { type FormatOptions, formatElements } from "./format.ts"
import { ArrayMethods } from "./methods.ts"
import * as movement from "./operations/movement.ts"
import type { DTypeOf, ElementOf } from "./static/dtype.ts"
import type { ShapeOf } from "./static/shape.ts"
import type { Buffer } from "./tracing/stream.ts"
import type { Trace } from "./tracing/trace.ts"

/** Numbers or truth values in lists as deep as the array has axes. */
export type Nested = number | boolean | readonly Nested[]

/** The nested lists of an array, as deep as is known of it. */
export type NestedOf<A> = ListsOf<ShapeOf<A>, ElementOf<A>>

/** Lists in lists, one for each axis. */
type ListsOf<S extends Shape, E> = number extends S["length"]
  ? Nested
  : S extends readonly [unknown, ...infer Rest extends Shape]
    ? ListsOf<Rest, E>[]
    : E

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
export class Array<D extends DType = DType, S extends Shape = Shape> extends ArrayMethods {
  /** What the type checker knows; wide types go with all others, as bivariance lets them. */
  declare readonly known?: { of(dtype: D, shape: S): void }["of"]

  readonly type: AbstractArray
  readonly value: Value

  private constructor(type: AbstractArray, value: Value) {
    super()
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
   * With a dtype the typed array's type is known where the array's is not; it must be the array's.
   * @throws TypeError when the array is of another dtype.
   */
  data<A extends Array>(this: A): Promise<TypedArrayOf<DTypeOf<A>>>
  data<E extends DType>(dtype: E): Promise<TypedArrayOf<E>>
  async data(dtype = this.dtype): Promise<TypedArray> {
    if (dtype !== this.dtype) {
      throw new TypeError(`data of ${printType(this.type)} is not ${dtype}: cast it with astype`)
    }
    return this.buffer.read()
  }

  /** The elements in nested lists; a scalar's is the number itself. */
  toArray<A extends Array>(this: A): Promise<NestedOf<A>>
  async toArray(): Promise<Nested> {
    const data = decodeTyped(this.dtype, await this.data())
    return nest(data, concreteShape(this.shape), this.dtype)
  }

  /**
   * The one element.
   * @throws RangeError when there is not exactly one.
   */
  item<A extends Array>(this: A): Promise<ElementOf<A>>
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
  override toString(): string {
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

  /** The axes reversed; of any shape to the type checker, who follows `transpose()`. */
  get T(): Array {
    return movement.transpose(this)
  }
  /** The last two axes exchanged. */
  get mT(): Array {
    return movement.matrixTranspose(this)
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
