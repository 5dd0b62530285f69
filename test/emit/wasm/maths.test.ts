import { describe, expect, test } from "vitest"
import { ModuleBuilder } from "../../../src/emit/wasm/assembler.ts"
import type { BinaryMath, MathName, UnaryMath } from "../../../src/emit/wasm/maths.ts"
import {
  addMath,
  addScalarMath,
  addThreefry,
  binaryMaths,
  inlineMath,
  inlineTogether,
  mathArity,
  unaryMaths,
} from "../../../src/emit/wasm/maths.ts"
import { Chance } from "../../graph/chance.ts"
import { largest, ulps } from "../ulps.ts"
import { erf, erfc, erfInv } from "./error-function.ts"

/** Operands and results stand at these places of one memory, `capacity` float32 each. */
const capacity = 1 << 16

interface Mapped {
  readonly operands: readonly [Float32Array, Float32Array]
  readonly results: Float32Array
  /** Fills the first `count` results (a multiple of 4) from the operands. */
  run(count: number): void
}

/** A module that maps a function over memory, four lanes at a time. */
function mapped(name: MathName, relaxed: boolean, how: "call" | "inline" = "call"): Mapped {
  const m = new ModuleBuilder()
  m.memory({ initial: (3 * capacity * 4) / 65536 }, "memory")
  const arity = mathArity(name)
  const maths = addMath(m, name, { relaxed })
  const f = m.function({ params: ["i32"], results: [] }, "map")
  const i = f.local("i32", "i")
  const operands = [f.local("v128", "a"), f.local("v128", "b")].slice(0, arity)
  const result = f.local("v128", "result")
  f.forRange(i, 0, f.param(0), 16, () => {
    for (const [position, operand] of operands.entries()) {
      f.localGet(i)
      f.v128.load(position * capacity * 4)
      f.localSet(operand)
    }
    if (how === "call") {
      for (const operand of operands) f.localGet(operand)
      f.call(maths)
    } else inlineMath(m, f, name, operands, { relaxed })
    f.localSet(result)
    f.localGet(i)
    f.localGet(result)
    f.v128.store(2 * capacity * 4)
  })
  m.exportFunction("map", f)
  const { memory, map } = instantiate(m)
  if (!(memory instanceof WebAssembly.Memory)) throw new Error("memory is not exported")
  if (typeof map !== "function") throw new Error("map is not exported")
  const view = (position: number) =>
    new Float32Array(memory.buffer, position * capacity * 4, capacity)
  return { operands: [view(0), view(1)], results: view(2), run: (count) => map(4 * count) }
}

function instantiate(m: ModuleBuilder): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(m.finish())).exports
}

/** A generator of numbers from 0 to 1 that is the same on every run. */
function uniform(seed: number): () => number {
  const chance = new Chance(seed)
  return () => chance.next()
}

const unaryReferences: { readonly [N in UnaryMath]: (x: number) => number } = {
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log1p: Math.log1p,
  cbrt: Math.cbrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  round: (x) => {
    const floor = Math.floor(x)
    const up = x - floor > 0.5 || (x - floor === 0.5 && floor % 2 !== 0)
    const nearest = up ? floor + 1 : floor
    return nearest === 0 ? 0 * Math.sign(x) : Math.abs(x) === Infinity ? x : nearest
  },
  tanh: Math.tanh,
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  erf,
  erfc,
  erfInv,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
}

const binaryReferences: { readonly [N in BinaryMath]: (a: number, b: number) => number } = {
  // C's pow, which unlike ECMAScript's has 1^y = 1 and (±1)^±∞ = 1.
  pow: (x, y) => (x === 1 || (Math.abs(x) === 1 && Math.abs(y) === Infinity) ? 1 : x ** y),
  atan2: Math.atan2,
  remainder: (x, y) => x % y,
}

/** Functions that are computed in float32 throughout. */
const inSingles: ReadonlySet<MathName> = new Set<MathName>([
  ...(["exp", "exp2", "expm1", "log", "tanh", "sigmoid", "erf", "erfInv", "rsqrt"] as const),
])

/** Other functions are exact or rounded once from float64. */
const tolerance = (name: MathName): number => {
  if (name === "round" || name === "remainder") return 0.5
  return inSingles.has(name) ? 2 : 0.51
}

const edges = [
  ...[0, 1e-45, 2 ** -127, 2 ** -126, 2 ** -25, 2 ** -24, 0.25, 0.5, 0.75, 0.9999999, 1, 1.0000001],
  ...[1.5, 2, 2.5, 3, 4, 5, 20, 87, 88.72, 88.73, 89, 103.97, 104, 127, 128, 149, 150, 2 ** 23],
  ...[2 ** 23 + 1, 2 ** 24 - 1, 2 ** 24, 2 ** 24 + 2, 2 ** 31, 2 ** 64, 1e38, largest, Infinity],
].flatMap((x) => [x, -x])
edges.push(Number.NaN)

