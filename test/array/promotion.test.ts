import { describe, expect, test } from "vitest"
import { type Array, jit, np } from "../../src/array/index.ts"
import { type DType, dtypeNames } from "../../src/size/index.ts"

const of = (dtype: DType) => np.ones([2], { dtype })

/** What JAX gives for the sum of two arrays (64-bit dtypes disabled). */
const table: { readonly [A in DType]: { readonly [B in DType]: DType } } = {
  float32: { float32: "float32", int32: "float32", uint32: "float32", bool: "float32" },
  int32: { float32: "float32", int32: "int32", uint32: "int32", bool: "int32" },
  uint32: { float32: "float32", int32: "int32", uint32: "uint32", bool: "uint32" },
  bool: { float32: "float32", int32: "int32", uint32: "uint32", bool: "bool" },
}

describe("promotion", () => {
  for (const a of dtypeNames) {
    for (const b of dtypeNames) {
      test(`of ${a} and ${b} is JAX's`, () => {
        expect(np.add(of(a), of(b)).dtype).toBe(table[a][b])
      })
    }
  }

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
