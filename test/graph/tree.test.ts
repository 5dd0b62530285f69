import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { flatten, leafCount, type Tree, treeKey, unflatten } from "../../src/graph/index.ts"

const isNumber = (value: unknown): value is number => typeof value === "number"

const trees: fc.Arbitrary<Tree<number> | null> = fc.letrec<{ tree: Tree<number> | null }>(
  (tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 3 }) as fc.Arbitrary<Tree<number>>,
      fc.dictionary(fc.constantFrom("a", "b", "w"), tie("tree")) as fc.Arbitrary<Tree<number>>,
    ),
  }),
).tree

test("a tree taken apart and put together again is the tree", () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const [leaves, def] = flatten(tree, isNumber)
      expect(leaves.length).toBe(leafCount(def))
      expect(unflatten(def, leaves)).toEqual(plain(tree))
    }),
  )
})

test("trees of one form have one key, whatever their leaves and the order of their keys", () => {
  const keyOf = (tree: unknown): string => treeKey(flatten(tree, isNumber)[1])
  expect(keyOf({ a: 1, b: [2, 3] })).toBe(keyOf({ b: [4, 5], a: 6 }))
  expect(keyOf({ a: 1, b: [2, 3] })).not.toBe(keyOf({ a: 1, b: [2] }))
  expect(keyOf([])).not.toBe(keyOf({}))
  expect(keyOf([null])).not.toBe(keyOf([]))
})

test("leaves come in the order of sorted keys", () => {
  expect(flatten({ b: 1, a: [2, { d: 3, c: 4 }] }, isNumber)[0]).toEqual([2, 4, 3, 1])
})

describe("what is neither leaf nor branch is named with its path", () => {
  const attempts: readonly (readonly [unknown, string])[] = [
    [{ a: [1, "two"] }, 'tree.a[1] is "two"'],
    [[new Date(0)], "tree[0] is a Date"],
    [{ f: () => 1 }, "tree.f is a function"],
  ]
  for (const [tree, message] of attempts) {
    test(message, () => expect(() => flatten(tree, isNumber)).toThrow(message))
  }
})

/** Objects without prototypes become plain ones, as {@link unflatten} makes them. */
function plain(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(plain)
  if (typeof tree !== "object" || tree === null) return tree
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, plain(value)]))
}
