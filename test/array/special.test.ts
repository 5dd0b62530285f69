import { describe, expect, test } from "vitest"
import { type Array, grad, np, special, vmap } from "../../src/array/index.ts"
import { readFixture } from "./reference.ts"

interface Values {
  readonly args: readonly (readonly (number | string)[])[]
  readonly result: readonly (number | string)[]
}

const stored = readFixture("special.json") as { readonly [name: string]: Values }
const functions: Readonly<Record<string, unknown>> = special

/** Where a value's own error comes from its argument, which a float says to 24 bits alone. */
const tolerances: { readonly [name: string]: number } = {
  gamma: 3e-6,
  beta: 4e-6,
  factorial: 3e-6,
  logNdtr: 5e-6,
  // Tails down to 1e-26 are powers of e whose exponent is rounded.
  gammainc: 1.5e-5,
  gammaincc: 1.5e-5,
  // Sines of large numbers, and squares of them.
  "sici 1": 5e-6,
}

function apart(found: number, wanted: number): boolean {
  if (Object.is(found, wanted) || (Number.isNaN(found) && Number.isNaN(wanted))) return false
  // Smaller numbers than the least normal float may be read as 0.
  if (Math.abs(wanted) < 2 ** -126) return !(Math.abs(found - wanted) < 2 ** -126)
  return Math.fround(wanted) !== found
}

function relative(found: number, wanted: number, least = 0): number {
  return apart(found, wanted) ? Math.abs(found - wanted) / Math.max(Math.abs(wanted), least) : 0
}

/** About a zero inside its range the error of a function is that of its size elsewhere. */
const rooted = [
  "expi",
  "spence",
  "sici 1",
  "gammaln",
  "digamma",
  "betaln",
  "polygamma",
  "logit",
  "ndtri",
  "klDiv",
  "relEntr",
]

describe.each(Object.entries(stored))("special.%s", (name, { args, result }) => {
  test("agrees with SciPy over its whole range", async () => {
    // Of a function with several results the number of one is behind its name.
    const [called, part] = name.split(" ")
    const call = functions[called]
    if (typeof call !== "function") throw new TypeError(`there is no special.${name}`)
    const arrays = args.map((values) => np.array(values.map(Number)))
    const value = call(...arrays)
    const found = await (part === undefined
      ? (value as Array)
      : (value as Array[])[Number(part)]
    ).data()
    const wrong = result.map(Number).flatMap((wanted, i) => {
      const error = relative(found[i], wanted, rooted.includes(name) ? 0.1 : 0)
      if (error <= (tolerances[name] ?? 2e-6)) return []
      return [`(${args.map((values) => values[i])}) is ${found[i]}, not ${wanted}: ${error}`]
    })
    expect(wrong).toEqual([])
  })
})

test("the derivative of ln Γ is ψ, and that of ψ the first polygamma function", async () => {
  const x = np.array([0.02, 0.3, 1, 1.7, 2.2, 3.3, 7.5, 12, 400, -0.4, -3.3])
  const slope = await vmap(grad((y: Array) => special.gammaln(y)))(x).data()
  const wanted = await special.digamma(x).data()
  for (const [i, value] of wanted.entries())
    expect(relative(slope[i], value, 0.1)).toBeLessThan(1e-5)
  const above = np.array([0.02, 0.3, 1, 1.7, 2.2, 3.3, 7.5, 12, 400])
  const second = await vmap(grad((y: Array) => special.digamma(y)))(above).data()
  const trigamma = await special.polygamma(1, above).data()
  for (const [i, value] of trigamma.entries()) {
    expect(Math.abs(second[i] / value - 1)).toBeLessThan(1e-5)
  }
})

test("products with logarithms have the derivative of the logarithm at 0", async () => {
  const slope = await grad((x: Array) => special.xlogy(x, np.array(2)))(np.array(0)).item()
  expect(slope).toBeCloseTo(Math.log(2), 6)
  const atZero = await grad((x: Array) => special.xlogy(x, x))(np.array(0)).item()
  expect(atZero).not.toBeNaN()
})

test("derivatives by the parameter are right too, also where one formula hands over", async () => {
  // (P(a + h, x) − P(a − h, x))/2h in float64.
  const wanted = [
    [0.5, 0.3, -0.77057035],
    [2, 3, -0.19742542],
    [12, 9, -0.08490025],
    [39, 42, -0.05526292],
    [80, 75, -0.03916796],
  ]
  for (const [a, x, slope] of wanted) {
    const found = await grad((b: Array) => special.gammainc(b, x))(np.array(a)).item()
    expect(found).toBeCloseTo(slope, 5)
  }
  const ends = np.array([2.5, 8, 3, 1.5, 0.5])
  const slopes = await vmap(grad((y: Array) => special.gammaln(y)))(ends).data()
  const digammas = await special.digamma(ends).data()
  for (const [i, value] of digammas.entries()) expect(slopes[i]).toBeCloseTo(value, 5)
  expect(await grad((y: Array) => special.i1e(y))(np.array(0)).item()).toBe(0.5)
})

test("the incomplete gamma function has the gamma density as its derivative", async () => {
  for (const a of [0.4, 2, 12, 39, 80]) {
    const x = np.array([0.3 * a, 0.95 * a, a, a + 1, a + 2, 2 * a])
    const slope = await vmap(grad((y: Array) => special.gammainc(a, y)))(x).data()
    const log = np.subtract(special.xlogy(a - 1, x), np.add(x, special.gammaln(a)))
    for (const [i, value] of (await np.exp(log).data()).entries()) {
      expect(Math.abs(slope[i] - value)).toBeLessThan(2e-5 * value + 1e-9)
    }
  }
})

test("integrals have their integrands as derivatives", async () => {
  const x = np.array([0.2, 0.9, 1, 1.7, 3, 4.5, 8, 20])
  const square = np.square(x)
  const half = np.multiply(np.pi / 2, square)
  const slopes: readonly (readonly [(x: Array) => Array, Array])[] = [
    [special.expi, np.divide(np.exp(x), x)],
    [(y) => special.sici(y)[0], np.divide(np.sin(x), x)],
    [(y) => special.sici(y)[1], np.divide(np.cos(x), x)],
    [(y) => special.fresnel(y)[0], np.sin(half)],
    [(y) => special.fresnel(y)[1], np.cos(half)],
    [special.dawsn, np.subtract(1, np.multiply(2, np.multiply(x, special.dawsn(x))))],
    [(y) => special.expn(3, y), np.negative(special.expn(2, x))],
    [(y) => special.hyp1f1(1, 2, y), np.multiply(0.5, special.hyp1f1(2, 3, x))],
    [
      (y) => special.hyp2f1(1, 0.5, 2.25, np.negative(y)),
      np.multiply(-0.5 / 2.25, special.hyp2f1(2, 1.5, 3.25, np.negative(x))),
    ],
    [
      (y) => special.besselJn(y, { v: 1 }).slice(0),
      np.negative(special.besselJn(x, { v: 1 }).slice(1)),
    ],
  ]
  for (const [f, wanted] of slopes) {
    const found = await vmap(grad((y: Array) => f(y)))(x).data()
    for (const [i, value] of (await wanted.data()).entries()) {
      expect(Math.abs(found[i] - value)).toBeLessThan(3e-5 * Math.abs(value) + 3e-5)
    }
  }
  // Around 1, where ln x/(1 − x) has no number to divide by.
  expect(await grad((y: Array) => special.spence(y))(np.array(1)).item()).toBe(-1)
  expect(await grad((y: Array) => special.erfcx(y))(np.array(0)).item()).toBeCloseTo(-1.128379, 5)
})
