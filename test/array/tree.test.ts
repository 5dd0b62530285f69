import { expect, test } from "vitest"
import { type Array, grad, np, tree } from "../../src/index.ts"

const parameters = { w: np.array([1, 2]), b: np.array(3), none: null }

test("gradients are subtracted from parameters leaf by leaf", async () => {
  const loss = (p: { readonly w: Array; readonly b: Array }) => np.sum(p.w.mul(p.w)).add(p.b)
  const { w, b } = parameters
  const stepped = tree.map((x, g) => x.sub(g.mul(0.5)), { w, b }, grad(loss)({ w, b }))
  expect(await stepped.w.toArray()).toEqual([0, 0])
  expect(await stepped.b.item()).toBe(2.5)
})

test("a tree is its leaves in its form, whatever the order of its keys", () => {
  const [leaves, form] = tree.flatten(parameters)
  expect(leaves[0]).toBe(parameters.b)
  expect(leaves[1]).toBe(parameters.w)
  expect(tree.unflatten(form, ["b", "w"])).toEqual({ b: "b", none: null, w: "w" })
  const { w, b } = parameters
  expect(String(tree.structure({ b, none: null, w }))).toBe(String(form))
})

test("trees of different forms, and leaves that are too few, are refused in a sentence", () => {
  expect(() => tree.map((x) => x, [1, 2] as readonly number[], [1])).toThrow(
    "tree.map: trees of different forms, [*,*] and [*]",
  )
  expect(() => tree.unflatten(tree.structure([1, 2]), [1])).toThrow(
    "tree.unflatten: 1 leaves for a form of 2",
  )
})
