import { afterAll, describe, expect, test } from "vitest"
import { type Device, openNative } from "../../../src/device/index.ts"
import { GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { compiler } from "../../device/native/compiler.ts"
import { largest, ulps } from "../ulps.ts"
import { erf } from "../wasm/error-function.ts"

const unary = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  erf,
  sin: Math.sin,
  cos: Math.cos,
  expm1: Math.expm1,
  log1p: Math.log1p,
  logistic: (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  rsqrt: (x: number) => 1 / Math.sqrt(x),
} as const

const names = [
  "exp",
  "log",
  "tanh",
  "erf",
  "sin",
  "cos",
  "expm1",
  "log1p",
  "logistic",
  "rsqrt",
] as const

/** Every 8191st float32 there is, of both signs: a prime step, so that low bits differ, too. */
function everywhere(): Float32Array {
  const count = Math.floor(2 ** 32 / 8191)
  const bits = Uint32Array.from({ length: count }, (_, i) => i * 8191)
  return new Float32Array(bits.buffer)
}

const divisors = [
  3,
  0.7,
  -1.9999999,
  2 ** 90 * 1.3,
  2 ** -120 * 1.7,
  2 ** -140,
  largest,
  0,
  Infinity,
]

describe.skipIf(compiler === undefined)("float32 functions in C", () => {
  let opened: Device | undefined
  const device = async (): Promise<Device> => (opened ??= await openNative({ threads: 2 }))
  afterAll(() => opened?.close())

  test("are within 2 units of the last place over the whole range", async () => {
    const x = everywhere()
    const b = new GraphBuilder()
    const given = b.input({ shape: [x.length], dtype: "float32" })
    const graph = b.build(names.map((name) => op.apply(b, name, given)))
    const on = await device()
    const results = on.compile(graph).run([on.put(x, [x.length], "float32")])
    for (const [i, name] of names.entries()) {
      const found = await results[i].read()
      let [worst, where] = [0, 0]
      for (const [k, value] of x.entries()) {
        const error = ulps(Number(found[k]), unary[name](value))
        if (error > worst) [worst, where] = [error, value]
      }
      expect(worst, `${name} of ${where}`).toBeLessThanOrEqual(2)
    }
  })

  test("so is a power, of bases and exponents from the whole range", async () => {
    const x = everywhere()
    // Exponents that bring results into the range of float32 as often as not.
    const y = x.map((base, i) => {
      const power = Math.log2(Math.abs(base))
      const wanted = ((i * 7919) % 300) - 150
      return i % 2 === 0 && Number.isFinite(power) && power !== 0
        ? wanted / power
        : x[(i * 31) % x.length]
    })
    const b = new GraphBuilder()
    const [base, exponent] = [0, 1].map(() => b.input({ shape: [x.length], dtype: "float32" }))
    const graph = b.build([op.combine(b, "power", base, exponent)])
    const on = await device()
    const [result] = on
      .compile(graph)
      .run([on.put(x, [x.length], "float32"), on.put(y, [x.length], "float32")])
    const found = await result.read()
    let [worst, where] = [0, 0]
    for (const [k, value] of x.entries()) {
      // C's pow, which unlike ECMAScript's has 1^y = 1 and (±1)^±∞ = 1.
      const one = value === 1 || (Math.abs(value) === 1 && Math.abs(y[k]) === Infinity)
      const error = ulps(Number(found[k]), one ? 1 : value ** y[k])
      if (error > worst) [worst, where] = [error, k]
    }
    expect(worst, `${x[where]} to the ${y[where]}`).toBeLessThanOrEqual(2)
  })

  test("quotients by one number are the rounded ones, but where bits are lost below", async () => {
    const x = everywhere()
    x.set([-0, 0])
    const b = new GraphBuilder()
    const given = b.input({ shape: [x.length], dtype: "float32" })
    const by = divisors.map(() => b.input({ shape: [], dtype: "float32" }))
    const graph = b.build(
      by.map((divisor) => op.divide(b, given, op.broadcast(b, divisor, [x.length], []))),
    )
    const on = await device()
    const scalars = divisors.map((divisor) => on.put(Float32Array.of(divisor), [], "float32"))
    const results = on.compile(graph).run([on.put(x, [x.length], "float32"), ...scalars])
    for (const [i, divisor] of divisors.entries()) {
      const found = await results[i].read()
      for (const [k, value] of x.entries()) {
        const exact = value / Math.fround(divisor)
        const right = Math.fround(exact)
        const got = Number(found[k])
        if (Object.is(got, right)) continue
        // The correction of a small dividend, or of a denormal quotient, has fewer than 24 bits.
        const small = Math.abs(value) < 2 ** -100 || Math.abs(right) < 2 ** -125
        if (!small || !(ulps(got, exact) <= 1))
          expect([value, divisor, got]).toEqual([value, divisor, right])
      }
    }
  })
})
