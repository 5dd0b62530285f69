/**
 * Shapes that the type checker knows: of literal extents, followed from constructors through
 * operations. What is not known literally has the wide type `Shape`, which goes with every other.
 */

import type { Shape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import type { Count } from "./count.ts"

/** Whether a type is a union. */
export type IsUnion<T, All = T> = [T] extends [never]
  ? false
  : T extends unknown
    ? [All] extends [T]
      ? false
      : true
    : never

/** Whether a type is one literal number, not negative. */
type IsExtent<N> = [N] extends [number]
  ? number extends N
    ? false
    : IsUnion<N> extends true
      ? false
      : `${N}` extends `-${string}`
        ? false
        : true
  : false

/** Whether a type is one literal number without a fraction, not negative. */
export type Whole<N> = N extends number
  ? `${N}` extends `${string}.${string}`
    ? false
    : IsExtent<N>
  : false

type AllExtents<S> = S extends readonly [infer N, ...infer Rest]
  ? IsExtent<N> extends true
    ? AllExtents<Rest>
    : false
  : S extends readonly []
    ? true
    : false

/** The shape that an argument gives: literal extents, one or in a list; else any shape. */
export type ShapeFrom<S> = S extends readonly unknown[]
  ? AllExtents<S> extends true
    ? { -readonly [K in keyof S]: S[K] }
    : Shape
  : IsExtent<S> extends true
    ? [S]
    : Shape

type OperandShape<A> = A extends Array<infer _D, infer S> ? S : []

/** The shape of an operand; of several possible ones, any. */
export type ShapeOf<A> = [A] extends [never]
  ? Shape
  : IsUnion<OperandShape<A>> extends true
    ? Shape
    : Extract<OperandShape<A>, Shape>

type IsWide<S extends Shape> = number extends S["length"] ? true : false

/** The shape that two broadcast to, by NumPy's rule; never when they do not. */
export type Broadcast<S extends Shape, T extends Shape> = true extends IsWide<S> | IsWide<T>
  ? Shape
  : S extends T
    ? S
    : BroadcastKnown<S, T>

type BroadcastKnown<
  S extends Shape,
  T extends Shape,
  Tail extends Shape = [],
> = S extends readonly [...infer S0 extends Shape, infer M extends number]
  ? T extends readonly [...infer T0 extends Shape, infer N extends number]
    ? M extends N | 1
      ? BroadcastKnown<S0, T0, [N, ...Tail]>
      : N extends 1
        ? BroadcastKnown<S0, T0, [M, ...Tail]>
        : never
    : [...S, ...Tail]
  : [...T, ...Tail]

type Joined<S extends Shape> = S extends readonly [infer N extends number]
  ? `${N}`
  : S extends readonly [infer N extends number, ...infer Rest extends Shape]
    ? `${N}, ${Joined<Rest>}`
    : ""

/** A shape in a message. */
type Print<S extends Shape> = `[${Joined<S>}]`

/** An operand that broadcasts with another; else what is wrong, in words. */
export type Fits<A, B> = [Broadcast<ShapeOf<A>, ShapeOf<B>>] extends [never]
  ? B & `shapes ${Print<ShapeOf<A>>} and ${Print<ShapeOf<B>>} do not broadcast`
  : B

/** The shape of two operands together. */
export type BroadcastOf<A, B> = Broadcast<ShapeOf<A>, ShapeOf<B>>

/** The shape of a matrix product; never where the inner extents differ. */
export type Product<S extends Shape, T extends Shape> = true extends IsWide<S> | IsWide<T>
  ? Shape
  : S extends readonly [...infer S0 extends Shape, infer K extends number]
    ? T extends readonly [infer L extends number]
      ? K extends L
        ? S0
        : never
      : T extends readonly [
            ...infer T0 extends Shape,
            infer L extends number,
            infer N extends number,
          ]
        ? K extends L
          ? S0 extends readonly [...infer S1 extends Shape, infer M extends number]
            ? [Broadcast<S1, T0>] extends [infer B extends Shape]
              ? [...B, M, N]
              : Shape
            : [...T0, N]
          : never
        : Shape
    : Shape

/** A right operand of a matrix product with the left one; else what is wrong, in words. */
export type Multiplies<A, B> = [Product<ShapeOf<A>, ShapeOf<B>>] extends [never]
  ? B & `the inner extents of ${Print<ShapeOf<A>>} and ${Print<ShapeOf<B>>} differ`
  : B

/** Products of stacks differ between `matmul` and `dot`. */
export type DotShape<S extends Shape, T extends Shape> = S["length"] | T["length"] extends 1 | 2
  ? Product<S, T>
  : Shape

export type Dots<A, B> = [DotShape<ShapeOf<A>, ShapeOf<B>>] extends [never]
  ? B & `the inner extents of ${Print<ShapeOf<A>>} and ${Print<ShapeOf<B>>} differ`
  : B

type Reversed<S extends Shape> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? [...Reversed<Rest>, First]
  : []

type Picked<S extends Shape, P> = P extends readonly [infer I, ...infer Rest]
  ? S[I & keyof S] extends infer N extends number
    ? Picked<S, Rest> extends infer More extends Shape
      ? IsWide<More> extends true
        ? Shape
        : [N, ...More]
      : Shape
    : Shape
  : P extends readonly []
    ? []
    : Shape

/** The shape with its axes in another order; reversed without a permutation. */
export type Transposed<S extends Shape, P> =
  IsWide<S> extends true
    ? Shape
    : [P] extends [null | undefined]
      ? Reversed<S>
      : ShapeFrom<P> extends infer Known
        ? Picked<S, Known>
        : Shape

type AxisName<X> = X extends number ? `${X}` : X extends readonly number[] ? `${X[number]}` : never

/** The extents without the named axes, counted from the front or the end, or with 1 for them. */
type ReducedKnown<S extends Shape, X, Keep, Before extends Shape = []> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? [
      ...Extent<N, X & (`${Before["length"]}` | `-${[...Rest, 0]["length"]}`), Keep>,
      ...ReducedKnown<Rest, X, Keep, [...Before, N]>,
    ]
  : []

type Extent<N extends number, Named, Keep> = [Named] extends [never]
  ? [N]
  : Keep extends true
    ? [1]
    : []

/** The shape that is left of a reduction over one axis, several, or all (null). */
export type Reduced<S extends Shape, X, Keep> = [X] extends [null | undefined]
  ? [Keep] extends [false]
    ? []
    : [Keep] extends [true]
      ? IsWide<S> extends true
        ? Shape
        : { -readonly [I in keyof S]: 1 }
      : Shape
  : true extends IsWide<S> | IsUnion<Keep>
    ? Shape
    : number extends X | (X extends readonly unknown[] ? X[number] : never)
      ? Shape
      : IsUnion<X> extends true
        ? Shape
        : ReducedKnown<S, AxisName<X>, Keep>

/** The shape after `reshape`: what is asked for, if it is literal; never when it has other elements. */
export type Reshaped<S extends Shape, T> =
  ShapeFrom<T> extends infer To extends Shape
    ? IsWide<S> extends true
      ? To
      : IsWide<To> extends true
        ? Shape
        : Count<S> extends Count<To>
          ? To
          : never
    : Shape

/** A shape that has as many elements as the array; else what is wrong, in words. */
export type Reshapes<S extends Shape, T> = [Reshaped<S, T>] extends [never]
  ? T &
      `${Print<S>} and ${Print<Extract<ShapeFrom<T>, Shape>>} do not hold the same number of elements`
  : T

/** A shape with one more axis at its end. */
export type Extended<S extends Shape, N extends number> = IsWide<S> extends true ? Shape : [...S, N]

/** The shape of what `np.array` takes: lists to a depth of four. */
export type InitShape<I> = Single<List4<I>>

/** One shape, or any where several are possible. */
type Single<S> = IsUnion<S> extends true ? Shape : Extract<S, Shape>

// Written out, because the compiler cannot bound a recursion over a type parameter.
type List4<I> = I extends readonly unknown[] ? Rows<I["length"], Single<List3<I[number]>>> : Leaf<I>
type List3<I> = I extends readonly unknown[] ? Rows<I["length"], Single<List2<I[number]>>> : Leaf<I>
type List2<I> = I extends readonly unknown[] ? Rows<I["length"], Single<List1<I[number]>>> : Leaf<I>
type List1<I> = I extends readonly unknown[] ? Rows<I["length"], Single<Leaf<I[number]>>> : Leaf<I>
type Leaf<I> = I extends number | boolean ? [] : I extends Array<infer _D, infer S> ? S : Shape

type Rows<N, S> = N extends 0
  ? [0]
  : number extends N
    ? Shape
    : S extends Shape
      ? IsWide<S> extends true
        ? Shape
        : [N & number, ...S]
      : Shape
