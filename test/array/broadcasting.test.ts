import fc from "fast-check"
import { expect, test } from "vitest"
import { np } from "../../src/array/index.ts"

/** Two shapes that broadcast: some axes of a common one made 1 or left out at the front. */
const shapes = fc
  .array(fc.nat(3), { maxLength: 4 })
  .chain((common) => fc.tuple(fc.constant(common), part(common), part(common)))

function part(common: readonly number[]) {
  return fc
    .tuple(fc.nat(common.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([drop, single]) => common.slice(drop).map((size, i) => (single[i] ? 1 : size)))
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** The element of a small array that stands at a place of a large one. */
function indexAt(place: number, shape: readonly number[], of: readonly number[]): number {
  let index = 0
  let stride = 1
  let rest = place
  for (let i = 1; i <= shape.length; i++) {
    const size = shape[shape.length - i]
    const own = of[of.length - i]
    if (own !== undefined) {
      if (own !== 1) index += stride * (rest % size)
      stride *= own
    }
    rest = Math.floor(rest / size)
  }
  return index
}

test("operands broadcast as NumPy says, for any shapes", async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async ([, left, right]) => {
      const rank = Math.max(left.length, right.length)
      const shape = globalThis.Array.from({ length: rank }, (_, i) => {
        const [a, b] = [left, right].map((s) => s[i - rank + s.length] ?? 1)
        return a === 1 ? b : a
      })
      const x = np.arange(sizeOf(left)).reshape(left)
      const y = np.arange(sizeOf(right)).mul(100).reshape(right)
      const sum = x.add(y)
      expect(sum.shape).toEqual(shape)
      const wanted = globalThis.Array.from(
        { length: sizeOf(shape) },
        (_, i) => indexAt(i, shape, left) + 100 * indexAt(i, shape, right),
      )
      expect([...(await sum.data())]).toEqual(wanted)
    }),
    { numRuns: 60 },
  )
})

test("einsum is the sum over all letters, for any contraction", async () => {
  const letters = "abcde"
  const extents = [2, 3, 1, 2, 4]
  const term = fc.uniqueArray(fc.nat(4), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(term, { minLength: 1, maxLength: 3 }),
      fc.nat(31),
      async (terms, keep) => {
        const used = [...new Set(terms.flat())].sort()
        const output = used.filter((l) => (keep >> l) & 1)
        const text = (list: readonly number[]) => list.map((l) => letters[l]).join("")
        const shapeOf = (list: readonly number[]) => list.map((l) => extents[l])
        const arrays = terms.map((t, k) =>
          np
            .arange(sizeOf(shapeOf(t)))
            .add(k + 1)
            .reshape(shapeOf(t)),
        )
        const data = await Promise.all(arrays.map((a) => a.data()))
        const wanted = new Float64Array(sizeOf(shapeOf(output)))
        const at = (place: readonly number[], list: readonly number[]) =>
          list.reduce((index, l) => index * extents[l] + place[used.indexOf(l)], 0)
        for (let i = 0; i < sizeOf(shapeOf(used)); i++) {
          let rest = i
          const place = used.map((l) => {
            const digit = rest % extents[l]
            rest = Math.floor(rest / extents[l])
            return digit
          })
          wanted[at(place, output)] += terms.reduce((p, t, k) => p * data[k][at(place, t)], 1)
        }
        const result = np.einsum(`${terms.map(text).join(",")}->${text(output)}`, ...arrays)
        expect([...(await result.data())]).toEqual([...wanted])
      },
    ),
    { numRuns: 60 },
  )
})
