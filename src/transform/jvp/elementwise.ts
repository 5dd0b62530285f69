/**
 * Derivatives of the elementwise primitives. Conventions at kinks and poles are JAX's: sign(0) = 0,
 * equal operands of maximum share the derivative, x⁰ has derivative 0 and 0^y contributes no
 * logarithm.
 */

import {
  type ElementwisePrimitive,
  type GraphBuilder,
  operations as op,
  type Variable,
} from "../../graph/index.ts"
import { isFloat } from "../../size/index.ts"
import {
  addTangents,
  bilinear,
  constant,
  type JvpRule,
  linear,
  materialise,
  type Tangent,
} from "./rule.ts"

/** The part of ẏ that comes from one tangent t, given the operands x and the result y. */
type Partial = (b: GraphBuilder, t: Variable, y: Variable, x: readonly Variable[]) => Variable

/** ẏ = Σᵢ partialᵢ(ẋᵢ). */
function partials(...terms: readonly Partial[]): JvpRule<op.PlainElementwise> {
  return (b, primals, tangents, params, primitive) => {
    const y = b.emit(primitive, primals, params)
    let sum: Tangent
    for (const [i, term] of terms.entries()) {
      const t = tangents[i]
      if (t !== undefined) sum = addTangents(b, sum, term(b, t, y, primals))
    }
    return { results: [y], tangents: [sum] }
  }
}

/** ẏ = ẋ · f′(x), where f′ may use y. */
function slope(
  derivative: (b: GraphBuilder, x: Variable, y: Variable) => Variable,
): JvpRule<op.PlainElementwise> {
  return partials((b, t, y, [x]) => op.multiply(b, t, derivative(b, x, y)))
}

const oneMinusSquare = (b: GraphBuilder, x: Variable): Variable =>
  op.subtract(b, 1, op.square(b, x))
const onePlusSquare = (b: GraphBuilder, x: Variable): Variable => op.add(b, op.square(b, x), 1)
const rsqrt = (b: GraphBuilder, x: Variable): Variable => op.apply(b, "rsqrt", x)

/** The share of the derivative that goes to x where the greater (or lesser) of x, z is taken. */
function share(order: "greater" | "less"): (b: GraphBuilder, x: Variable, z: Variable) => Variable {
  return (b, x, z) =>
    op.select(
      b,
      op.combine(b, order, x, z),
      1,
      op.select(b, op.equal(b, x, z), 0.5, op.zeros(b, x)),
    )
}

function extremum(order: "greater" | "less"): JvpRule<op.PlainElementwise> {
  const shareOf = share(order)
  return partials(
    (b, t, _, [x, z]) => op.multiply(b, t, shareOf(b, x, z)),
    (b, t, _, [x, z]) => op.multiply(b, t, shareOf(b, z, x)),
  )
}

/** d xᵖ/dx = p·xᵖ⁻¹, and 0 where p = 0 even at x = 0. */
function powerByBase(b: GraphBuilder, x: Variable, p: Variable): Variable {
  const isZero = op.equal(b, p, 0)
  const lowered = op.select(b, isZero, 1, op.subtract(b, p, 1))
  const derivative = op.multiply(b, p, op.combine(b, "power", x, lowered))
  return op.select(b, isZero, 0, derivative)
}

/** d xᵖ/dp = xᵖ·log x, with log 0 read as 0. */
function powerByExponent(b: GraphBuilder, x: Variable, y: Variable): Variable {
  const nonZero = op.select(b, op.equal(b, x, 0), 1, x)
  return op.multiply(b, op.apply(b, "log", nonZero), y)
}

/** x/z with the fraction cut off. */
function truncatedQuotient(b: GraphBuilder, x: Variable, z: Variable): Variable {
  const quotient = op.divide(b, x, z)
  const whole = op.apply(b, "floor", op.apply(b, "abs", quotient))
  return op.multiply(b, op.apply(b, "sign", quotient), whole)
}

/** d erf/dx = 2/√π · e^(−x²). */
const erfSlope = (b: GraphBuilder, x: Variable): Variable =>
  op.multiply(b, op.apply(b, "exp", op.negate(b, op.square(b, x))), 2 / Math.sqrt(Math.PI))

