import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { np } from "../../src/array/index.ts"

const stored = new Uint8Array(readFileSync(new URL("fixtures/arrays.npz", import.meta.url)))

describe("NumPy's files", () => {
  test("are read, compressed, in any byte order and order of axes", async () => {
    const found = await np.fromNpz(stored)
    const known: Record<string, unknown> = {}
    for (const [name, array] of Object.entries(found)) {
      known[name] = [array.dtype, array.shape, await array.toArray()]
    }
    expect(known).toEqual({
      floats: [
        "float32",
        [2, 3],
        [
          [-1, Math.fround(-0.6), Math.fround(-0.2)],
          [Math.fround(0.2), Math.fround(0.6), 1],
        ],
      ],
      doubles: ["float64", [], 0.5],
      columns: [
        "int32",
        [2, 3],
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
      ],
      big: ["int16", [3], [1, -2, 300]],
      words: ["uint32", [1], [2 ** 32 - 1]],
      truths: ["bool", [2], [true, false]],
      none: ["int32", [0, 4], []],
    })
  })

  test("are written as they are read", async () => {
    const arrays = await np.fromNpz(stored)
    const again = await np.fromNpz(await np.toNpz(arrays))
    expect(Object.keys(again)).toEqual(Object.keys(arrays))
    for (const [name, array] of Object.entries(arrays)) {
      expect(again[name].shape).toEqual(array.shape)
      expect(await again[name].toArray()).toEqual(await array.toArray())
    }
  })

  test("hold their elements from a multiple of 64 bytes on", async () => {
    const bytes = await np.toNpy(np.array([1, 2, 3]))
    expect(bytes.length % 64).toBe(12)
    expect(new TextDecoder("latin1").decode(bytes.subarray(10, 128))).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3,\), \} *\n$/,
    )
  })
})

test("bytes that are no such file are refused", async () => {
  expect(() => np.fromNpy(new Uint8Array(20))).toThrow("do not begin as a .npy file does")
  const bytes = await np.toNpy(np.zeros([8]))
  expect(() => np.fromNpy(bytes.subarray(0, 140))).toThrow("12 bytes for 8 elements of 4 bytes")
  await expect(np.fromNpz(bytes)).rejects.toThrow("the bytes are no zip archive")
})
