import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { openCpu } from "../../../src/device/cpu/index.ts"
import { simplify } from "../../../src/transform/index.ts"
import { randomControl } from "../../graph/growControl.ts"
import { disagreement, runOn } from "../agreement.ts"

const one = await openCpu({ threads: 1 })
const two = await openCpu({ threads: 2 })
const three = await openCpu({ threads: 3 })
afterAll(async () => {
  await Promise.all([one, two, three].map((device) => device.close()))
})

describe("control flow inside programs", () => {
  test("agrees with the sequential interpreter", async () => {
    await fc.assert(
      fc.asyncProperty(randomControl(), async (example) => {
        expect(await disagreement(two, example)).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  test("agrees with it where arrays have few types, so that many may share memory", async () => {
    const few = {
      depth: 3,
      dtypes: ["int32"],
      mostElements: 4,
      empty: false,
      primitives: [
        ...(["add", "subtract", "multiply", "flip", "gather", "scatter", "broadcast"] as const),
        ...(["dynamicSlice", "dynamicUpdateSlice", "reduceSum"] as const),
      ],
    } as const
    await fc.assert(
      fc.asyncProperty(randomControl(few), async (example) => {
        expect(await disagreement(two, example)).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  test("computes the same when it is simplified", async () => {
    await fc.assert(
      fc.asyncProperty(randomControl(), async (example) => {
        const simple = { ...example, graph: simplify(example.graph) }
        expect(await disagreement(one, simple)).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })

  test("gives the same bits on any number of threads", async () => {
    await fc.assert(
      fc.asyncProperty(randomControl(), async (example) => {
        const alone = await runOn(one, example)
        expect(await runOn(two, example)).toEqual(alone)
        expect(await runOn(three, example)).toEqual(alone)
      }),
      { numRuns: 60 },
    )
  })
})
