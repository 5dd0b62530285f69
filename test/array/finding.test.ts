import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Array, grad, jit, np, vmap } from "../../src/array/index.ts"

describe("how many results there are", () => {
  test("is awaited outside of traced functions", async () => {
    const x = np.array([3, 0, 5, 0])
    expect(await (await np.flatnonzero(x)).toArray()).toEqual([0, 2])
    expect(await (await np.extract(np.greater(x, 4), x)).toArray()).toEqual([5])
    expect((await np.nonzero(np.zeros([2, 3]))).map(({ shape }) => shape)).toEqual([[0], [0]])
  })

  test("is said by size in traced ones, and must be", async () => {
    const x = np.array([3, 0, 5, 3])
    const traced = jit((y: Array) => ({
      places: np.flatnonzero(y, { size: 4, fillValue: -1 }),
      unique: np.unique(y, { size: 4, fillValue: 9 }),
      both: np.intersect1d(y, np.array([3, 7]), { size: 2 }),
    }))
    const { places, unique, both } = traced(x)
    expect(await places.toArray()).toEqual([0, 2, 3, -1])
    expect(await unique.toArray()).toEqual([0, 3, 5, 9])
    expect(await both.toArray()).toEqual([3, 0])
    const without = jit((y: Array) => {
      void np.nonzero(y)
      return y
    })
    expect(() => without(x)).toThrow("nonzero in a traced function needs size")
    const counted = jit((y: Array) => {
      void np.bincount(y)
      return y
    })
    expect(() => counted(np.arange(3))).toThrow("bincount in a traced function needs length")
  })

  test("may differ by element of a batch, where size does not", async () => {
    const rows = np.array([
      [1, 0, 1],
      [0, 0, 1],
    ])
    const found = vmap((row: Array) => np.flatnonzero(row, { size: 2, fillValue: 7 }))(rows)
    expect(await found.toArray()).toEqual([
      [0, 2],
      [2, 7],
    ])
  })
})

test("unique elements with their inverse make the array again", async () => {
  const numbers = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(numbers, async (list) => {
      const found = await np.uniqueAll(np.array(list))
      const again = np.take(found.values, found.inverseIndices, 0)
      expect(await again.toArray()).toEqual(list)
      const counts = [...(await found.counts.data())]
      expect(counts.reduce((a, b) => a + b)).toBe(list.length)
      expect(await found.values.toArray()).toEqual([...new Set(list)].sort((a, b) => a - b))
    }),
    { numRuns: 25 },
  )
})

test("functions of vectors apply along any axis", async () => {
  const x = np.arange(12).reshape([3, 4])
  const halves = np.applyAlongAxis((v: Array) => v.slice([0, 2]), 0, x)
  expect(await halves.toArray()).toEqual(await x.slice([0, 2]).toArray())
  const sums = np.applyAlongAxis((v: Array) => np.sum(v), 1, x)
  expect(await sums.toArray()).toEqual([6, 22, 38])
})

test("a median's gradient goes to the middle elements", async () => {
  const slope = grad((x: Array) => np.median(x))(np.array([4, 1, 3, 9]))
  expect(await slope.toArray()).toEqual([0.5, 0, 0.5, 0])
})

test("what cannot be is refused in a sentence", async () => {
  const x = np.zeros([3, 4])
  expect(() => np.gradient(np.zeros([1]))).toThrow("extent 1, which must be at least 2")
  expect(() => np.cross(np.zeros([4]), np.zeros([4]))).toThrow("4 components, which must be 2 or 3")
  expect(() => np.delete(x, 5, 0)).toThrow("delete: index 5 is not in an axis of extent 3")
  expect(() => np.select([true], [])).toThrow("select has 1 conditions for 0 choices")
  expect(() => np.quantile(np.zeros([0]), 0.5)).toThrow("quantile of no elements")
  expect(() => np.histogram(x, 0)).toThrow("bins is 0, which must be a whole number of at least 1")
  expect(() => np.interp(1, np.zeros([2]), np.zeros([3]))).toThrow("vectors of one length")
  expect(() => np.bincount(np.array([0.5]), { length: 2 })).toThrow("integers, not float32")
})

const rows = np.array([
  [3, 1],
  [0, 2],
  [3, 1],
  [0, 1],
])

test("unique rows and columns are those of NumPy, eagerly and with a size", async () => {
  const found = await np.unique(rows, {
    axis: 0,
    returnIndex: true,
    returnInverse: true,
    returnCounts: true,
  })
  // numpy.unique([[3, 1], [0, 2], [3, 1], [0, 1]], axis=0, return_index=True, …)
  const wanted = [
    [
      [0, 1],
      [0, 2],
      [3, 1],
    ],
    [3, 1, 0],
    [2, 1, 2, 0],
    [1, 1, 2],
  ]
  expect(await Promise.all(found.map((one) => one.toArray()))).toEqual(wanted)
  const sized = jit((x: typeof rows) => np.unique(x, { axis: 0, size: 4, fillValue: 9 }))(rows)
  expect(await sized.toArray()).toEqual([
    [0, 1],
    [0, 2],
    [3, 1],
    [9, 9],
  ])
  const columns = await np.unique(np.array([[1, 1, 0]]), { axis: 1 })
  expect(await columns.toArray()).toEqual([[0, 1]])
})

test("the parts of unique come by name", async () => {
  const x = np.array([2, 1, 2])
  expect(await (await np.uniqueValues(x)).toArray()).toEqual([1, 2])
  const { values, counts } = await np.uniqueCounts(x)
  expect(await values.toArray()).toEqual([1, 2])
  expect(await counts.toArray()).toEqual([1, 2])
  const { inverseIndices } = np.uniqueInverse(x, { size: 2 })
  expect(await inverseIndices.toArray()).toEqual([1, 0, 1])
})

test("where with the condition alone is nonzero", async () => {
  const mask = np.array([0, 1, 1])
  const [places] = await np.where(mask)
  expect(await places.toArray()).toEqual([1, 2])
  const [sized] = np.where(mask, { size: 3, fillValue: -1 })
  expect(await sized.toArray()).toEqual([1, 2, -1])
  expect(await np.where(mask, 5, 6).toArray()).toEqual([6, 5, 5])
})

test.each([
  ["fb", [1, 0, 2]],
  ["f", [1, 0, 2, 0]],
  ["b", [0, 0, 1, 0, 2]],
] as const)("zeros are trimmed at the ends %s", async (trim, wanted) => {
  const trimmed = await np.trimZeros(np.array([0, 0, 1, 0, 2, 0]), trim)
  expect(await trimmed.toArray()).toEqual(wanted)
  expect((await np.trimZeros(np.zeros([3]), trim)).shape).toEqual([0])
})

test("sums are computed in the dtype that is asked for", async () => {
  const x = np.array([1.5, 2.5])
  const bytes = np.array([200, 100], { dtype: "uint8" })
  expect(await np.sum(x, null, { dtype: "int32" }).toArray()).toBe(3)
  expect(np.sum(bytes, { dtype: "uint8" }).dtype).toBe("uint8")
  expect(await np.sum(bytes, { dtype: "uint8" }).toArray()).toBe(44)
  expect(np.mean(bytes, { dtype: "float64" }).dtype).toBe("float64")
  expect(np.prod(x, { dtype: "float64" }).dtype).toBe("float64")
  expect(await np.cumsum(x, 0, { dtype: "int32" }).toArray()).toEqual([1, 3])
  expect(np.std(x, { dtype: "float64" }).dtype).toBe("float64")
})
