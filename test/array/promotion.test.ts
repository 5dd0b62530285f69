import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type Array, jit, np } from "../../src/array/index.ts"
import { type DType, isDType } from "../../src/size/index.ts"

const of = (dtype: DType) => np.ones([2], { dtype })

/** What JAX gives for the sum of two operands: fixtures/make_promotion.py. */
const { sums }: { readonly sums: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL("fixtures/promotion.json", import.meta.url), "utf8"),
)

/** An operand by its name in the table. */
function operand(name: string): Array | number {
  if (isDType(name)) return of(name)
  return name === "weakInteger" ? 1 : 1.5
}

describe("promotion", () => {
  test("of every two operands, numbers included, is JAX's", () => {
    expect(Object.keys(sums)).toHaveLength(11 * 11 + 2 * 2 * 11)
    const found = Object.keys(sums).map((key) => {
      const [a, b] = key.split(" ").map(operand)
      const { dtype, weakType } = np.add(a, b)
      return [key, `${dtype}${weakType ? "~" : ""}`]
    })
    // Only plain numbers are weak integers here: what a bool makes of them is settled.
    const settled = { "bool weakInteger": "int32", "weakInteger bool": "int32" }
    expect(Object.fromEntries(found)).toEqual({ ...sums, ...settled })
  })

  test("lets numbers take the dtype beside them, but a fraction makes integers float", () => {
    expect(of("int32").add(2).dtype).toBe("int32")
    expect(of("uint32").add(2).dtype).toBe("uint32")
    expect(of("int32").add(2.5).dtype).toBe("float32")
    expect(of("bool").add(2).dtype).toBe("int32")
    expect(of("bool").add(2.5).dtype).toBe("float32")
    expect(of("float32").add(2).dtype).toBe("float32")
    expect(np.add(2, 3).dtype).toBe("float32")
  })

  test("keeps numbers exact beside integers", async () => {
    const x = np.array([1], { dtype: "int32" })
    expect(await x.add(16_777_217).toArray()).toEqual([16_777_218])
    const u = np.array([1], { dtype: "uint32" })
    expect(await u.add(4_294_967_294).toArray()).toEqual([4_294_967_295])
  })

  test("is the same for numbers inside and outside a trace", () => {
    const operations: readonly ((x: Array) => Array)[] = [
      (x) => x.add(2),
      (x) => x.mul(0.5),
      (x) => np.where(x.greater(0), 1, 0),
      (x) => np.maximum(2, x),
      (x) => np.power(x, 3),
      (x) => x.add(np.multiply(2, 3)),
    ]
    for (const dtype of ["int32", "float32", "uint32"] as const) {
      for (const f of operations) {
        const [eager, traced] = [f(of(dtype)), jit(f)(of(dtype))]
        expect([traced.dtype, traced.weakType]).toEqual([eager.dtype, eager.weakType])
      }
    }
  })

  test("keeps numbers weak through operations and jitted calls", () => {
    const x = jit((n: Array) => n.mul(2))(3)
    expect([x.dtype, x.weakType]).toEqual(["float32", true])
    expect(np.sin(2).weakType).toBe(true)
    expect(np.sin(2).add(np.ones([1])).weakType).toBe(false)
    expect(np.array([1]).weakType).toBe(false)
  })

  test("divides integers as floats and refuses to subtract truth values", () => {
    expect(of("int32").div(of("int32")).dtype).toBe("float32")
    expect(() => of("bool").sub(of("bool"))).toThrow("subtract of two bool arrays")
  })
})
