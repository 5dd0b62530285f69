import fc from "fast-check"
import { expect, test } from "vitest"
import { keyOf } from "../../src/trade/memoize-key.ts"

/** Values with a plain structure. */
const plain = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: false,
})

const same = (a: unknown, b: unknown) => keyOf([a]).text === keyOf([b]).text

/** The same value made of other objects, with the keys of plain objects the other way round. */
function rebuilt(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  if (ArrayBuffer.isView(value) || value instanceof Date) return structuredClone(value)
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [rebuilt(k), rebuilt(v)]))
  if (value instanceof Set) return new Set([...value].map(rebuilt))
  if (Array.isArray(value)) {
    const items: unknown[] = new Array(value.length)
    for (const i of Object.keys(value)) items[Number(i)] = rebuilt(value[Number(i)])
    return items
  }
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, item]) => [key, rebuilt(item)]))
}

test("a key depends on structure alone, not on which objects it is made of or their keys' order", () => {
  fc.assert(
    fc.property(plain, (value) => {
      expect(keyOf([rebuilt(value)])).toEqual(keyOf([value]))
    }),
    { numRuns: 1000 },
  )
})

test("values that differ have different keys", () => {
  const equals = (a: unknown, b: unknown) => {
    try {
      expect(a).toStrictEqual(b)
      return true
    } catch {
      return false
    }
  }
  const scalar = fc.oneof(
    fc.constantFrom(0, 1, "", "0", null, undefined, false, 1n, NaN),
    fc.nat(2),
  )
  const small = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b"), scalar, { noNullPrototype: true }),
    fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }),
  )
  fc.assert(
    fc.property(small, small, (a, b) => {
      expect(same(a, b)).toBe(equals(a, b))
    }),
    { numRuns: 2000 },
  )
})

test("numbers are told apart bit by bit, save that there is one NaN", () => {
  expect(same(0, -0)).toBe(false)
  expect(same(Number.NaN, new Float64Array(new BigInt64Array([-1n]).buffer)[0])).toBe(true)
  expect(same(1, 1n)).toBe(false)
  expect(same(1, "1")).toBe(false)
  expect(same(0.1 + 0.2, 0.3)).toBe(false)
})

test("kinds that hold the same elements are told apart", () => {
  const kinds = [
    [1, 2],
    ["1", "2"],
    new Set([1, 2]),
    new Set([2, 1]),
    new Map([[1, 2]]),
    { 0: 1, 1: 2 },
    new Uint8Array([1, 2]),
    new Int8Array([1, 2]),
    new Uint8ClampedArray([1, 2]),
    new Uint8Array([1, 2]).buffer,
    new Uint16Array([0x0201]),
    new Date(12),
    /12/,
    /12/g,
    [[1], 2],
    [1, [2]],
    [1, 2, undefined],
    new Array(2),
    [undefined, undefined],
  ]
  expect(new Set(kinds.map((kind) => keyOf([kind]).text)).size).toBe(kinds.length)
  expect(new Set(kinds.map((kind) => keyOf([kind]).digest)).size).toBe(kinds.length)
})

test("a shorter list of arguments is another list", () => {
  const lists = [[], [undefined], [undefined, undefined], [[]], [[], []]]
  expect(new Set(lists.map((list) => keyOf(list).text)).size).toBe(lists.length)
})

test("a view is told by what it shows of its buffer", () => {
  const bytes = Uint8Array.of(9, 1, 2, 3, 9)
  expect(same(bytes.subarray(1, 4), Uint8Array.of(1, 2, 3))).toBe(true)
  expect(same(bytes.subarray(0, 3), Uint8Array.of(1, 2, 3))).toBe(false)
})

test("an object that holds itself has a key", () => {
  interface Ring {
    next?: Ring
  }
  const one: Ring = {}
  one.next = one
  const two: Ring = { next: {} }
  two.next!.next = two
  expect(same(one, one)).toBe(true)
  expect(same(one, two)).toBe(false)
})

test("what an earlier key left behind is not in the next", () => {
  keyOf(["long enough to leave something"])
  const key = keyOf(["odd"])
  keyOf([new Uint8Array(64).fill(255)])
  expect(keyOf(["odd"])).toEqual(key)
})

test("a key may be asked for while another is being written", () => {
  const value = {
    get b() {
      return keyOf([{ a: "inner" }]).digest
    },
    a: 1,
  }
  expect(keyOf([value])).toEqual(keyOf([{ a: 1, b: value.b }]))
})

test("digests of near values are spread evenly", () => {
  const bins = new Array(16).fill(0)
  const digests = new Set<number>()
  for (let i = 0; i < 16_000; i++) {
    const { digest } = keyOf([i])
    digests.add(digest)
    bins[Math.floor(digest / 2 ** 49)]++
  }
  expect(digests.size).toBe(16_000)
  for (const bin of bins) expect(Math.abs(bin - 1000)).toBeLessThan(200)
})

test("what has no plain structure is refused with its place", () => {
  class Money {}
  const why = /has no plain structure to tell calls apart by; pass numbers/
  expect(() => keyOf([() => 1])).toThrow(/^argument 0 is a function, which/)
  expect(() => keyOf([1, { a: [new Money()] }])).toThrow(
    /^argument 1\.a\.0 is an instance of Money,/,
  )
  expect(() => keyOf([Symbol("s")])).toThrow(why)
  expect(() => keyOf([new Map([["k", new WeakMap()]])])).toThrow(/argument 0\.value is an instance/)
  expect(() => keyOf([{ [Symbol("s")]: 1 }])).toThrow(/an object with a symbol for a key/)
  expect(() => keyOf([Promise.resolve(1)])).toThrow(why)
  expect(() => keyOf([Object.create(Object.create(null))])).toThrow(/an instance of a class/)
})

test("a list of objects too deep to walk is refused in a sentence", () => {
  let list: unknown = null
  for (let i = 0; i < 100_000; i++) list = { list }
  expect(() => keyOf([list])).toThrow("argument 0 holds objects more than 1000 deep")
})
