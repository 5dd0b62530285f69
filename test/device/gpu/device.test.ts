import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
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

    test("on random graphs", async () => {
      await expectAgreement(randomGraph({ equations: 20 }), 25)
    })

    test("on random graphs of narrow dtypes", async () => {
      const dtypes = dtypeNames.filter((dtype) => dtype !== "float64")
      await expectAgreement(randomGraph({ equations: 6, dtypes }), 25)
    })
  },
)
