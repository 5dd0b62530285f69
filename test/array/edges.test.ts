import { describe, expect, test } from "vitest"
import { Array, grad, nn, np, special } from "../../src/array/index.ts"
import { readFixture } from "./reference.ts"

type Stored = number | string | readonly Stored[]

interface Case {
  readonly f: string
  readonly args: readonly (Stored | number)[]
  readonly value: Stored
  readonly gradients: readonly Stored[]
}

/** What JAX gives: fixtures/make_edges.py. */
const cases = readFixture("edges.json") as readonly Case[]

/** Numbers of lists as deep as they are. */
function numbers(stored: Stored): number[] {
  return typeof stored === "object" ? stored.flatMap(numbers) : [Number(stored)]
}

function load(stored: Stored): Array {
  const shape: number[] = []
  for (let at: Stored = stored; typeof at === "object"; at = at[0]) shape.push(at.length)
  return np.array(Float32Array.from(numbers(stored))).reshape(shape)
}

function functionOf(path: string): (...args: readonly unknown[]) => Array {
  const start: unknown = { np, nn, special }
  const found = path.split(".").reduce((at, name): unknown => Reflect.get(Object(at), name), start)
  if (typeof found !== "function") throw new TypeError(`there is no ${path}`)
  return (...args) => Reflect.apply(found, undefined, args)
}

/** Where a result differs from what is wanted, beside the arguments there. */
async function faults(what: string, found: Array, wanted: Stored): Promise<string[]> {
  const want = numbers(wanted)
  const data = await found.data()
  // What is left of a row of numbers that cancel is as large as their last places.
  const row = typeof wanted === "object" && typeof wanted[0] === "object"
  const sizes = want.filter(Number.isFinite).map(Math.abs)
  const rounding = row ? 2e-7 * Math.max(1, ...sizes) : 0
  return want.flatMap((number, i) => {
    const close = Math.abs(data[i] - number) <= 4e-6 * Math.abs(number) + rounding
    // XLA makes zeros of what is below the normal numbers.
    const flushed = number === 0 && Math.abs(data[i]) < 2 ** -126
    const same = Object.is(data[i], number) || (close && (row || number !== 0)) || flushed
    return same ? [] : [`${what}[${i}] is ${data[i]}, not ${number}`]
  })
}

/** Where JAX's derivatives are not followed, and why. */
const others: { readonly [name: string]: string } = {
  "nn.relu": "at NaN ours is 1, as that of NaN itself",
  "nn.relu6": "at NaN ours is 1, as that of NaN itself",
  "np.hypot": "at ties JAX's is 1.06 where 1/√2 is right",
  "np.logaddexp": "beside infinity, and of equal numbers from 1e20 on, JAX's is above 1",
  "np.power": "JAX's is NaN where base and exponent are 0; ours is 0",
  "np.divide": "JAX squares the divisor, which overflows",
  "special.xlogy": "JAX's is NaN at 0 and overflows on the way to 1",
  "np.max": "of a row with NaN JAX's is NaN, ours 0 but for ties",
  "np.min": "of a row with NaN JAX's is NaN, ours 0 but for ties",
}

describe("where floats end, functions and their derivatives are JAX's", () => {
  test.each(cases)("$f", async ({ f, args, value, gradients }) => {
    const call = functionOf(f)
    const arrays = args.filter((arg) => typeof arg === "object").map(load)
    const rest = args.filter((arg) => typeof arg !== "object")
    const options = f === "np.linalg.norm" ? [undefined, 1] : rest
    const wrong = await faults("the value", call(...arrays, ...options), value)
    for (const [i, gradient] of gradients.entries()) {
      if (f in others) break
      const total = (...xs: Array[]): Array => call(...xs, ...options).sum()
      const derivative = grad(total, { argnums: i })(...arrays)
      if (!(derivative instanceof Array)) throw new TypeError("a gradient is an array")
      wrong.push(...(await faults(`gradient ${i}`, derivative, gradient)))
    }
    expect(wrong).toEqual([])
  })
})
