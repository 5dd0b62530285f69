import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import type { Graph } from "../../../src/graph/index.ts"
import { type Array, f32, graphOf, i32, lax, np } from "../../../src/index.ts"
import { dtypeNames } from "../../../src/size/index.ts"
import { type Case, primitives, randomEquation, randomGraph } from "../../graph/random.ts"
import { disagreement } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

const { gpu, reason } = await gpuOrReason()
afterAll(() => gpu?.close())

async function expectAgreement(arbitrary: fc.Arbitrary<Case>, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (example) => {
    if (gpu !== undefined) expect(await disagreement(gpu, example)).toBeUndefined()
  })
  await fc.assert(property, { numRuns })
}

describe.skipIf(gpu === undefined)(
  `the gpu device agrees with the sequential interpreter ${reason}`,
  () => {
    test.each(primitives)("on %s alone", async (primitive) => {
      await expectAgreement(randomEquation(primitive), 10)
    })

    test("on rows that many workgroups share, and updates that they make in blocks", async () => {
      const numbers = (...shape: number[]) => {
        const n = shape.reduce((a, b) => a * b, 1)
        return { data: Float32Array.from({ length: n }, (_, i) => Math.sin(i) + 1.01), shape }
      }
      const places = Int32Array.from({ length: 1000 }, (_, i) => (i * i) % 77)
      const updates = [
        { data: new Float32Array(80), shape: [80] },
        { data: places, shape: [1000] },
        numbers(1000),
      ]
      const cases: readonly [Graph, Case["inputs"]][] = [
        [graphOf((x: Array) => np.cumsum(x, 1))(f32(2, 20_001)), [numbers(2, 20_001)]],
        [
          graphOf((x: Array) => lax.cummax(np.sin(x), 0, { reverse: true }))(f32(30_000)),
          [numbers(30_000)],
        ],
        [
          graphOf((x: Array, at: Array, y: Array) => x.at(at).add(y))(
            f32(80),
            i32(1000),
            f32(1000),
          ),
          updates,
        ],
        [
          graphOf((x: Array, at: Array, y: Array) => x.at(at).set(y))(
            f32(80),
            i32(1000),
            f32(1000),
          ),
          updates,
        ],
      ]
      for (const [graph, inputs] of cases) {
        if (gpu !== undefined) {
          expect(await disagreement(gpu, { seed: 0, graph, inputs })).toBeUndefined()
        }
      }
    })

    test("on random graphs", async () => {
      await expectAgreement(randomGraph({ equations: 20 }), 25)
    })

    test("on random graphs of narrow dtypes", async () => {
      const dtypes = dtypeNames.filter((dtype) => dtype !== "float64")
      await expectAgreement(randomGraph({ equations: 6, dtypes }), 25)
    })
  },
)
