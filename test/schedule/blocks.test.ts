import { expect, test } from "vitest"
import { type Array, f32, grad, graphOf, nn, np } from "../../src/index.ts"
import { isSpread, schedule, wasmTarget } from "../../src/schedule/index.ts"
import { expectAgreement, randomArray } from "../emit/wasm/running.ts"

type Attend = (query: Array, key: Array, value: Array) => Array

/** The gradients of an attention's product with a cotangent. */
function gradients(attend: Attend) {
  return (q: Array, k: Array, v: Array, cotangent: Array) => {
    const product: Attend = (q, k, v) => attend(q, k, v).mul(cotangent).sum()
    return grad(product, { argnums: [0, 1, 2] })(q, k, v)
  }
}

const plain: Attend = (q, k, v) => nn.dotProductAttention(q, k, v)
const kinds: Readonly<Record<string, Attend>> = {
  plain,
  causal: (q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true }),
  "with a bias": (q, k, v) => {
    const distance = np.arange(256).sub(np.arange(256).reshape([256, 1]))
    return nn.dotProductAttention(q, k, v, { bias: distance.mul(0.01), scale: 0.2 })
  },
  "written by hand, keys before queries": (q, k, v) => {
    const scores = np.einsum("bthd,bshd->bhts", q, k).mul(0.25)
    return np.einsum("bshd,bhts->bthd", v, nn.softmax(scores))
  },
}

const shape = [2, 256, 2, 16]
const type = f32(...shape)
const inputs = [1, 2, 3, 4].map((seed) => randomArray("float32", shape, seed))

test.each(Object.entries(kinds))("attention %s is computed in blocks, and right", (_, attend) => {
  const graph = graphOf(attend)(type, type, type)
  expect(schedule(graph).steps.some(isSpread)).toBe(true)
  expectAgreement(graph, inputs.slice(0, 3))
})

test.each(Object.entries(kinds))("so are the gradients of attention %s", (_, attend) => {
  const graph = graphOf(gradients(attend))(type, type, type, type)
  expect(schedule(graph).steps.some(isSpread)).toBe(true)
  expectAgreement(graph, inputs, {}, 2e-5)
})

test("queries that no block size divides are attended to all at once", () => {
  const odd = f32(1, 1021, 1, 4)
  const graph = graphOf(plain)(odd, odd, odd)
  expect(schedule(graph).steps.some(isSpread)).toBe(false)
})

test.each(["output", "gradients"])(
  "memory for attention's %s grows with tokens, not with their square",
  (what) => {
    const bytes = (tokens: number): number => {
      const x = f32(1, tokens, 8, 64)
      const graph =
        what === "output" ? graphOf(plain)(x, x, x) : graphOf(gradients(plain))(x, x, x, x)
      const { arenaBytes, scratchBytes } = schedule(graph, { threads: 2 })
      return arenaBytes + 2 * scratchBytes
    }
    expect(bytes(8192)).toBeLessThan(4.1 * bytes(2048))
    const scores = 4 * 8 * 8192 ** 2
    expect(bytes(8192)).toBeLessThan(scores / 10)
  },
)

test("layers that follow each other, and both directions, are each in blocks", () => {
  const layers = (q: Array, k: Array, v: Array) => {
    const first = plain(q, k, v)
    return plain(first, k, first).mul(2).sum()
  }
  const graph = graphOf((q: Array, k: Array, v: Array) => grad(layers)(q, k, v))(type, type, type)
  const spread = schedule(graph).steps.filter(isSpread)
  expect(spread).toHaveLength(3)
  expectAgreement(graph, inputs.slice(0, 3), {}, 2e-5)
})

test("scores that somebody else wants are stored, and nothing is computed twice", () => {
  const both = (q: Array, k: Array, v: Array) => {
    const shares = nn.softmax(np.einsum("bthd,bshd->bhts", q, k))
    return [shares, np.einsum("bhts,bshd->bthd", shares, v)]
  }
  const graph = graphOf(both)(type, type, type)
  expect(schedule(graph).steps.some(isSpread)).toBe(false)
  expectAgreement(graph, inputs.slice(0, 3))
})

test("a target that does not ask for it gets no rounds in threads", () => {
  const graph = graphOf(plain)(type, type, type)
  const target = { ...wasmTarget, spreadsRounds: undefined }
  expect(schedule(graph, { target }).steps.some(isSpread)).toBe(false)
})
