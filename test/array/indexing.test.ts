import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Array, grad, type Index, jit, np } from "../../src/array/index.ts"

const x24 = () => np.arange(24).reshape([2, 3, 4])

/** A range as Python reads it, on a plain list. */
function sliceList(
  list: readonly number[],
  start: number | null,
  stop: number | null,
  step: number,
) {
  const n = list.length
  const clamp = (i: number, low: number, high: number) => Math.min(Math.max(i, low), high)
  const place = (i: number) => (i < 0 ? i + n : i)
  const up = step > 0
  const from = start === null ? (up ? 0 : n - 1) : clamp(place(start), up ? 0 : -1, up ? n : n - 1)
  const to = stop === null ? (up ? n : -1) : clamp(place(stop), up ? 0 : -1, up ? n : n - 1)
  const taken: number[] = []
  for (let i = from; up ? i < to : i > to; i += step) taken.push(list[i])
  return taken
}

describe("slice", () => {
  test("reads ranges as Python does", async () => {
    const bound = fc.option(fc.integer({ min: -12, max: 12 }))
    const step = fc.integer({ min: -4, max: 4 }).filter((s) => s !== 0)
    await fc.assert(
      fc.asyncProperty(fc.nat(9), bound, bound, step, async (n, start, stop, step) => {
        const list = globalThis.Array.from({ length: n }, (_, i) => i)
        const got = await np.arange(n).slice([start, stop, step]).toArray()
        expect(got).toEqual(sliceList(list, start, stop, step))
      }),
      { numRuns: 60 },
    )
  })

  test("takes numbers, ranges, new axes, index arrays and the rest", () => {
    const index = np.array([0, 1, 0], { dtype: "int32" })
    const forms: readonly (readonly [readonly Index[], readonly number[]])[] = [
      [[1], [3, 4]],
      [[-1, 2, -4], []],
      [
        [[], [1]],
        [2, 2, 4],
      ],
      [
        [undefined, { start: 1, stop: 3 }],
        [2, 2, 4],
      ],
      [
        ["...", 0],
        [2, 3],
      ],
      [
        [0, "...", [1, 3]],
        [3, 2],
      ],
      [
        [null, [], null, [0, 2]],
        [1, 2, 1, 2, 4],
      ],
      [[index], [3, 3, 4]],
      [
        [[], index],
        [2, 3, 4],
      ],
      [
        [[], index, index],
        [2, 3],
      ],
      [
        [index, [], index],
        [3, 3],
      ],
      [
        [[], index, 1],
        [2, 3],
      ],
      [
        [1, [], index],
        [3, 3],
      ],
    ]
    for (const [index, shape] of forms) expect(x24().slice(...index).shape).toEqual(shape)
  })

  test("gives the elements that NumPy gives", async () => {
    const x = x24()
    const index = np.array([0, -1], { dtype: "int32" })
    expect(await x.slice(1, [0, 2], -1).toArray()).toEqual([15, 19])
    expect(await x.slice([], index, 1).toArray()).toEqual([
      [1, 9],
      [13, 21],
    ])
    expect(await x.slice(index, [0, 1], index).toArray()).toEqual([[0], [15]])
    expect(await x.slice(0, 0, [null, null, -1]).toArray()).toEqual([3, 2, 1, 0])
  })

  test("is the same inside a trace", async () => {
    const f = (x: Array) => x.slice(-1, [1], np.array([3, 0], { dtype: "int32" }))
    expect(await jit(f)(x24()).toArray()).toEqual(await f(x24()).toArray())
  })

  test("refuses what is out of bounds or too much", () => {
    expect(() => x24().slice(0, 3)).toThrow("index 3 is not in axis 1 of extent 3")
    expect(() => x24().slice(0, 0, 0, 0)).toThrow("4 indices for 3 axes")
    expect(() => x24().slice([0, 1, 0])).toThrow("a step is 0")
    expect(() => x24().slice(np.ones([2]))).toThrow("an index array must be integers, not float32")
    expect(() => x24().slice(0.5)).toThrow("index 0.5")
  })

  test("is differentiated by scattering back", async () => {
    const index = np.array([1, 1], { dtype: "int32" })
    const g = grad((x: Array) => x.slice(index).sum())(np.ones([3]))
    expect(await g.toArray()).toEqual([0, 2, 0])
  })
})

describe("at", () => {
  test("sets, adds and combines parts of a copy", async () => {
    const x = np.zeros([2, 3])
    expect(
      await x
        .at(1)
        .set(np.array([1, 2, 3]))
        .toArray(),
    ).toEqual([
      [0, 0, 0],
      [1, 2, 3],
    ])
    expect(await x.at([], -1).add(5).toArray()).toEqual([
      [0, 0, 5],
      [0, 0, 5],
    ])
    const index = np.array([0, 0, 2, 9], { dtype: "int32" })
    expect(await np.zeros([3]).at(index).add(1).toArray()).toEqual([2, 0, 1])
    expect(await np.ones([3]).at([null, null, 2]).multiply(4).toArray()).toEqual([4, 1, 4])
    expect(await np.ones([3]).at(0).max(3).at(1).min(-3).toArray()).toEqual([3, -3, 1])
    expect(await x.toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
})
