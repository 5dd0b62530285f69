/**
 * What formulas over lanes are written in, whatever language they become: each target implements
 * this interface, so every function has one formula, with one table of coefficients.
 */

/** A vector: code of the target that gives it, or a number that all lanes have. */
export type Vector<C> = C | number

/** A vector that changes while code runs. */
export interface Variable<C> {
  readonly value: C
  set(to: Vector<C>): void
}

/**
 * Lane-wise formulas over float32 or float64 lanes.
 *
 * Methods return code and write nothing, except where they say so; code that is used twice must be
 * kept. Masks have all bits of a lane set or none.
 */
export interface Lanes<C> {
  /** Evaluates once, where this is called; the result reads what was found. */
  keep(value: Vector<C>): C
  /** A variable that holds the value from here on. */
  variable(value: Vector<C>): Variable<C>

  add(a: Vector<C>, b: Vector<C>): C
  sub(a: Vector<C>, b: Vector<C>): C
  mul(a: Vector<C>, b: Vector<C>): C
  div(a: Vector<C>, b: Vector<C>): C
  /** The lesser, and `a` where either is NaN. */
  min(a: Vector<C>, b: Vector<C>): C
  /** The greater, and `a` where either is NaN. */
  max(a: Vector<C>, b: Vector<C>): C
  lt(a: Vector<C>, b: Vector<C>): C
  le(a: Vector<C>, b: Vector<C>): C
  gt(a: Vector<C>, b: Vector<C>): C
  ge(a: Vector<C>, b: Vector<C>): C
  eq(a: Vector<C>, b: Vector<C>): C
  ne(a: Vector<C>, b: Vector<C>): C
  abs(a: Vector<C>): C
  neg(a: Vector<C>): C
  sqrt(a: Vector<C>): C
  trunc(a: Vector<C>): C
  /** The nearest integer, halves to even. */
  nearest(a: Vector<C>): C

  and(a: Vector<C>, b: Vector<C>): C
  or(a: Vector<C>, b: Vector<C>): C
  xor(a: Vector<C>, b: Vector<C>): C
  /** Bits of `a` that `b` lacks. */
  andnot(a: Vector<C>, b: Vector<C>): C

  /** a·b + c, with one rounding or two as the target has it. */
  madd(a: Vector<C>, b: Vector<C>, c: Vector<C>): C
  /** c − a·b, with one rounding or two. */
  nmadd(a: Vector<C>, b: Vector<C>, c: Vector<C>): C
  /** c₀ + c₁x + c₂x² + …, by Horner's rule; x is evaluated once per degree. */
  polynomial(x: C, coefficients: readonly number[]): C
  /** `then` where the mask is set, else `otherwise`. */
  select(mask: Vector<C>, then: Vector<C>, otherwise: Vector<C>): C
  /** The magnitude, which is not negative, with the sign bits of `sign`. */
  withSign(magnitude: Vector<C>, sign: Vector<C>): C

  /** An integer in all lanes, of the lanes' width. */
  integer(value: number | bigint): C
  integerAdd(a: C, b: C): C
  integerSub(a: C, b: C): C
  /** Integer lanes moved left by a constant number of bits. */
  shiftLeft(a: C, bits: number): C
  /** Moved right, zeros coming in. */
  shiftRight(a: C, bits: number): C
  /** Moved right, copies of the sign coming in. */
  shiftRightSigned(a: C, bits: number): C
  /** The greater of 32-bit integer lanes. */
  integerGreatest(a: C, b: C): C
  integerGreater(a: C, b: C): C
  /** mantissa·2ⁿ in float32 lanes for whole n, rounded once, 0 where a mask is set; where the target has it. */
  scaled?(mantissa: Vector<C>, n: C, isZero: C): C
  /** The integers of 32-bit lanes as float32. */
  fromInteger(a: C): C

  /**
   * float32 results from a formula over float64, written once for the low half of the lanes and once
   * for the high; `half` gives it a float32 vector's half as float64, kept.
   */
  inHalves(formula: (d: Lanes<C>, half: (x: C) => C) => C): C

  /**
   * A formula of operands where all lanes of `magnitudes` are at most the limit or NaN, else another
   * one, which has the same bits where both are right. It is evaluated where this is called; where the
   * target has it.
   */
  within?(
    magnitudes: C,
    limit: number,
    operands: readonly C[],
    usual: (v: Lanes<C>, ...operands: C[]) => C,
    seldom: (v: Lanes<C>, ...operands: C[]) => C,
  ): C
  /** Writes code that runs `body` as long as any lane of the mask is set. */
  whileAny(mask: C, body: () => void): void
  /**
   * Writes code that sets, in float64 lanes where |x| ≥ `least`, `quadrant` and `r` to n and r with
   * x = n·π/2 + r modulo 2π and |r| ≤ π/4, by the exact reduction of large angles.
   */
  reduceLargeAngles(x: C, least: number, quadrant: Variable<C>, r: Variable<C>): void
}
