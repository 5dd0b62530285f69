import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { openCpu } from "../../../src/device/cpu/index.ts"
import { evaluate } from "../../../src/device/ram/index.ts"
import type { DType } from "../../../src/size/index.ts"
import {
  difference,
  primitives,
  randomEquation,
  randomGraph,
  toleranceOf,
} from "../../graph/random.ts"
import { runOn } from "../agreement.ts"

const device = await openCpu({ threads: 2 })
afterAll(() => device.close())

/** Dtypes beside float32, int32, uint32 and bool, and what a correct result may be away, per unit. */
const families: readonly { readonly dtypes: readonly DType[]; readonly rounding: number }[] = [
  { dtypes: ["float64", "int32", "bool"], rounding: 1e-13 },
  { dtypes: ["float64", "float32", "int8"], rounding: 1e-5 },
  { dtypes: ["float16", "uint8", "bool"], rounding: 2 ** -8 },
  { dtypes: ["bfloat16", "int16", "uint32"], rounding: 2 ** -5 },
  { dtypes: ["int8", "int16", "uint8", "uint16", "int32"], rounding: 1e-5 },
]

describe.each(families)("the cpu device agrees with the interpreter in $dtypes", (family) => {
  const { dtypes, rounding } = family

  test.each(primitives)("on %s alone", async (primitive) => {
    await fc.assert(
      fc.asyncProperty(randomEquation(primitive, { dtypes }), async (example) => {
        const expected = evaluate(example.graph, example.inputs)
        const tolerance = toleranceOf(example, rounding)
        expect(difference(await runOn(device, example), expected, tolerance)).toBeUndefined()
      }),
      { numRuns: 6 },
    )
  })

  test("on random graphs", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph({ equations: 12, dtypes }), async (example) => {
        const expected = evaluate(example.graph, example.inputs)
        const tolerance = toleranceOf(example, 4 * rounding)
        expect(difference(await runOn(device, example), expected, tolerance)).toBeUndefined()
      }),
      { numRuns: 40 },
    )
  })
})
