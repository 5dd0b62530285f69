/** What random equations grow from: the variables so far, and new inputs where none fits. */

import {
  type ArrayType,
  GraphBuilder,
  operations as op,
  type ParamsOf,
  type Primitive,
  type Variable,
} from "../../src/graph/index.ts"
import { type DType, elementsOf, isFloat } from "../../src/size/index.ts"
import type { Chance } from "./chance.ts"

/** The dtypes of most programs: others are tested by tests of their own. */
const common: readonly DType[] = ["float32", "int32", "uint32", "bool"]

export interface SoilOptions {
  /** Dtypes of the operands that may be of any (default the common ones). */
  readonly dtypes?: readonly DType[]
  /** Most elements of an array (default 120). */
  readonly mostElements?: number
  /** Whether extents may be 0 (default true). */
  readonly empty?: boolean
  /** Whether operands may be made of constants (default true). */
  readonly constants?: boolean
}

/**
 * How far an array's floats may be from those that another correct device computes: "exact" ones
 * are inputs seen through views, so that comparing, sorting or truncating them is safe.
 */
export type Precision = "exact" | "rounded"

export interface Wish {
  readonly dtypes?: readonly DType[]
  readonly leastRank?: number
  readonly mostRank?: number
  readonly precision?: Precision
  /** Smallest extent of an axis (default 0). */
  readonly leastExtent?: number
}

export class Soil {
  readonly b = new GraphBuilder()
  readonly chance: Chance
  readonly variables: Variable[] = []
  readonly #options: Required<SoilOptions>
  readonly #rounded = new Set<Variable>()

  constructor(chance: Chance, options: SoilOptions = {}) {
    this.chance = chance
    this.#options = {
      dtypes: common,
      mostElements: 120,
      empty: true,
      constants: true,
      ...options,
    }
  }

  /** The dtypes in play that pass a test; all that do where none in play does. */
  dtypes(accepts: (dtype: DType) => boolean = () => true): readonly DType[] {
    const inPlay = this.#options.dtypes.filter(accepts)
    return inPlay.length > 0 ? inPlay : common.filter(accepts)
  }

  get mostElements(): number {
    return this.#options.mostElements
  }

  /** A variable that fits the wish: one there is, or else a new input. */
  operand(wish: Wish = {}): Variable {
    const { dtypes = this.#options.dtypes, leastRank = 0, mostRank = 4, leastExtent = 0 } = wish
    const fitting = this.variables.filter(
      (v) =>
        dtypes.includes(v.dtype) &&
        v.shape.length >= leastRank &&
        v.shape.length <= mostRank &&
        v.shape.every((extent) => Number(extent) >= leastExtent) &&
        this.#isPrecise(v, wish.precision),
    )
    if (fitting.length > 0 && this.chance.happens(0.8)) return this.chance.pick(fitting)
    const rank = this.chance.between(leastRank, Math.min(mostRank, Math.max(leastRank, 3)))
    return this.input({ shape: this.shape(rank, leastExtent), dtype: this.chance.pick(dtypes) })
  }

  /** A variable of exactly this type. */
  like(type: ArrayType, precision?: Precision): Variable {
    const fitting = this.variables.filter(
      (v) =>
        v.dtype === type.dtype &&
        v.shape.length === type.shape.length &&
        v.shape.every((extent, axis) => extent === type.shape[axis]) &&
        this.#isPrecise(v, precision),
    )
    if (fitting.length > 0 && this.chance.happens(0.6)) return this.chance.pick(fitting)
    if (this.#options.constants && this.chance.happens(0.2)) {
      const constant = op.full(this.b, type, this.value(type.dtype))
      this.variables.push(constant)
      return constant
    }
    return this.input(type)
  }

  input(type: ArrayType): Variable {
    const variable = this.b.input(type)
    this.variables.push(variable)
    return variable
  }

  /** An input that counts as rounded. */
  roundedInput(type: ArrayType): Variable {
    const variable = this.input(type)
    if (isFloat(type.dtype)) this.#rounded.add(variable)
    return variable
  }

  /** Appends an equation; its float results count as rounded where it or an operand is. */
  grow<P extends Primitive>(
    primitive: P,
    operands: readonly Variable[],
    params: ParamsOf[P],
    precision: Precision = "exact",
  ): void {
    const rounds = precision === "rounded" || operands.some((v) => this.#rounded.has(v))
    for (const result of this.b.emitAll(primitive, operands, params)) {
      if (rounds && isFloat(result.dtype)) this.#rounded.add(result)
      this.variables.push(result)
    }
  }

  /** One extent: mostly small, often 1, sometimes 0 or a larger prime. */
  extent(least = 0): number {
    const choices = [1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 13]
    return this.#options.empty && least === 0 && this.chance.happens(0.04)
      ? 0
      : this.chance.pick(choices.filter((n) => n >= least))
  }

  shape(rank: number, least = 0): number[] {
    const shape = Array.from({ length: rank }, () => this.extent(least))
    while (shape.reduce((a, b) => a * b, 1) > this.mostElements) {
      shape[shape.indexOf(Math.max(...shape))] = Math.max(least, 1, this.chance.between(1, 3))
    }
    return shape
  }

  /** A constant of a dtype. */
  value(dtype: DType): number {
    if (dtype === "bool") return this.chance.between(0, 1)
    if (dtype === "uint32") return this.chance.between(0, 3)
    if (dtype === "int32") return this.chance.between(-2, 3)
    return this.chance.pick([0, 1, -1, 0.5, 2, -1.5, 3.25])
  }

  /** Whether an array of this shape is small enough. */
  fits(shape: readonly number[]): boolean {
    return Number(elementsOf(shape)) <= 4 * this.mostElements
  }

  #isPrecise(variable: Variable, wanted: Precision | undefined): boolean {
    return wanted !== "exact" || !this.#rounded.has(variable)
  }
}
