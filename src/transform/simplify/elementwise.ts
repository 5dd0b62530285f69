/**
 * Rewrite rules of elementwise arithmetic. They hold for NaN and infinities; of zeros they may
 * change the sign (x + 0 → x).
 */

import {
  type ElementwisePrimitive,
  inferTypes,
  isElementwise,
  operations as op,
  type Primitive,
  type Variable,
} from "../../graph/index.ts"
import { dtypes, isFloat, shapesEqual } from "../../size/index.ts"
import type { Rewrite, SimplifyingBuilder } from "./builder.ts"
import { foldConstant } from "./constants.ts"

type Rows = { readonly [P in ElementwisePrimitive]?: readonly Rewrite<P>[] }

/** f(full a, full b) → full f(a, b) */
export const foldConstants: Rewrite<Primitive> = (b, operands, params, primitive) => {
  if (!isElementwise(primitive)) return undefined
  const values = operands.map((operand) => b.constant(operand))
  if (!values.every((value) => value !== undefined)) return undefined
  const [type] = inferTypes(primitive, operands, params)
  const value = foldConstant(primitive, operands, values, type.dtype)
  return value === undefined ? undefined : op.full(b, type, value)
}

/** f(broadcast x, broadcast y) → broadcast f(x, y), where constants count as broadcasts. */
export const applyBeforeBroadcast: Rewrite<Primitive> = (b, operands, params, primitive) => {
  if (!isElementwise(primitive)) return undefined
  const broadcasts = operands.map((operand) => b.match(operand, "broadcast"))
  const model = broadcasts.find((found) => found !== undefined)
  if (model === undefined) return undefined
  const { axes, shape } = model.params
  const from = model.operands[0].shape
  const inner: Variable[] = []
  for (const [i, found] of broadcasts.entries()) {
    const constant = b.constant(operands[i])
    if (found !== undefined) {
      const same =
        shapesEqual(found.operands[0].shape, from) &&
        found.params.axes.every((axis, j) => axis === axes[j])
      if (!same) return undefined
      inner.push(found.operands[0])
    } else if (constant !== undefined) {
      inner.push(op.full(b, { shape: from, dtype: operands[i].dtype }, constant))
    } else return undefined
  }
  return op.broadcast(b, b.emit(primitive, inner, params), shape, axes)
}

type Match = (b: SimplifyingBuilder, x: Variable) => Variable | undefined

const negated: Match = (b, x) => b.match(x, "negate")?.operands[0]

/** The rule f(x, c) → result, for one value of the constant c. */
function withRight(
  value: number,
  result: (b: SimplifyingBuilder, x: Variable) => Variable | undefined,
): Rewrite<op.PlainElementwise> {
  return (b, [x, y]) => (b.constant(y) === value ? result(b, x) : undefined)
}

function withLeft(
  value: number,
  result: (b: SimplifyingBuilder, y: Variable) => Variable | undefined,
): Rewrite<op.PlainElementwise> {
  return (b, [x, y]) => (b.constant(x) === value ? result(b, y) : undefined)
}

const itself = (_b: SimplifyingBuilder, x: Variable): Variable => x
const unlessFloat =
  (result: (b: SimplifyingBuilder, x: Variable) => Variable) =>
  (b: SimplifyingBuilder, x: Variable): Variable | undefined =>
    isFloat(x.dtype) ? undefined : result(b, x)
const whereBool =
  (result: (b: SimplifyingBuilder, x: Variable) => Variable) =>
  (b: SimplifyingBuilder, x: Variable): Variable | undefined =>
    x.dtype === "bool" ? result(b, x) : undefined
const ofEqual =
  (
    result: (b: SimplifyingBuilder, x: Variable) => Variable | undefined,
  ): Rewrite<op.PlainElementwise> =>
  (b, [x, y]) =>
    x === y ? result(b, x) : undefined
const truth =
  (value: 0 | 1) =>
  (b: SimplifyingBuilder, { shape }: Variable): Variable =>
    op.full(b, { shape, dtype: "bool" }, value)

/** Whether an array is known to be nowhere greater than a bound. */
function atMost(b: SimplifyingBuilder, x: Variable, bound: number): boolean {
  const value = b.constant(x)
  return value !== undefined && value <= bound
}

/** Whether x counts along an axis that ends before the constant y is exceeded. */
function isWithin(b: SimplifyingBuilder, x: Variable, y: Variable): boolean {
  const counted = b.match(x, "iota")?.params
  const limit = b.constant(y)
  if (counted === undefined || limit === undefined) return false
  const extent = counted.shape[counted.axis]
  return typeof extent === "number" && extent - 1 <= limit
}

