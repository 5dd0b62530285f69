/** One element of a variable as an expression: views become index functions, maths is inlined. */

import type { ElementwisePrimitive, Equation, ParamsOf, Variable } from "../graph/index.ts"
import { isElementwise, isEquation } from "../graph/index.ts"
import { concreteShape, type DType, dtypes, isFloat } from "../size/index.ts"
import type { Buffer, Condition, Index, Scalar } from "./expression.ts"
import {
  addIndices,
  constantIndex,
  flattenIndex,
  indexKey,
  quotientIndex,
  rangeOf,
  remainderIndex,
  scaleIndex,
  unflattenIndex,
  valueIndex,
} from "./index-function.ts"

/** Where a materialised variable is: its buffer, row-major. */
export type Home = (variable: Variable) => Buffer | undefined

/** The element of a variable that a graph around this one computes. */
export type Outside = (variable: Variable, coordinates: readonly Index[]) => Scalar | undefined

/** Evaluates variables at coordinates, for one kernel. */
export class Expressions {
  readonly #makers: ReadonlyMap<Variable, Equation>
  readonly #home: Home
  /** Variables that the kernel itself computes, with their value at given coordinates. */
  readonly #members = new Map<string, Scalar>()
  readonly #memo = new Map<string, Scalar>()
  readonly #ids: Map<Variable, number>
  /** Variables of which {@link #await} knows that they are there. */
  readonly #awaited = new Set<Variable>()
  /** Buffers read, in the order of first use. */
  readonly loaded: Set<Buffer>
  readonly #outside: Outside

  constructor(
    makers: ReadonlyMap<Variable, Equation>,
    home: Home,
    ids: Map<Variable, number>,
    loaded = new Set<Buffer>(),
    outside: Outside = () => undefined,
  ) {
    this.#makers = makers
    this.#home = home
    this.#ids = ids
    this.loaded = loaded
    this.#outside = outside
  }

  /** Tells that the kernel computes a variable: at these coordinates it is `value`. */
  define(variable: Variable, coordinates: readonly Index[], value: Scalar): void {
    this.#members.set(this.#key(variable, coordinates), value)
  }

  /** The variable's element at coordinates. */
  at(variable: Variable, coordinates: readonly Index[]): Scalar {
    const key = this.#key(variable, coordinates)
    const known = this.#members.get(key) ?? this.#memo.get(key)
    if (known !== undefined) return known
    const made = this.#make(variable, coordinates)
    this.#memo.set(key, made)
    return made
  }

