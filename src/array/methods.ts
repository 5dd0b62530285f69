/** Functions on arrays as methods: `x.add(y).sum(0)` is `np.sum(np.add(x, y), 0)`. */

import type { DType, Shape, Size } from "../size/index.ts"
import type { Array } from "./array.ts"
import * as elementwise from "./operations/elementwise.ts"
import * as indexing from "./operations/indexing.ts"
import * as linear from "./operations/linear.ts"
import * as movement from "./operations/movement.ts"
import * as ordering from "./operations/ordering.ts"
import * as reductions from "./operations/reductions.ts"
import type { Axes } from "./operations/shapes.ts"
import type { AskedOr, DTypeOf, FloatMeet, FloatOf, IntegerLike } from "./static/dtype.ts"
import type {
  BroadcastOf,
  DotShape,
  Dots,
  Fits,
  Multiplies,
  Product,
  Reduced,
  Reshaped,
  Reshapes,
  ShapeOf,
  Transposed,
} from "./static/shape.ts"
import type { ArrayLike } from "./tracing/operands.ts"

/** The methods of arrays that are functions under their names. */
export abstract class ArrayMethods {
  // Elementwise
  /** As {@link elementwise.add | np.add}. */
  add<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<FloatMeet<A, B>, BroadcastOf<A, B>> {
    return elementwise.add<A, B>(this, other)
  }
  /** As {@link elementwise.subtract | np.subtract}. */
  sub<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<FloatMeet<A, B>, BroadcastOf<A, B>> {
    return elementwise.subtract<A, B>(this, other)
  }
  /** As {@link elementwise.multiply | np.multiply}. */
  mul<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<FloatMeet<A, B>, BroadcastOf<A, B>> {
    return elementwise.multiply<A, B>(this, other)
  }
  /** In floats, also for integers: {@link elementwise.divide | np.divide}. */
  div<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<FloatMeet<A, B>, BroadcastOf<A, B>> {
    return elementwise.divide<A, B>(this, other)
  }
  /** With the divisor's sign: {@link elementwise.remainder | np.remainder}. */
  mod<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<FloatMeet<A, B>, BroadcastOf<A, B>> {
    return elementwise.remainder<A, B>(this, other)
  }
  /** As {@link elementwise.power | np.power}. */
  pow<A extends Array, B extends ArrayLike>(
    this: A,
    exponent: Fits<A, B>,
  ): Array<FloatMeet<A, B>, BroadcastOf<A, B>> {
    return elementwise.power<A, B>(this, exponent)
  }
  /** As {@link elementwise.negative | np.negative}. */
  neg<A extends Array>(this: A): Array<FloatOf<A>, ShapeOf<A>> {
    return elementwise.negative<A>(this)
  }
  /** As {@link elementwise.absolute | np.absolute}. */
  abs<A extends Array>(this: A): Array<FloatOf<A>, ShapeOf<A>> {
    return elementwise.absolute<A>(this)
  }
  /** As {@link elementwise.exp | np.exp}. */
  exp<A extends Array>(this: A): Array<FloatOf<A>, ShapeOf<A>> {
    return elementwise.exp<A>(this)
  }
  /** As {@link elementwise.log | np.log}. */
  log<A extends Array>(this: A): Array<FloatOf<A>, ShapeOf<A>> {
    return elementwise.log<A>(this)
  }
  /** As {@link elementwise.sqrt | np.sqrt}. */
  sqrt<A extends Array>(this: A): Array<FloatOf<A>, ShapeOf<A>> {
    return elementwise.sqrt<A>(this)
  }
  /** As {@link elementwise.round | np.round}. */
  round<A extends Array>(this: A, decimals = 0): Array<FloatOf<A>, ShapeOf<A>> {
    return elementwise.round(this, decimals)
  }
  /** As {@link elementwise.clip | np.clip}. */
  clip(this: Array, low?: ArrayLike | null, high?: ArrayLike | null): Array {
    return elementwise.clip(this, low, high)
  }
  /** As {@link elementwise.equal | np.equal}. */
  equal<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<"bool", BroadcastOf<A, B>> {
    return elementwise.equal<A, B>(this, other)
  }
  /** As {@link elementwise.notEqual | np.notEqual}. */
  notEqual<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<"bool", BroadcastOf<A, B>> {
    return elementwise.notEqual<A, B>(this, other)
  }
  /** As {@link elementwise.less | np.less}. */
  less<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<"bool", BroadcastOf<A, B>> {
    return elementwise.less<A, B>(this, other)
  }
  /** As {@link elementwise.lessEqual | np.lessEqual}. */
  lessEqual<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<"bool", BroadcastOf<A, B>> {
    return elementwise.lessEqual<A, B>(this, other)
  }
  /** As {@link elementwise.greater | np.greater}. */
  greater<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<"bool", BroadcastOf<A, B>> {
    return elementwise.greater<A, B>(this, other)
  }
  /** As {@link elementwise.greaterEqual | np.greaterEqual}. */
  greaterEqual<A extends Array, B extends ArrayLike>(
    this: A,
    other: Fits<A, B>,
  ): Array<"bool", BroadcastOf<A, B>> {
    return elementwise.greaterEqual<A, B>(this, other)
  }
  /** As {@link elementwise.astype | np.astype}. */
  astype<A extends Array, E extends DType>(this: A, dtype: E): Array<E, ShapeOf<A>> {
    return elementwise.astype(this, dtype)
  }

