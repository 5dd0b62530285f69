/**
 * Trigonometric functions of float64 and their inverses, in float64 lanes throughout, as those of
 * `wide.ts`. Methods and coefficients are fdlibm's (Sun Microsystems, 1993).
 */

import type { Lanes } from "./lanes.ts"
import { outside, roundingMagic, upperBits, type Wide } from "./wide.ts"

/** π/2 in parts of 33 bits, whose products with 20 bits are exact, and what is left. */
const quarterTurn = [1.5707963267341256, 6.077100506303966e-11] as const
const quarterTurnRest = 2.0222662487959506e-21
/** From here on multiples of π/2 have more bits. */
const leastLargeAngle = 2 ** 19

/** (sin(r)/r − 1)/r² in r², for |r| ≤ π/4. */
const sineTail = [
  -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-6,
  -2.5050760253406863e-8, 1.58969099521155e-10,
]
/** (cos(r) − 1 + r²/2)/r⁴ in r², for |r| ≤ π/4. */
const cosineTail = [
  0.0416666666666666, -0.001388888888887411, 2.480158728947673e-5, -2.7557314351390663e-7,
  2.087572321298175e-9, -1.1359647557788195e-11,
]
/** 1 − atan(t)/t in t², over t², for |t| ≤ 7/16. */
const arcTangentTail = [
  0.3333333333333293, -0.19999999999876483, 0.14285714272503466, -0.11111110405462356,
  0.09090887133436507, -0.0769187620504483, 0.06661073137387531, -0.058335701337905735,
  0.049768779946159324, -0.036531572744216916, 0.016285820115365782,
]
/** Ratios that angles are measured from, those they serve from there on, and their angles in two parts. */
const arcTangents = [
  { ratio: 0.5, from: 7 / 16, high: 0.4636476090008061, low: 2.2698777452961687e-17 },
  { ratio: 1, from: 11 / 16, high: 0.7853981633974483, low: 3.061616997868383e-17 },
  { ratio: 1.5, from: 19 / 16, high: 0.982793723247329, low: 1.3903311031230998e-17 },
] as const
const leastSteep = 39 / 16
/** asin(x)/x − 1 = g·P(g)/Q(g) in g = x², for |x| ≤ 1/2. */
const arcSineNumerator = [
  0.16666666666666666, -0.3255658186224009, 0.20121253213486293, -0.04005553450067941,
  0.0007915349942898145, 3.479331075960212e-5,
]
const arcSineDenominator = [
  1, -2.403394911734414, 2.0209457602335057, -0.6882839716054533, 0.07703815055590194,
]
/** What float64 leaves of π and of π/2. */
const halfTurnLow = 1.2246467991473532e-16
const quarterTurnLow = 6.123233995736766e-17

/** x = n·π/2 + r + rest with |r| ≤ π/4 or so; the low bits of `quadrant` are those of n. */
function reduceAngle<C>(d: Lanes<C>, x: C): { quadrant: C; r: C; rest: C } {
  const [first, second] = quarterTurn
  const quadrant = d.keep(d.madd(x, 2 / Math.PI, roundingMagic))
  const n = d.keep(d.sub(quadrant, roundingMagic))
  const whole = d.keep(d.nmadd(n, first, x))
  const taken = d.keep(d.mul(n, second))
  const part = d.keep(d.sub(whole, taken))
  const lost = d.sub(d.sub(whole, part), taken)
  const low = d.keep(d.sub(d.mul(n, quarterTurnRest), lost))
  const r = d.keep(d.sub(part, low))
  return { quadrant, r, rest: d.keep(d.sub(d.sub(part, r), low)) }
}

/** Sine and cosine of a reduced angle. */
function reducedPair<C>(d: Lanes<C>, r: C, rest: C): { sine: C; cosine: C } {
  const [first, ...sineRest] = sineTail
  const squared = d.keep(d.mul(r, r))
  const cubed = d.keep(d.mul(squared, r))
  const inner = d.mul(
    squared,
    d.sub(d.mul(rest, 0.5), d.mul(cubed, d.polynomial(squared, sineRest))),
  )
  const sine = d.keep(d.sub(r, d.sub(d.sub(inner, rest), d.mul(cubed, first))))
  const half = d.keep(d.mul(squared, 0.5))
  const most = d.keep(d.sub(1, half))
  const tail = d.mul(d.mul(squared, squared), d.polynomial(squared, cosineTail))
  const lost = d.sub(d.sub(1, most), half)
  const cosine = d.keep(d.add(most, d.add(lost, d.sub(tail, d.mul(r, rest)))))
  return { sine, cosine }
}

function isOdd<C>(d: Lanes<C>, quadrant: C): C {
  return d.keep(d.integerGreater(d.and(quadrant, d.integer(1)), d.integer(0)))
}

/** sin: ±sin r or ±cos r by the quadrant; its second bit is the sign. */
export function sin<C>(d: Lanes<C>, x: C): Wide<C> {
  const { quadrant, r, rest } = reduceAngle(d, x)
  const { sine, cosine } = reducedPair(d, r, rest)
  const sign = d.shiftLeft(d.and(quadrant, d.integer(2)), 62)
  const turned = d.xor(d.select(isOdd(d, quadrant), cosine, sine), sign)
  const magnitude = d.keep(d.abs(x))
  // Near 0 the result is x itself, with its sign.
  const result = d.select(d.lt(magnitude, 2 ** -27), x, turned)
  return { result, beyond: d.gt(magnitude, leastLargeAngle) }
}