  #key(variable: Variable, coordinates: readonly Index[]): string {
    let id = this.#ids.get(variable)
    if (id === undefined) {
      id = this.#ids.size
      this.#ids.set(variable, id)
    }
    return `${id}@${coordinates.map(indexKey).join(",")}`
  }

  #make(variable: Variable, coordinates: readonly Index[]): Scalar {
    const buffer = this.#home(variable)
    if (buffer !== undefined) {
      this.loaded.add(buffer)
      const index = flattenIndex(coordinates, concreteShape(variable.shape))
      return { kind: "load", dtype: variable.dtype, buffer, index }
    }
    const outside = this.#outside(variable, coordinates)
    if (outside !== undefined) return outside
    const equation = this.#makers.get(variable)
    if (equation === undefined) throw new Error("a variable has neither a home nor an equation")
    return this.inline(equation, coordinates)
  }

  /** Looks that what a variable is computed from is there when the kernel runs. */
  #await(variable: Variable): void {
    if (this.#awaited.has(variable)) return
    this.#awaited.add(variable)
    if (this.#home(variable) === undefined) {
      for (const operand of this.#makers.get(variable)?.operands ?? []) this.#await(operand)
    }
  }

  /** The first result of an equation, evaluated from its operands. */
  inline(equation: Equation, at: readonly Index[]): Scalar {
    const [operand] = equation.operands
    const shape = operand === undefined ? [] : concreteShape(operand.shape)
    const dtype = equation.results[0].dtype
    if (isElementwise(equation.primitive)) {
      return this.#elementwise(equation.primitive, equation, at)
    }
    if (isEquation(equation, "full")) {
      return { kind: "constant", dtype, value: equation.params.value }
    }
    if (isEquation(equation, "iota")) {
      return castScalar({ kind: "index", dtype: "int32", index: at[equation.params.axis] }, dtype)
    }
    if (isEquation(equation, "reshape")) {
      const linear = flattenIndex(at, concreteShape(equation.params.shape))
      return this.at(operand, unflattenIndex(linear, shape))
    }
    if (isEquation(equation, "after")) {
      for (const other of equation.operands.slice(1)) this.#await(other)
      return this.at(operand, at)
    }
    if (isEquation(equation, "transpose")) {
      const back: Index[] = []
      for (const [i, axis] of equation.params.permutation.entries()) back[axis] = at[i]
      return this.at(operand, back)
    }
    if (isEquation(equation, "broadcast")) {
      const { axes } = equation.params
      const back = shape.map((extent, i) => (extent === 1 ? constantIndex(0) : at[axes[i]]))
      return this.at(operand, back)
    }
    if (isEquation(equation, "slice")) {
      const { strides } = equation.params
      const starts = concreteShape(equation.params.starts)
      const back = at.map((index, axis) =>
        addIndices(scaleIndex(index, strides[axis]), constantIndex(starts[axis])),
      )
      return this.at(operand, back)
    }
    if (isEquation(equation, "flip")) {
      const back = at.map((index, axis) =>
        equation.params.axes.includes(axis)
          ? addIndices(constantIndex(shape[axis] - 1), scaleIndex(index, -1))
          : index,
      )
      return this.at(operand, back)
    }
    if (isEquation(equation, "windows")) {
      const { axes, strides, dilations } = equation.params
      const back = shape.map((_, axis) => {
        const i = axes.indexOf(axis)
        if (i < 0) return at[axis]
        return addIndices(
          scaleIndex(at[axis], strides[i]),
          scaleIndex(at[shape.length + i], dilations[i]),
        )
      })
      return this.at(operand, back)
    }
    if (isEquation(equation, "pad")) {
      const low = concreteShape(equation.params.low)
      const { interior, value } = equation.params
      const otherwise: Scalar = { kind: "constant", dtype, value }
      const undilated = at.map((index, axis) =>
        undilate(addIndices(index, constantIndex(-low[axis])), interior[axis] + 1, shape[axis]),
      )
      return this.guarded(operand, undilated, otherwise)
    }
    if (isEquation(equation, "gather")) return this.#gather(equation, at, dtype)
    if (isEquation(equation, "dynamicSlice")) {
      const extents = concreteShape(equation.params.sizes)
      const back = at.map((index, axis) => {
        const start = this.at(equation.operands[axis + 1], [])
        return addIndices(index, clampedIndex(start, shape[axis] - extents[axis] + 1))
      })
      return this.at(operand, back)
    }
    throw new Error(`${equation.primitive} is computed by a kernel of its own`)
  }

  /** The operand where all its coordinates are inside it, else another value. */
  guarded(operand: Variable, coordinates: readonly Undilated[], otherwise: Scalar): Scalar {
    const conditions = coordinates.flatMap((c) => c.conditions)
    const value = this.at(
      operand,
      coordinates.map((c) => c.index),
    )
    if (conditions.length === 0) return value
    return { kind: "guard", dtype: operand.dtype, conditions, value, otherwise }
  }

  #elementwise<P extends ElementwisePrimitive>(
    primitive: P,
    equation: Equation,
    at: readonly Index[],
  ): Scalar {
    const operands = equation.operands.map((operand) => this.at(operand, at))
    if (primitive === "stopGradient") return operands[0]
    const params: ParamsOf[ElementwisePrimitive] = equation.params
    return { kind: "apply", dtype: equation.results[0].dtype, primitive, params, operands }
  }

  #gather(equation: Equation & Equation<"gather">, at: readonly Index[], dtype: DType): Scalar {
    const [operand, ...indices] = equation.operands
    const { axes, mode } = equation.params
    const shape = concreteShape(operand.shape)
    const rank = indices[0].shape.length
    const values = indices.map((index) => this.at(index, at.slice(0, rank)))
    let next = rank
    const back = shape.map((extent, axis) => {
      const i = axes.indexOf(axis)
      return i < 0 ? at[next++] : clampedIndex(values[i], extent)
    })
    const value = this.at(operand, back)
    if (mode === "clip") return value
    const missing: Scalar = {
      kind: "constant",
      dtype,
      value: isFloat(dtype) ? Number.NaN : dtypes[dtype].lowest,
    }
    return axes.reduce<Scalar>(
      (sofar, axis, i) => apply("select", dtype, [inRange(values[i], shape[axis]), sofar, missing]),
      value,
    )
  }
}