describe.each([false, true])("with relaxed vectors %s", (relaxed) => {
  test.each(unaryMaths)("%s is within 2 ulp over all of float32", (name) => {
    const samples = name === "erfInv" || name === "erf" || name === "erfc" ? 2 ** 18 : 2 ** 20
    const { operands, results, run } = mapped(name, relaxed)
    const bits = new Uint32Array(operands[0].buffer, operands[0].byteOffset, capacity)
    const reference = unaryReferences[name]
    const random = uniform(1)
    const stratum = 2 ** 32 / samples
    const worst = { ulps: 0, x: 0, result: 0, reference: 0 }
    for (let first = 0; first < samples; first += capacity) {
      for (let i = 0; i < capacity; i++) bits[i] = (first + i + random()) * stratum
      run(capacity)
      for (let i = 0; i < capacity; i++) {
        const x = operands[0][i]!
        const error = ulps(results[i]!, reference(x))
        if (error > worst.ulps) {
          Object.assign(worst, { ulps: error, x, result: results[i]!, reference: reference(x) })
        }
      }
    }
    expect(worst.ulps, JSON.stringify(worst)).toBeLessThanOrEqual(tolerance(name))
  })

  test("erfInv is within 2 ulp where it is steep", () => {
    const { operands, results, run } = mapped("erfInv", relaxed)
    const [count, first] = [2 ** 15, 0.98]
    const bits = new Uint32Array(operands[0].buffer, operands[0].byteOffset, capacity)
    const [from, to] = new Uint32Array(Float32Array.of(first, 1).buffer)
    for (let i = 0; i < count; i++) bits[i] = from! + Math.floor(((to! - from!) * i) / count)
    run(count)
    const errors = Array.from({ length: count }, (_, i) =>
      ulps(results[i]!, erfInv(operands[0][i]!)),
    )
    expect(Math.max(...errors)).toBeLessThanOrEqual(2)
  })

  test.each(unaryMaths)("%s is right at the edges of float32", (name) => {
    const { operands, results, run } = mapped(name, relaxed)
    operands[0].set(edges)
    run(Math.ceil(edges.length / 4) * 4)
    const wrong = edges.map((_, i) => {
      const x = operands[0][i]!
      const reference = unaryReferences[name](x)
      return ulps(results[i]!, reference) <= 2 ? [] : [[x, results[i], reference]]
    })
    expect(wrong.flat()).toEqual([])
  })

  test.each(binaryMaths)(
    "%s is within 2 ulp for operands of all sizes and at the edges",
    (name) => {
      const { operands, results, run } = mapped(name, relaxed)
      const [a, b] = operands
      const [aBits, bBits] = [a, b].map(
        (view) => new Uint32Array(view.buffer, view.byteOffset, capacity),
      )
      const random = uniform(2)
      const worst = { ulps: 0, a: 0, b: 0, result: 0, reference: 0 }
      const rounds: (() => void)[] = [
        () => {
          for (let i = 0; i < capacity; i++) {
            a[i] = edges[i % edges.length]!
            b[i] = edges[Math.floor(i / edges.length) % edges.length]!
          }
        },
        () => {
          for (let i = 0; i < capacity; i++) {
            aBits![i] = random() * 2 ** 32
            bBits![i] = random() * 2 ** 32
          }
        },
        // Operands whose result is neither 0 nor infinite: near each other, or a fitting power.
        () => {
          for (let i = 0; i < capacity; i++) {
            aBits![i] = random() < 0.5 ? random() * 2 ** 32 : 0x3f800000 + random() * 2 ** 20
            const power = (random() * 300 - 150) / Math.log2(Math.abs(a[i]!))
            b[i] = name === "pow" ? power : a[i]! * 2 ** (random() * 60 - 40)
          }
        },
        () => {
          for (let i = 0; i < capacity; i++) {
            a[i] = Math.fround(random() * 40 - 20)
            b[i] = Math.round(random() * 40 - 20) / 2
          }
        },
      ]
      for (const fill of rounds) {
        fill()
        run(capacity)
        for (let i = 0; i < capacity; i++) {
          const reference = binaryReferences[name](a[i]!, b[i]!)
          const error = ulps(results[i]!, reference)
          if (error > worst.ulps) {
            Object.assign(worst, { ulps: error, a: a[i], b: b[i], result: results[i], reference })
          }
        }
      }
      expect(worst.ulps, JSON.stringify(worst)).toBeLessThanOrEqual(tolerance(name))
    },
  )
})

