/** What is known of an array without its elements: shape, dtype and whether the dtype is weak. */

import type { ArrayType } from "../graph/index.ts"
import { type DType, dtypes, type Shape } from "../size/index.ts"

export class AbstractArray implements ArrayType {
  readonly shape: Shape
  readonly dtype: DType
  /** Whether the dtype came from plain numbers alone, so that it yields to any other array's. */
  readonly weak: boolean
  #key: string | undefined

  constructor(shape: Shape, dtype: DType, weak = false) {
    this.shape = shape
    this.dtype = dtype
    this.weak = weak
  }

  static of(type: ArrayType): AbstractArray {
    return type instanceof AbstractArray ? type : new AbstractArray(type.shape, type.dtype)
  }

  /** Equal keys mean equal types; `f32[2,3]`, with `~` before the shape of a weak one. */
  get key(): string {
    if (this.#key === undefined) {
      const sizes = this.shape.map((size) => (typeof size === "number" ? size : size.key))
      this.#key = `${dtypes[this.dtype].short}${this.weak ? "~" : ""}[${sizes.join(",")}]`
    }
    return this.#key
  }
}