  // Reductions
  /** As {@link reductions.sum | np.sum}. */
  sum<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.ReduceOptions, I, K, T>,
    options?: reductions.Read<reductions.ReduceOptions, K, T>,
  ): Array<AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>> {
    return reductions.sum(this, axis, options)
  }
  /** As {@link reductions.prod | np.prod}. */
  prod<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.ReduceOptions, I, K, T>,
    options?: reductions.Read<reductions.ReduceOptions, K, T>,
  ): Array<AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>> {
    return reductions.prod(this, axis, options)
  }
  /** As {@link reductions.mean | np.mean}. */
  mean<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.ReduceOptions, I, K, T>,
    options?: reductions.Read<reductions.ReduceOptions, K, T>,
  ): Array<AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>> {
    return reductions.mean(this, axis, options)
  }
  /** As {@link reductions.max | np.max}. */
  max<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.ReduceOptions, I, K, T>,
    options?: reductions.Read<reductions.ReduceOptions, K, T>,
  ): Array<AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>> {
    return reductions.max(this, axis, options)
  }
  /** As {@link reductions.min | np.min}. */
  min<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.ReduceOptions, I, K, T>,
    options?: reductions.Read<reductions.ReduceOptions, K, T>,
  ): Array<AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>> {
    return reductions.min(this, axis, options)
  }
  /** Variance, by default of the population: {@link reductions.variance | np.var}. */
  var<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.VarianceOptions, I, K, T>,
    options?: reductions.Read<reductions.VarianceOptions, K, T>,
  ): Array<AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>> {
    return reductions.variance(this, axis, options)
  }
  /** As {@link reductions.std | np.std}. */
  std<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.VarianceOptions, I, K, T>,
    options?: reductions.Read<reductions.VarianceOptions, K, T>,
  ): Array<AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>> {
    return reductions.std(this, axis, options)
  }
  /** As {@link reductions.any | np.any}. */
  any<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.ReduceOptions, I, K, T>,
    options?: reductions.Read<reductions.ReduceOptions, K, T>,
  ): Array<"bool", Reduced<ShapeOf<A>, I, K>> {
    return reductions.any(this, axis, options)
  }
  /** As {@link reductions.all | np.all}. */
  all<
    A extends Array,
    const I extends Axes | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.ReduceOptions, I, K, T>,
    options?: reductions.Read<reductions.ReduceOptions, K, T>,
  ): Array<"bool", Reduced<ShapeOf<A>, I, K>> {
    return reductions.all(this, axis, options)
  }
  /** As {@link reductions.argmax | np.argmax}. */
  argmax<
    A extends Array,
    const I extends number | null | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.KeepOptions, I, K, T>,
    options?: reductions.Read<reductions.KeepOptions, K, T>,
  ): Array<"int32", Reduced<ShapeOf<A>, I, K>> {
    return reductions.argmax(this, axis, options)
  }
  /** As {@link reductions.argmin | np.argmin}. */
  argmin<
    A extends Array,
    const I extends number | null | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    this: A,
    axis?: reductions.AxisOr<reductions.KeepOptions, I, K, T>,
    options?: reductions.Read<reductions.KeepOptions, K, T>,
  ): Array<"int32", Reduced<ShapeOf<A>, I, K>> {
    return reductions.argmin(this, axis, options)
  }
  /** As {@link reductions.cumsum | np.cumsum}. */
  cumsum(this: Array, axis?: number | null): Array {
    return reductions.cumsum(this, axis)
  }
  /** As {@link reductions.cumprod | np.cumprod}. */
  cumprod(this: Array, axis?: number | null): Array {
    return reductions.cumprod(this, axis)
  }

  // Movement
  /**
   * One extent may be −1: it is what remains.
   * As {@link movement.reshape | np.reshape}.
   */
  reshape<A extends Array, const S extends Size | Shape>(
    this: A,
    shape: Reshapes<ShapeOf<A>, S>,
  ): Array<DTypeOf<A>, Reshaped<ShapeOf<A>, S>>
  reshape<A extends Array, const S extends readonly Size[]>(
    this: A,
    ...shape: Reshapes<ShapeOf<A>, S>
  ): Array<DTypeOf<A>, Reshaped<ShapeOf<A>, S>>
  reshape(this: Array, shape: Size | Shape, ...more: readonly Size[]): Array {
    return movement.reshape(this, isShape(shape) ? shape : [shape, ...more])
  }
  /** Axes in another order; reversed unless given: {@link movement.transpose | np.transpose}. */
  transpose<A extends Array, const P extends readonly number[] | undefined = undefined>(
    this: A,
    permutation?: P,
  ): Array<DTypeOf<A>, Transposed<ShapeOf<A>, P>> {
    return movement.transpose<A, P>(this, permutation)
  }
  /** As {@link movement.swapaxes | np.swapaxes}. */
  swapaxes(this: Array, a: number, b: number): Array {
    return movement.swapaxes(this, a, b)
  }
  /** As {@link movement.squeeze | np.squeeze}. */
  squeeze(this: Array, axis?: Axes): Array {
    return movement.squeeze(this, axis)
  }
  /** As {@link movement.expandDims | np.expandDims}. */
  expandDims(this: Array, axis: number | readonly number[]): Array {
    return movement.expandDims(this, axis)
  }
  /** As {@link movement.ravel | np.ravel}. */
  ravel(this: Array): Array {
    return movement.ravel(this)
  }
  /** As {@link movement.ravel | np.ravel}. */
  flatten(this: Array): Array {
    return movement.ravel(this)
  }
  /** As {@link movement.repeat | np.repeat}. */
  repeat(this: Array, repeats: number | readonly number[], axis?: number | null): Array {
    return movement.repeat(this, repeats, axis)
  }

  // Indexing
  /**
   * Part of the array: see `Index` for what can stand for each axis.
   * As {@link indexing.slice | np.slice}.
   */
  slice(this: Array, ...index: readonly indexing.Index[]): Array {
    return indexing.slice(this, ...index)
  }
  /**
   * The place of an update: `x.at(0).set(1)` is x with its first element 1.
   * As {@link indexing.at | np.at}.
   */
  at(this: Array, ...index: readonly indexing.Index[]): indexing.Place {
    return indexing.at(this, index)
  }
  /** As {@link indexing.take | np.take}. */
  take(this: Array, indices: IntegerLike, axis?: number | null): Array {
    return indexing.take(this, indices, axis)
  }
  /** As {@link indexing.diagonal | np.diagonal}. */
  diagonal(this: Array, offset = 0, axis1 = 0, axis2 = 1): Array {
    return indexing.diagonal(this, offset, axis1, axis2)
  }

  // Order
  /** As {@link ordering.sort | np.sort}. */
  sort(this: Array, axis: number | null = -1): Array {
    return ordering.sort(this, axis)
  }
  /** As {@link ordering.argsort | np.argsort}. */
  argsort(this: Array, axis: number | null = -1): Array {
    return ordering.argsort(this, axis)
  }

  // Linear algebra
  /** As {@link linear.dot | np.dot}. */
  dot<A extends Array, B extends ArrayLike>(
    this: A,
    other: Dots<A, B>,
  ): Array<FloatMeet<A, B>, DotShape<ShapeOf<A>, ShapeOf<B>>> {
    return linear.dot<A, B>(this, other)
  }
  /** As {@link linear.matmul | np.matmul}. */
  matmul<A extends Array, B extends ArrayLike>(
    this: A,
    other: Multiplies<A, B>,
  ): Array<FloatMeet<A, B>, Product<ShapeOf<A>, ShapeOf<B>>> {
    return linear.matmul<A, B>(this, other)
  }
  /** As {@link linear.trace | np.trace}. */
  trace(this: Array, offset = 0): Array {
    return linear.trace(this, offset)
  }
}

function isShape(shape: Size | Shape): shape is Shape {
  return globalThis.Array.isArray(shape)
}
