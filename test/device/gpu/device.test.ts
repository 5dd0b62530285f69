import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { openGpu } from "../../../src/device/gpu/index.ts"
import { dtypeNames } from "../../../src/size/index.ts"
import { primitives, randomEquation, randomGraph } from "../../graph/random.ts"
import { disagreement } from "../agreement.ts"

const gpu = await openGpu()
afterAll(() => gpu.close())

describe("the gpu device agrees with the sequential interpreter", () => {
  test.each(primitives)("on %s alone", async (primitive) => {
    await fc.assert(
      fc.asyncProperty(randomEquation(primitive), async (example) => {
        expect(await disagreement(gpu, example)).toBeUndefined()
      }),
      { numRuns: 12 },
    )
  })

  test("on random graphs of narrow dtypes", async () => {
    const dtypes = dtypeNames.filter((dtype) => dtype !== "float64")
    await fc.assert(
      fc.asyncProperty(randomGraph({ equations: 6, dtypes }), async (example) => {
        expect(await disagreement(gpu, example)).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })

  test("on random graphs", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph({ equations: 20 }), async (example) => {
        expect(await disagreement(gpu, example)).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })
})