/** cos, which is sin one quadrant on. */
export function cos<C>(d: Lanes<C>, x: C): Wide<C> {
  const { quadrant, r, rest } = reduceAngle(d, x)
  const { sine, cosine } = reducedPair(d, r, rest)
  const next = d.keep(d.integerAdd(quadrant, d.integer(1)))
  const sign = d.shiftLeft(d.and(next, d.integer(2)), 62)
  const result = d.xor(d.select(isOdd(d, next), cosine, sine), sign)
  return { result, beyond: d.gt(d.abs(x), leastLargeAngle) }
}

/** The angle whose tangent is height/width, for positive numbers, neither huge nor tiny. */
function angleOf<C>(d: Lanes<C>, height: C, width: C): C {
  let [numerator, denominator] = [d.keep(height), d.keep(width)]
  let [high, low] = [d.keep(0), d.keep(0)]
  const reaches = (from: number): C => d.keep(d.ge(height, d.mul(width, from)))
  for (const { ratio, from, high: angle, low: more } of arcTangents) {
    const mask = reaches(from)
    numerator = d.keep(d.select(mask, d.sub(height, d.mul(width, ratio)), numerator))
    denominator = d.keep(d.select(mask, d.add(width, d.mul(height, ratio)), denominator))
    high = d.keep(d.select(mask, angle, high))
    low = d.keep(d.select(mask, more, low))
  }
  const isSteep = reaches(leastSteep)
  const t = d.keep(
    d.div(d.select(isSteep, d.neg(width), numerator), d.select(isSteep, height, denominator)),
  )
  high = d.select(isSteep, Math.PI / 2, high)
  low = d.select(isSteep, quarterTurnLow, low)
  const squared = d.keep(d.mul(t, t))
  const tail = d.mul(t, d.mul(squared, d.polynomial(squared, arcTangentTail)))
  return d.sub(high, d.sub(d.sub(tail, low), t))
}

export function atan<C>(d: Lanes<C>, x: C): Wide<C> {
  const magnitude = d.keep(d.abs(x))
  const result = d.withSign(angleOf(d, magnitude, d.keep(1)), x)
  return { result, beyond: outside(d, d.lt(magnitude, 2 ** 500)) }
}

/** The angle of the point (x, y). */
export function atan2<C>(d: Lanes<C>, y: C, x: C): Wide<C> {
  const height = d.keep(d.abs(y))
  const width = d.keep(d.abs(x))
  const angle = d.keep(angleOf(d, height, width))
  const leftward = d.sub(Math.PI, d.sub(angle, halfTurnLow))
  const result = d.withSign(d.select(d.lt(x, 0), leftward, angle), y)
  const least = d.min(height, width)
  const greatest = d.max(height, width)
  const beyond = outside(d, d.and(d.ge(least, 2 ** -500), d.lt(greatest, 2 ** 500)))
  // A minimum that left a NaN out says nothing of it.
  return { result, beyond: d.or(beyond, d.or(d.ne(x, x), d.ne(y, y))) }
}

/**
 * Below 1/2: g = x² and z = x. Above: g = (1 − |x|)/2 and z = √g. In both z·P(g)/Q(g)·g is what asin z
 * has more than z.
 */
function arcSineParts<C>(d: Lanes<C>, x: C) {
  const magnitude = d.keep(d.abs(x))
  const isLarge = d.keep(d.ge(magnitude, 0.5))
  const g = d.keep(d.select(isLarge, d.mul(d.sub(1, magnitude), 0.5), d.mul(x, x)))
  const root = d.keep(d.sqrt(g))
  const ratio = d.mul(
    g,
    d.div(d.polynomial(g, arcSineNumerator), d.polynomial(g, arcSineDenominator)),
  )
  // The root's upper half, and what that leaves of it.
  const upper = d.keep(d.and(root, d.integer(upperBits)))
  const lower = d.keep(d.div(d.nmadd(upper, upper, g), d.add(root, upper)))
  return { magnitude, isLarge, root, ratio: d.keep(ratio), upper, lower }
}

/** asin; from 1/2 on it is π/2 − 2·asin √((1−x)/2). */
export function asin<C>(d: Lanes<C>, x: C): Wide<C> {
  const { magnitude, isLarge, root, ratio, upper, lower } = arcSineParts(d, x)
  const small = d.madd(magnitude, ratio, magnitude)
  const more = d.sub(d.mul(d.add(root, root), ratio), d.sub(quarterTurnLow, d.add(lower, lower)))
  const most = d.sub(Math.PI / 4, d.add(upper, upper))
  const large = d.sub(Math.PI / 4, d.sub(more, most))
  const result = d.withSign(d.select(isLarge, large, small), x)
  return { result, beyond: outside(d, d.lt(magnitude, 1)) }
}

/** acos: π/2 − asin x, or 2·asin √((1−|x|)/2) and its complement to π from 1/2 on. */
export function acos<C>(d: Lanes<C>, x: C): Wide<C> {
  const { magnitude, isLarge, root, ratio, upper, lower } = arcSineParts(d, x)
  const small = d.sub(Math.PI / 2, d.sub(x, d.nmadd(x, ratio, quarterTurnLow)))
  const right = d.mul(d.add(upper, d.madd(root, ratio, lower)), 2)
  const left = d.sub(Math.PI, d.mul(d.add(root, d.sub(d.mul(root, ratio), quarterTurnLow)), 2))
  const result = d.select(isLarge, d.select(d.lt(x, 0), left, right), small)
  return { result, beyond: outside(d, d.lt(magnitude, 1)) }
}
