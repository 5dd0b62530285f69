import { describe, expect, test } from "vitest"
import { type Array, devicePut, jit, np, setDefaultDevice } from "../../src/array/index.ts"

describe("an array", () => {
  test("knows its shape, dtype, size and number of axes", () => {
    const x = np.zeros([2, 3], { dtype: "int32" })
    expect([x.shape, x.dtype, x.size, x.ndim]).toEqual([[2, 3], "int32", 6, 2])
  })

  test("gives its elements flat, nested and alone", async () => {
    const x = np.array([
      [1, 2],
      [3, 4],
    ])
    expect(await x.data()).toEqual(new Float32Array([1, 2, 3, 4]))
    expect(await x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(await x.sum().item()).toBe(10)
    expect(await np.array([true, false]).toArray()).toEqual([true, false])
    expect(await np.array(true).item()).toBe(true)
    expect(await np.zeros([2, 0]).toArray()).toEqual([[], []])
  })

  test("has one item or says how many elements it has", async () => {
    await expect(np.ones([2]).item()).rejects.toThrow(
      "item needs an array of one element, not f32[2]",
    )
  })

  test("prints its type and where it is", () => {
    const before = setDefaultDevice("ram")
    const x = np.ones([2, 3])
    setDefaultDevice(before)
    expect(x.description).toBe("Array f32[2, 3] on ram")
    x.dispose()
    expect(String(x)).toBe("Array f32[2, 3] (disposed of)")
    jit((y: Array) => {
      expect(`${y}`).toBe("Array f32[2] (traced)")
      return y
    })(np.ones([2]))
  })

  test("is no number to JavaScript's operators", () => {
    const x: unknown = np.ones([])
    expect(() => Number(x)).toThrow("is no number: use its methods")
  })

  test("cannot be used after it was disposed of", async () => {
    const x = np.ones([2])
    x.dispose()
    x.dispose()
    expect(() => x.add(1)).toThrow("an array of type f32[2] is used after it was disposed of")
    await expect(x.data()).rejects.toThrow("is used after it was disposed of")
  })

  test("is disposed of at the end of a using block, after the work that needs it", async () => {
    let y: Array
    let kept: Array
    {
      using x = np.array([1, 2])
      kept = x
      y = x.add(1)
    }
    expect(() => kept.add(1)).toThrow("disposed of")
    expect(await y.toArray()).toEqual([2, 3])
  })

  test("is iterated along its first axis", async () => {
    const rows = [...np.arange(6).reshape([3, 2])]
    expect(await Promise.all(rows.map((row) => row.toArray()))).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ])
    expect(() => [...np.ones([])]).toThrow("a scalar cannot be iterated")
  })

  test("moves between devices", async () => {
    const x = devicePut({ a: np.array([1, 2]) }, "ram")
    expect(x.a.device).toBe("ram")
    expect(await x.a.add(1).toArray()).toEqual([2, 3])
    expect(x.a.add(1).device).toBe("ram")
    expect(() => devicePut(x, "abacus")).toThrow('no device is called "abacus"')
  })

  test("meets an array of another device with an error", () => {
    const x = devicePut(np.ones([2]), "ram")
    const y = devicePut(np.ones([2]), "cpu")
    expect(() => x.add(y)).toThrow("arguments are on ram and on cpu")
  })
})

describe("np.array", () => {
  test("makes numbers float32 and truth values bool", () => {
    expect(np.array([1, 2]).dtype).toBe("float32")
    expect(np.array([[true], [false]]).dtype).toBe("bool")
    expect(np.array([1, 2], { dtype: "int32" }).dtype).toBe("int32")
    expect(np.array([]).shape).toEqual([0])
    expect(np.array(2).dtype).toBe("float32")
  })

  test("keeps the dtype of typed arrays", () => {
    expect(np.array(new Float32Array(2)).dtype).toBe("float32")
    expect(np.array(new Float64Array(2)).dtype).toBe("float64")
    expect(np.array(new Float16Array(2)).dtype).toBe("float16")
    expect(np.array(new Int32Array(2)).dtype).toBe("int32")
    expect(np.array(new Uint32Array(2)).dtype).toBe("uint32")
    expect(np.array(new Uint8Array(2)).dtype).toBe("uint8")
    expect(np.array(new Int16Array(2)).dtype).toBe("int16")
  })

  test("copies what it is given", async () => {
    const data = new Float32Array([1, 2])
    const x = np.array(data)
    data[0] = 9
    expect(await x.toArray()).toEqual([1, 2])
  })

  test("stacks arrays in lists", async () => {
    expect(await np.array([np.array([1, 2]), np.array([3, 4])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  test("refuses ragged lists and other things", () => {
    expect(() => np.array([[1, 2], [3]])).toThrow("lists on one level must have one shape")
    expect(() => np.array("1" as unknown as number)).toThrow("np.array takes numbers")
  })
})

describe("errors", () => {
  test("name the operation and the shapes", () => {
    const a: Array = np.ones([2, 3])
    const b: Array = np.ones([4])
    expect(() => a.add(b)).toThrow("add: shapes [2, 3] and [4] do not broadcast")
    expect(() => np.matmul(a, a)).toThrow(
      "matmul of [2, 3] and [2, 3]: axis 1 of the first has extent 3",
    )
    expect(() => a.sum(2)).toThrow("sum: axis is 2, but the array has rank 2")
    expect(() => a.reshape([4, -1])).toThrow("reshape from [2, 3] to [4, -1]")
    expect(() => a.transpose([0, 0])).toThrow("must name every axis once")
    expect(() => np.concatenate([a, b])).toThrow("concatenate")
    expect(() => np.zeros([-1])).toThrow("zeros: shape [-1] has an extent -1")
    expect(() => np.max(np.zeros([0]))).toThrow("max of [0] over [0] has no elements")
    expect(() => a.slice(2)).toThrow("slice of [2, 3]: index 2 is not in axis 0 of extent 2")
    expect(() => np.bitwiseAnd(a, a)).toThrow(
      "bitwiseAnd needs an integer or bool dtype, not float32",
    )
    expect(() => np.add("x" as unknown as number, 1)).toThrow(
      'add takes arrays and numbers, not "x"',
    )
  })

  test("are the same inside a jitted function", () => {
    const f = jit((x: Array, y: Array) => x.add(y))
    expect(() => f(np.ones([2, 3]), np.ones([4]))).toThrow(
      "add: shapes [2, 3] and [4] do not broadcast",
    )
  })
})
