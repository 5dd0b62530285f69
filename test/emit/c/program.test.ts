import { expect, test } from "vitest"
import { type Array, f32, graphOf, i32 } from "../../../src/array/index.ts"
import { cTarget, emitC } from "../../../src/emit/index.ts"
import { lax, nn, np } from "../../../src/index.ts"
import {
  kernelsOf,
  loadsOf,
  type Program,
  piecesOf,
  schedule,
  storesOf,
} from "../../../src/schedule/index.ts"
import { rowsSummed } from "../../device/contractions.ts"

/** The functions of a program with so many layers that are alike, and its kernels. */
function layered(layers: number): { readonly functions: number; readonly kernels: number } {
  const body = (x: Array, weights: readonly Array[]): Array =>
    weights.reduce((y, w) => np.tanh(np.matmul(y, w)), x)
  const weights = globalThis.Array.from({ length: layers }, () => f32(128, 128))
  const program = schedule(graphOf(body)(f32(64, 128), weights), {
    target: cTarget({ lanes: 16, registers: 32 }),
  })
  const text = emitC(program, { lanes: 16 })
  return {
    functions: [...text.matchAll(/^CALLED void kernel/gm)].length,
    kernels: kernelsOf(program.steps).length,
  }
}

test("kernels that are alike but for where their buffers lie are one function", () => {
  const [few, many] = [layered(2), layered(8)]
  expect(many.kernels).toBeGreaterThan(few.kernels)
  expect(many.functions).toBe(few.functions)
})

test("a round of attention asks for the queries, keys and values of its thread's next round", () => {
  const attend = (q: Array, k: Array, v: Array): Array => nn.dotProductAttention(q, k, v)
  const type = f32(32, 64, 8, 32)
  const target = cTarget({ lanes: 16, registers: 32 })
  const text = emitC(schedule(graphOf(attend)(type, type, type), { target }), { lanes: 16 })
  // A row of 32 elements is two lines of cache.
  const row = /const f32 \*next = .*\(counter0 \+ threads\).*;\n(__builtin_prefetch\(.*\);\n){2}}/g
  expect([...text.matchAll(row)]).toHaveLength(3)
})

test("tiles ask for the lines that their epilogue reads and writes, of large arrays along its columns", () => {
  const target = cTarget({ lanes: 16, registers: 32 })
  const dense = (x: Array, w: Array, y: Array, bias: Array): Array =>
    np.matmul(x, w).add(y).add(bias)
  const asked = (m: number, k: number, n: number) => {
    const graph = graphOf(dense)(f32(m, k), f32(k, n), f32(m, n), f32(n))
    const text = emitC(schedule(graph, { target }), { lanes: 16 })
    const named = (pattern: RegExp) => [
      ...new Set([...text.matchAll(pattern)].map(([, name]) => name)),
    ]
    return {
      arrays: named(/f32 \*lines\d+ = (b\d) /g),
      writing: named(/__builtin_prefetch\(lines\d+ \+ \d+, (\d), 3\)/g),
    }
  }
  const found = asked(1024, 256, 1024)
  expect(found.arrays).toHaveLength(2)
  expect(found.writing).toEqual(["1", "0"])
  // What stays in the second cache is not asked for, nor what would come too late.
  const none = { arrays: [], writing: [] }
  expect(asked(128, 256, 1024)).toEqual(none)
  expect(asked(2048, 64, 1024)).toEqual(none)
})

test("nothing is asked for whose place depends on a batch or on elements of another array", () => {
  const target = cTarget({ lanes: 16, registers: 32 })
  const rounds = [
    graphOf((x: Array, a: Array, w: Array) =>
      lax.map(([xt, at]: readonly Array[]) => [np.sum(np.exp(at), 1), np.matmul(xt, w)], [x, a]),
    )(f32(32, 4, 64, 32), f32(32, 64, 48), f32(4, 32, 48)),
    graphOf((x: Array, a: Array, w: Array, places: Array) =>
      lax.map(
        ([at, i]: readonly Array[]) => [
          np.sum(np.exp(at), 1),
          np.matmul(np.take(x, i, { axis: 0, mode: "clip" }), w),
        ],
        [a, places],
      ),
    )(f32(40, 64, 32), f32(32, 64, 48), f32(32, 48), i32(32)),
  ]
  for (const graph of rounds) {
    expect(emitC(schedule(graph, { target }), { lanes: 16 })).not.toMatch(/\(counter0 \+ threads\)/)
  }
})

test("a bias's gradient is summed where its operand is made, in the same parts for any threads", () => {
  const target = cTarget({ lanes: 16, registers: 32 })
  const graph = graphOf((g: Array, w: Array, z: Array) => {
    const made = np.matmul(g, w).mul(z)
    return [made, made.sum([0, 1])]
  })(f32(32, 64, 96), f32(96, 200), f32(32, 64, 200))
  const made = (threads: number): Program => schedule(graph, { target, threads })
  for (const threads of [1, 2, 5]) {
    const kernels = kernelsOf(made(threads).steps)
    const product = kernels.find((kernel) => kernel.kind === "contraction")
    const [whole, parts] = product === undefined ? [] : storesOf(product)
    expect(parts.elements).toBe(32 * 200)
    for (const kernel of kernels) expect(loadsOf(kernel)).not.toContain(whole)
    expect(product && piecesOf(product)).toBeGreaterThanOrEqual(threads)
  }
})

test("epilogues add up the rows of a product that ends within tiles and parts", () => {
  const target = cTarget({ lanes: 16, registers: 32 })
  const stores = kernelsOf(schedule(rowsSummed(), { target }).steps).flatMap((kernel) =>
    kernel.kind === "contraction" ? kernel.stores : [],
  )
  expect(stores.filter((store) => store.summed !== undefined).length).toBe(5)
})
