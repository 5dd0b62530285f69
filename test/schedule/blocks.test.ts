import { describe, expect, test } from "vitest"
import type { Graph } from "../../src/graph/index.ts"
import { type Array, f32, grad, graphOf, lax, nn, np, valueAndGrad } from "../../src/index.ts"
import {
  type GroupTarget,
  isSpread,
  iterations,
  kernelsOf,
  type Step,
  schedule,
  wasmTarget,
  writesOf,
} from "../../src/schedule/index.ts"
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

const groupTarget: GroupTarget = {
  invocations: 256,
  sharedBytes: 32_768,
  storageBuffers: 8,
  alignment: 256,
  segmentBytes: 2 ** 40,
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

describe("long causal attention", () => {
  const causal: Attend = (q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true })
  const long = [2, 512, 2, 8]
  const x = f32(...long)
  const given = [1, 2, 3, 4].map((seed) => randomArray("float32", long, seed))

  /** The scores that a program makes for each pair of batch and head. */
  const scoresOf = (graph: Graph): number => {
    const made = (steps: readonly Step[], times: number): number =>
      steps.reduce((sum, step) => {
        if (step.kind === "repeat") return sum + made(step.steps, times * step.counter.extent)
        if (step.kind !== "contraction" || iterations(step.columns) < 128) return sum
        return sum + times * iterations(step.rows) * iterations(step.columns)
      }, 0)
    return made(schedule(graph).steps, 1) / 4
  }

  test("does not go where the mask hides everything, and gives what it gave", () => {
    const graph = graphOf(causal)(x, x, x)
    expect(scoresOf(graph)).toBe((512 * 512 * 5) / 8)
    expectAgreement(graph, given.slice(0, 3))
    expectAgreement(graphOf(gradients(causal))(x, x, x, x), given, {}, 2e-5)
  })

  test("does not go there either where the mask is handed over, or is one of several", () => {
    const lower = (): Array => np.arange(512).lessEqual(np.arange(512).reshape([512, 1]))
    for (const options of [
      () => ({ mask: lower() }),
      () => ({ mask: np.tril(np.ones([512, 512], { dtype: "bool" })) }),
      () => ({ isCausal: true, localWindowSize: 100 }),
    ]) {
      const attend: Attend = (q, k, v) => nn.dotProductAttention(q, k, v, options())
      const graph = graphOf(attend)(x, x, x)
      expect(scoresOf(graph)).toBe((512 * 512 * 5) / 8)
      expectAgreement(graph, given.slice(0, 3))
    }
    const handed: Attend = (q, k, v) => nn.dotProductAttention(q, k, v, { mask: lower() })
    const graph = graphOf(gradients(handed))(x, x, x, x)
    expect(schedule(graph).steps.filter(isSpread)).toHaveLength(4)
    expectAgreement(graph, given, {}, 2e-5)
  })

  test("gives a row that sees nothing the mean of all columns", () => {
    const rows = (): Array => np.arange(512).reshape([512, 1])
    const seen = (): Array => rows().notEqual(7)
    for (const options of [
      () => ({ mask: np.arange(512).less(rows()) }),
      () => ({ mask: seen(), isCausal: true }),
      () => ({ mask: np.arange(512).lessEqual(rows()), bias: np.where(seen(), 0, -Infinity) }),
    ]) {
      const attend: Attend = (q, k, v) => nn.dotProductAttention(q, k, v, options())
      const graph = graphOf(attend)(x, x, x)
      expect(scoresOf(graph)).toBe(512 * 512)
      expectAgreement(graph, given.slice(0, 3), {}, 2e-5)
    }
  })

  test("sees all columns where hidden scores would matter", () => {
    const rows = (): Array => np.arange(512).reshape([512, 1])
    for (const hide of [
      // Scores that are hidden, but not at −∞; a mask of other columns; one that no two axes make.
      (s: Array) => nn.softmax(np.where(np.arange(512).lessEqual(rows()), s, -3)),
      (s: Array) => nn.softmax(np.where(np.arange(512).greaterEqual(rows()), s, -Infinity)),
      (s: Array) => nn.softmax(np.where(np.arange(512).lessEqual(rows().mul(2)), s, -Infinity)),
    ]) {
      const attend: Attend = (q, k, v) =>
        np.einsum("bhts,bshd->bthd", hide(np.einsum("bthd,bshd->bhts", q, k)), v)
      const graph = graphOf(attend)(x, x, x)
      expect(scoresOf(graph)).toBe(512 * 512)
      expectAgreement(graph, given.slice(0, 3), {}, 2e-5)
    }
  })
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

test("workgroups' memory for causal attention grows with tokens, not with their square", () => {
  const causal: Attend = (q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true })
  const bytes = (tokens: number, mostScores?: number): number => {
    const x = f32(1, tokens, 8, 64)
    const target = { ...groupTarget, mostScores }
    return schedule(graphOf(gradients(causal))(x, x, x, x), { target }).arenaBytes
  }
  expect(bytes(8192, 2 ** 20)).toBeLessThan(4.1 * bytes(2048, 2 ** 20))
  expect(bytes(8192, 2 ** 20)).toBeLessThan(bytes(8192) / 10)
})

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

test.each([
  { width: 32, products: 6, title: "are kept for the gradient" },
  { width: 16, products: 7, title: "are made again for it" },
])("scores of 64 tokens of width $width $title", ({ width, products }) => {
  const shape = [8, 64, 4, width]
  const step = (q: Array, k: Array, v: Array) => {
    const loss = (q: Array, k: Array, v: Array) => np.square(plain(q, k, v)).sum()
    return valueAndGrad(loss, { argnums: [0, 1, 2] })(q, k, v)
  }
  const graph = graphOf(step)(f32(...shape), f32(...shape), f32(...shape))
  const spread = schedule(graph).steps.filter(isSpread)
  expect(spread).toHaveLength(2)
  // Of scores and their sums with values, and one for each gradient: of scores too, unless they are there.
  expect(kernelsOf(spread).filter(({ kind }) => kind === "contraction")).toHaveLength(products)
  const given = [1, 2, 3].map((seed) => randomArray("float32", shape, seed))
  expectAgreement(graph, given, {}, 2e-5)
})

test("gradients of queries, keys and values that were one array are stored side by side at once", () => {
  const attended = (several: Array, cotangent: Array) => {
    const [q, k, v] = np.split(several, 3, -1).map((part) => part.reshape([4, 64, 8, 16]))
    return plain(q, k, v).reshape([4, 64, 128]).mul(cotangent).sum()
  }
  const graph = graphOf((x: Array, w: Array, cotangent: Array) =>
    grad((w: Array) => attended(np.matmul(x, w.mul(0.1)), cotangent))(w),
  )(f32(4, 64, 128), f32(128, 384), f32(4, 64, 128))
  const writers = schedule(graph).steps.filter((step) =>
    writesOf(step).some(({ name }) => name === "joined"),
  )
  expect(writers.map(isSpread)).toEqual([true])
  const given = [
    [4, 64, 128],
    [128, 384],
    [4, 64, 128],
  ]
  expectAgreement(
    graph,
    given.map((shape, i) => randomArray("float32", shape, i + 1)),
    {},
    2e-5,
  )
})

test("a loop's rows are joined to others, or twice", () => {
  const rows = (x: Array) =>
    lax.scan((sum: Array, row: Array) => [sum.add(row), sum.mul(row)], np.zeros([8]), x)[1]
  const graph = graphOf((x: Array, y: Array) => [
    np.concatenate([y, rows(x)]),
    np.concatenate([rows(y), rows(y), x]),
    np.concatenate([x.mul(2), rows(x)].toReversed(), 1),
  ])(f32(20, 8), f32(20, 8))
  const given = [1, 2].map((seed) => randomArray("float32", [20, 8], seed))
  expectAgreement(graph, given, {}, 1e-5)
  const twice = graphOf((x: Array) => {
    const once = rows(x)
    return np.concatenate([once, once])
  })(f32(20, 8))
  expectAgreement(twice, given.slice(0, 1), {}, 1e-5)
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