/** A coordinate and what must hold for it to be inside. */
export interface Undilated {
  readonly index: Index
  readonly conditions: readonly Condition[]
}

/**
 * The coordinate whose dilated place is `place`, in an axis of `extent` elements that stand `by`
 * apart; conditions that always hold are left out.
 */
export function undilate(place: Index, by: number, extent: number): Undilated {
  const conditions: Condition[] = []
  // An axis of no elements has no places, not the -1 to which its dilation would shrink it.
  const high = Math.max((extent - 1) * by + 1, 0)
  const [least, most] = rangeOf(place)
  if (least < 0 || most >= high) conditions.push({ index: place, low: 0, high })
  if (by > 1) {
    const rest = remainderIndex(place, by)
    const [low, top] = rangeOf(rest)
    if (low !== 0 || top !== 0) conditions.push({ index: rest, low: 0, high: 1 })
  }
  return { index: quotientIndex(place, by), conditions }
}

export function apply<P extends ElementwisePrimitive>(
  primitive: P,
  dtype: DType,
  operands: readonly Scalar[],
  params: ParamsOf[P] | undefined = undefined,
): Scalar {
  const given: ParamsOf[ElementwisePrimitive] = params ?? {}
  return { kind: "apply", dtype, primitive, params: given, operands }
}

export function castScalar(value: Scalar, dtype: DType): Scalar {
  return value.dtype === dtype ? value : apply("cast", dtype, [value], { dtype })
}

function int(value: number): Scalar {
  return { kind: "constant", dtype: "int32", value }
}

/** What values were clamped to: one value and bound give one index, so that places compare. */
const clamped = new WeakMap<Scalar, Map<number, Index>>()

/** An int32 value clamped to 0 … bound − 1, as an index. */
export function clampedIndex(value: Scalar, bound: number): Index {
  if (bound <= 1) return constantIndex(0)
  const known = clamped.get(value) ?? new Map<number, Index>()
  clamped.set(value, known)
  let index = known.get(bound)
  if (index === undefined) {
    const low = apply("maximum", "int32", [value, int(0)])
    index = valueIndex(apply("minimum", "int32", [low, int(bound - 1)]), bound)
    known.set(bound, index)
  }
  return index
}

/** 0 ≤ value < bound. */
export function inRange(value: Scalar, bound: number): Scalar {
  const low = apply("greaterEqual", "bool", [value, int(0)])
  return apply("and", "bool", [low, apply("less", "bool", [value, int(bound)])])
}

const depths = new WeakMap<Scalar, number>()

/** The longest chain of applications in an expression. */
export function depthOf(scalar: Scalar): number {
  const known = depths.get(scalar)
  if (known !== undefined) return known
  const inner =
    scalar.kind === "apply"
      ? scalar.operands
      : scalar.kind === "guard"
        ? [scalar.value, scalar.otherwise]
        : []
  const depth = 1 + inner.reduce((most, operand) => Math.max(most, depthOf(operand)), 0)
  depths.set(scalar, depth)
  return depth
}