export const elementwiseJvp: { readonly [P in ElementwisePrimitive]: JvpRule<P> } = {
  exp: slope((_b, _x, y) => y),
  expm1: slope((b, _x, y) => op.add(b, y, 1)),
  log: partials((b, t, _y, [x]) => op.divide(b, t, x)),
  log1p: partials((b, t, _y, [x]) => op.divide(b, t, op.add(b, x, 1))),
  sin: slope((b, x) => op.apply(b, "cos", x)),
  cos: slope((b, x) => op.negate(b, op.apply(b, "sin", x))),
  tan: slope((b, _x, y) => onePlusSquare(b, y)),
  asin: slope((b, x) => rsqrt(b, oneMinusSquare(b, x))),
  acos: slope((b, x) => op.negate(b, rsqrt(b, oneMinusSquare(b, x)))),
  atan: partials((b, t, _y, [x]) => op.divide(b, t, onePlusSquare(b, x))),
  sinh: slope((b, x) => op.apply(b, "cosh", x)),
  cosh: slope((b, x) => op.apply(b, "sinh", x)),
  tanh: slope((b, _x, y) => oneMinusSquare(b, y)),
  asinh: slope((b, x) => rsqrt(b, onePlusSquare(b, x))),
  acosh: slope((b, x) => rsqrt(b, op.multiply(b, op.subtract(b, x, 1), op.add(b, x, 1)))),
  atanh: partials((b, t, _y, [x]) => op.divide(b, t, oneMinusSquare(b, x))),
  sqrt: slope((b, _x, y) => op.divide(b, 0.5, y)),
  rsqrt: slope((b, x, y) => op.multiply(b, op.divide(b, y, x), -0.5)),
  cbrt: slope((b, _x, y) => op.divide(b, 1 / 3, op.square(b, y))),
  erf: slope((b, x) => erfSlope(b, x)),
  erfc: slope((b, x) => op.negate(b, erfSlope(b, x))),
  erfInv: slope((b, _x, y) =>
    op.multiply(b, op.apply(b, "exp", op.square(b, y)), Math.sqrt(Math.PI) / 2),
  ),
  logistic: slope((b, _x, y) => op.multiply(b, y, op.subtract(b, 1, y))),
  floor: constant(),
  ceil: constant(),
  round: constant(),
  negate: linear(),
  abs: slope((b, x) => op.select(b, op.combine(b, "greaterEqual", x, 0), op.ones(b, x), -1)),
  sign: constant(),
  add: partials(
    (_, t) => t,
    (_, t) => t,
  ),
  subtract: partials(
    (_, t) => t,
    (b, t) => op.negate(b, t),
  ),
  multiply: bilinear(),
  divide: partials(
    (b, t, _y, [, z]) => op.divide(b, t, z),
    (b, t, y, [, z]) => op.multiply(b, t, op.negate(b, op.divide(b, y, z))),
  ),
  remainder: partials(
    (_, t) => t,
    (b, t, _y, [x, z]) => op.multiply(b, t, op.negate(b, truncatedQuotient(b, x, z))),
  ),
  power: partials(
    (b, t, _y, [x, p]) => op.multiply(b, t, powerByBase(b, x, p)),
    (b, t, y, [x]) => op.multiply(b, t, powerByExponent(b, x, y)),
  ),
  maximum: extremum("greater"),
  minimum: extremum("less"),
  atan2: partials(
    (b, t, _, [x, z]) => op.multiply(b, t, op.divide(b, z, sumOfSquares(b, x, z))),
    (b, t, _, [x, z]) => op.multiply(b, t, op.negate(b, op.divide(b, x, sumOfSquares(b, x, z)))),
  ),
  not: constant(),
  and: constant(),
  or: constant(),
  xor: constant(),
  shiftLeft: constant(),
  shiftRightLogical: constant(),
  shiftRightArithmetic: constant(),
  populationCount: constant(),
  countLeadingZeros: constant(),
  threefry: constant(),
  isFinite: constant(),
  equal: constant(),
  notEqual: constant(),
  less: constant(),
  lessEqual: constant(),
  greater: constant(),
  greaterEqual: constant(),
  select: (b, [condition, x, z], [, dx, dz]) => ({
    results: [op.select(b, condition, x, z)],
    tangents: [op.select(b, condition, materialise(b, dx, x), materialise(b, dz, z))],
  }),
  cast: (b, [x], [dx], { dtype }) => ({
    results: [b.emit("cast", [x], { dtype })],
    tangents: [dx && isFloat(dtype) ? op.cast(b, dx, dtype) : undefined],
  }),
  bitcast: constant(),
  stopGradient: constant(),
}

function sumOfSquares(b: GraphBuilder, x: Variable, z: Variable): Variable {
  return op.add(b, op.square(b, x), op.square(b, z))
}
