/** Arithmetic on i32 counts and addresses, written as nested expressions. */

import type { FunctionBuilder, Operand } from "./assembler.ts"

/** Each method returns code that pushes its result; operands are numbers, locals or such code. */
export class Counts {
  readonly #f: FunctionBuilder

  constructor(f: FunctionBuilder) {
    this.#f = f
  }

  readonly add = (a: Operand, b: Operand): (() => void) => {
    if (b === 0) return () => this.#push(a)
    return this.#binary(a, b, () => this.#f.i32.add())
  }

  readonly subtract = (a: Operand, b: Operand): (() => void) =>
    this.#binary(a, b, () => this.#f.i32.sub())

  readonly multiply = (a: Operand, b: Operand): (() => void) => {
    if (b === 1) return () => this.#push(a)
    return this.#binary(a, b, () => this.#f.i32.mul())
  }

  /** ⌊a/b⌋ of counts, which are not negative. */
  readonly quotient = (a: Operand, b: Operand): (() => void) => {
    if (b === 1) return () => this.#push(a)
    return this.#binary(a, b, () => this.#f.i32.div_u())
  }

  readonly remainder = (a: Operand, b: Operand): (() => void) =>
    this.#binary(a, b, () => this.#f.i32.rem_u())

  readonly isLess = (a: Operand, b: Operand): (() => void) =>
    this.#binary(a, b, () => this.#f.i32.lt_s())

  /** The lesser of two counts; each is pushed twice. */
  readonly least =
    (a: Operand, b: Operand): (() => void) =>
    () => {
      this.#push(a)
      this.#push(b)
      this.isLess(a, b)()
      this.#f.select()
    }

  /** The greater of two counts; each is pushed twice. */
  readonly greatest =
    (a: Operand, b: Operand): (() => void) =>
    () => {
      this.#push(a)
      this.#push(b)
      this.isLess(b, a)()
      this.#f.select()
    }

  #binary(a: Operand, b: Operand, operate: () => void): () => void {
    return () => {
      this.#push(a)
      this.#push(b)
      operate()
    }
  }

  #push(operand: Operand): void {
    this.#f.push(operand, "i32")
  }
}