export const elementwiseRows: Rows = {
  negate: [
    // −(−x) → x
    (b, [x]) => negated(b, x),
  ],
  add: [
    // x + 0 → x
    withRight(0, itself),
    withLeft(0, itself),
    // x + (−y) → x − y
    (b, [x, y]) => {
      const z = negated(b, y)
      return z && op.subtract(b, x, z)
    },
    // (−x) + y → y − x
    (b, [x, y]) => {
      const z = negated(b, x)
      return z && op.subtract(b, y, z)
    },
  ],
  subtract: [
    // x − 0 → x
    withRight(0, itself),
    // 0 − x → −x
    withLeft(0, op.negate),
    // x − x → 0 for integers (∞ − ∞ is NaN)
    ofEqual(unlessFloat(op.zeros)),
    // x − (−y) → x + y
    (b, [x, y]) => {
      const z = negated(b, y)
      return z && op.add(b, x, z)
    },
  ],
  multiply: [
    // x·1 → x
    withRight(1, itself),
    withLeft(1, itself),
    // x·(−1) → −x
    withRight(-1, op.negate),
    withLeft(-1, op.negate),
    // x·0 → 0 for integers (∞·0 is NaN)
    withRight(0, unlessFloat(op.zeros)),
    withLeft(0, unlessFloat(op.zeros)),
    // (−x)·(−y) → x·y
    (b, [x, y]) => {
      const [u, v] = [negated(b, x), negated(b, y)]
      return u && v && op.multiply(b, u, v)
    },
  ],
  divide: [
    // x/1 → x
    withRight(1, itself),
  ],
  power: [
    // x⁰ → 1, also of NaN
    withRight(0, op.ones),
    // x¹ → x
    withRight(1, itself),
    // x² → x·x
    withRight(2, op.square),
  ],
  abs: [
    // |−x| → |x|, unless −x wraps around to a positive number
    (b, [x]) => {
      const y = dtypes[x.dtype].kind === "unsigned" ? undefined : negated(b, x)
      return y && op.apply(b, "abs", y)
    },
    // ||x|| → |x|
    (b, [x]) => (b.match(x, "abs") ? x : undefined),
  ],
  maximum: [
    // max(x, x) → x
    ofEqual(itself),
    // max(iota, c) → iota where c ≤ 0
    (b, [x, y]) => (atMost(b, y, 0) && b.match(x, "iota") ? x : undefined),
  ],
  minimum: [
    // min(x, x) → x
    ofEqual(itself),
    // min(iota, c) → iota where no index exceeds c
    (b, [x, y]) => (isWithin(b, x, y) ? x : undefined),
  ],
  not: [
    // ¬¬x → x
    (b, [x]) => b.match(x, "not")?.operands[0],
  ],
  and: [
    // x ∧ x → x
    ofEqual(itself),
    // x ∧ 0 → 0
    withRight(0, op.zeros),
    withLeft(0, op.zeros),
    // x ∧ true → x
    withRight(1, whereBool(itself)),
    withLeft(1, whereBool(itself)),
  ],
  or: [
    // x ∨ x → x
    ofEqual(itself),
    // x ∨ 0 → x
    withRight(0, itself),
    withLeft(0, itself),
    // x ∨ true → true
    withRight(1, whereBool(op.ones)),
    withLeft(1, whereBool(op.ones)),
  ],
  xor: [
    // x ⊻ x → 0
    ofEqual(op.zeros),
    // x ⊻ 0 → x
    withRight(0, itself),
    withLeft(0, itself),
  ],
  // x << 0 → x
  shiftLeft: [withRight(0, itself)],
  // x >> 0 → x
  shiftRightLogical: [withRight(0, itself)],
  shiftRightArithmetic: [withRight(0, itself)],
  // x = x → true for integers (NaN is not itself)
  equal: [ofEqual(unlessFloat(truth(1)))],
  // x ≠ x → false for integers
  notEqual: [ofEqual(unlessFloat(truth(0)))],
  lessEqual: [
    // x ≤ x → true for integers
    ofEqual(unlessFloat(truth(1))),
    // iota ≤ c → true where no index exceeds c
    (b, [x, y]) => (isWithin(b, x, y) ? truth(1)(b, x) : undefined),
  ],
  greaterEqual: [
    // x ≥ x → true for integers
    ofEqual(unlessFloat(truth(1))),
    // iota ≥ c → true where c ≤ 0
    (b, [x, y]) => (atMost(b, y, 0) && b.match(x, "iota") ? truth(1)(b, x) : undefined),
  ],
  // x < x → false
  less: [ofEqual(truth(0))],
  greater: [ofEqual(truth(0))],
  select: [
    // select(true, x, y) → x, select(false, x, y) → y
    (b, [condition, x, y]) => {
      const known = b.constant(condition)
      return known === undefined ? undefined : known === 0 ? y : x
    },
    // select(c, x, x) → x
    (_b, [, x, y]) => (x === y ? x : undefined),
    // select(¬c, x, y) → select(c, y, x)
    (b, [condition, x, y]) => {
      const opposite = b.match(condition, "not")?.operands[0]
      return opposite && op.select(b, opposite, y, x)
    },
    // select(c, true, false) → c
    (b, [condition, x, y]) =>
      x.dtype === "bool" && b.constant(x) === 1 && b.constant(y) === 0 ? condition : undefined,
  ],
  cast: [
    // cast x to its own dtype → x
    (_b, [x], { dtype }) => (x.dtype === dtype ? x : undefined),
    // cast of a bool's cast → cast of the bool: every dtype holds 0 and 1
    (b, [x], { dtype }) => {
      const inner = b.match(x, "cast")?.operands[0]
      return inner?.dtype === "bool" ? op.cast(b, inner, dtype) : undefined
    },
  ],
}

/** Rules for graphs that nothing will differentiate any more: what they remove stops derivatives. */
export const finalRows: Rows = {
  // stopGradient x → x
  stopGradient: [(_b, [x]) => x],
  // bitcast x to its own dtype → x
  bitcast: [(_b, [x], { dtype }) => (x.dtype === dtype ? x : undefined)],
}