describe("a module", () => {
  test("holds each function once", () => {
    const m = new ModuleBuilder()
    const exp = addMath(m, "exp", { relaxed: false })
    expect(addMath(m, "exp", { relaxed: false })).toBe(exp)
    expect(addMath(m, "exp", { relaxed: true })).not.toBe(exp)
    expect(addScalarMath(m, "exp", { relaxed: false })).not.toBe(exp)
    expect(addMath(new ModuleBuilder(), "exp", { relaxed: false })).toBe(0)
  })

  test("computes the same bits by call, inline and on scalars", () => {
    for (const name of [...unaryMaths, ...binaryMaths]) {
      const call = mapped(name, true, "call")
      const inline = mapped(name, true, "inline")
      const m = new ModuleBuilder()
      m.exportFunction("scalar", addScalarMath(m, name, { relaxed: true }))
      const { scalar } = instantiate(m)
      if (typeof scalar !== "function") throw new Error("scalar is not exported")
      const random = uniform(3)
      for (const { operands } of [call, inline]) {
        for (let i = 0; i < 64; i++) {
          operands[0][i] = call.operands[0][i] = random() * 20 - 10
          operands[1][i] = call.operands[1][i] = random() * 20 - 10
        }
      }
      inline.operands[0].set(call.operands[0])
      inline.operands[1].set(call.operands[1])
      call.run(64)
      inline.run(64)
      expect(inline.results.slice(0, 64)).toEqual(call.results.slice(0, 64))
      const alone = Float32Array.from({ length: 64 }, (_, i) =>
        scalar(call.operands[0][i], call.operands[1][i]),
      )
      expect(alone).toEqual(call.results.slice(0, 64))
    }
  })

  test("computes the same bits whatever stands in the other lanes, and of two vectors at once", () => {
    for (const name of unaryMaths) {
      const single = mapped(name, true)
      const m = new ModuleBuilder()
      const type = ["v128", "v128"] as const
      const f = m.function({ params: type, results: type }, "both")
      const operands = [[f.param(0)], [f.param(1)]]
      for (const result of inlineTogether(m, f, name, operands, { relaxed: true })) {
        f.localGet(result)
      }
      const g = m.function({ params: [], results: [] }, "run")
      m.memory({ initial: 1 }, "memory")
      const results = [g.local("v128"), g.local("v128")]
      for (const at of [0, 16]) {
        g.i32.const(0)
        g.v128.load(at)
      }
      g.call(f)
      for (const result of results.toReversed()) g.localSet(result)
      for (const [i, result] of results.entries()) {
        g.i32.const(0)
        g.localGet(result)
        g.v128.store(32 + 16 * i)
      }
      m.exportFunction("run", g)
      const { memory, run } = instantiate(m)
      if (!(memory instanceof WebAssembly.Memory) || typeof run !== "function") throw new Error()
      const given = [0.3, -7.25, -95, 200, -0.8, Number.NaN, 5, -1e30]
      const view = new Float32Array(memory.buffer, 0, 16)
      view.set(given)
      run()
      const alone = given.map((x) => {
        single.operands[0].fill(x, 0, 4)
        single.run(4)
        return single.results[0]
      })
      expect([...view.slice(8)], name).toEqual(alone)
    }
  })

  test("is told when an operand is missing", () => {
    const m = new ModuleBuilder()
    const f = m.function({ params: ["v128"], results: ["v128"] })
    const options = { relaxed: false }
    expect(() => inlineMath(m, f, "pow", [f.param(0)], options)).toThrow("pow takes 2 operands")
  })
})

describe("Threefry-2x32", () => {
  test.each([
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ])("of key %i, %i and counter %i, %i has the published bits", (...numbers) => {
    const m = new ModuleBuilder()
    const threefry = addThreefry(m)
    expect(addThreefry(m)).toBe(threefry)
    const f = m.function({ params: ["i32", "i32", "i32", "i32"], results: ["i32", "i32"] })
    const second = f.local("v128")
    for (const operand of f.locals.slice(0, 4)) {
      f.localGet(operand)
      f.i32x4.splat()
    }
    f.call(threefry)
    f.localSet(second)
    f.i32x4.extract_lane(3)
    f.localGet(second)
    f.i32x4.extract_lane(3)
    m.exportFunction("bits", f)
    const { bits } = instantiate(m)
    if (typeof bits !== "function") throw new Error("bits is not exported")
    const [k0, k1, x0, x1, y0, y1] = numbers
    expect(bits(k0, k1, x0, x1)).toEqual([y0! | 0, y1! | 0])
  })
})
