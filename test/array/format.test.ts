import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { describe, expect, expectTypeOf, test } from "vitest"
import { formatElements } from "../../src/array/format.ts"
import { jit, np, type Array as TradespaceArray } from "../../src/array/index.ts"
import type { DType, TypedArray } from "../../src/size/index.ts"

interface Printed {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** "count": 0, 1, 2, … */
  readonly data: readonly (number | string)[] | "count"
  readonly str: string
  readonly commas: string
}

/** What NumPy prints: fixtures/make_printed.py. */
const cases: readonly Printed[] = JSON.parse(
  readFileSync(new URL("fixtures/printed.json", import.meta.url), "utf8"),
)

describe("arrays are printed as NumPy prints them", () => {
  test.each(cases)("$name", ({ dtype, shape, data, str, commas }) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const elements = Array.from({ length: size }, (_, i) => Number(data === "count" ? i : data[i]))
    expect(formatElements(elements, shape, dtype)).toBe(str)
    const options = { separator: ", ", prefix: "Array(" }
    expect(formatElements(elements, shape, dtype, options)).toBe(commas)
  })
})

describe("an array tells of itself", () => {
  test("by its elements where they are there, else by its type", async () => {
    const x = np.array([
      [1, 2.5],
      [-3, 0],
    ])
    expect(String(x)).toBe("[[ 1.   2.5]\n [-3.   0. ]]")
    expect(inspect(x)).toBe("Array([[ 1. ,  2.5],\n       [-3. ,  0. ]], dtype=float32)")
    expect(await x.add(1).toText()).toBe("[[ 2.   3.5]\n [-2.   1. ]]")
    expect(inspect(np.zeros([0, 2], { dtype: "int8" }).astype("int8"))).toMatch(/^Array/)
    const half = np.array([1 / 3, 1], { dtype: "bfloat16" })
    expect(await half.toText()).toBe("[0.334 1.   ]")
    const seen: string[] = []
    jit((y: TradespaceArray) => {
      seen.push(String(y))
      return y
    })(x)
    expect(seen).toEqual(["Array f32[2, 2] (traced)"])
    x.dispose()
    expect(String(x)).toBe("Array f32[2, 2] (disposed of)")
  })

  test("with elements of the type that its dtype names", async () => {
    const x = np.array([1, 2], { dtype: "int16" })
    const data = await x.data("int16")
    expectTypeOf(data).toEqualTypeOf<Int16Array>()
    expect(data).toEqual(Int16Array.of(1, 2))
    expectTypeOf(await x.data()).toEqualTypeOf<Int16Array>()
    const wide: TradespaceArray = x
    expectTypeOf(await wide.data()).toEqualTypeOf<TypedArray>()
    expectTypeOf(x.astype("bfloat16").data()).resolves.toEqualTypeOf<Uint16Array>()
    await expect(x.data("float32")).rejects.toThrow(
      "data of i16[2] is not float32: cast it with astype",
    )
  })
})
