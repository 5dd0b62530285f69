import { afterAll, describe, expect, test } from "vitest"
import type { Graph } from "../../../src/graph/index.ts"
import { type Array, f32, grad, graphOf, nn } from "../../../src/index.ts"
import { randomArray } from "../../emit/wasm/running.ts"
import { difference, toleranceOf } from "../../graph/random.ts"
import { disagreement, runOn } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

// Attention of so few tokens keeps all of its scores unless it may store only some thousands.
const whole = await gpuOrReason()
const blocked = await Promise.all([20_000, 3000].map((mostScores) => gpuOrReason({ mostScores })))
afterAll(async () => {
  for (const { gpu } of [whole, ...blocked]) await gpu?.close()
})

type Attend = (q: Array, k: Array, v: Array) => Array

const plain: Attend = (q, k, v) => nn.dotProductAttention(q, k, v)
const causal: Attend = (q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true })

function gradients(attend: Attend) {
  return (q: Array, k: Array, v: Array, cotangent: Array) => {
    const product: Attend = (q, k, v) => attend(q, k, v).mul(cotangent).sum()
    return grad(product, { argnums: [0, 1, 2] })(q, k, v)
  }
}

/** Attention's output and its gradients, from arrays of a shape. */
function examples(attend: Attend, shape: readonly number[]): readonly Graph[] {
  const x = f32(...shape)
  return [graphOf(attend)(x, x, x), graphOf(gradients(attend))(x, x, x, x)]
}

describe.skipIf(whole.gpu === undefined)(`attention in blocks on a GPU ${whole.reason}`, () => {
  test.each([
    // Six pairs of batch and head: by twos, or a pair's 97 rows in blocks of 24, and one left over.
    { name: "of several pairs", attend: plain, shape: [2, 97, 3, 5], least: 1.5, on: blocked },
    {
      name: "behind a causal mask, in bands",
      attend: causal,
      shape: [1, 512, 1, 4],
      least: 4,
      on: blocked.slice(0, 1),
    },
  ])("$name agrees with all scores at once and with ram, in less memory", async (example) => {
    const { attend, shape, least, on } = example
    const { gpu } = whole
    for (const graph of examples(attend, shape)) {
      const given = graph.inputs.map((_, i) => randomArray("float32", shape, i + 1))
      const inputs = given.map(({ data }) => ({ data, shape }))
      const one = { seed: 0, graph, inputs }
      if (gpu === undefined) return
      expect(await disagreement(gpu, one)).toBeUndefined()
      const atOnce = await runOn(gpu, one)
      const bytes = [gpu.compile(graph).bytes]
      for (const { gpu } of on) {
        if (gpu === undefined) return
        bytes.push(gpu.compile(graph).bytes)
        const results = await runOn(gpu, one)
        expect(difference(results, atOnce, toleranceOf(one))).toBeUndefined()
      }
      for (const less of bytes.slice(1)) expect(less * least).toBeLessThan(bytes[0])
    }
  })
})
