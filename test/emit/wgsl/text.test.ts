import { expect, test } from "vitest"
import { Text } from "../../../src/emit/wgsl/text.ts"

test("names that are given are no type's", () => {
  const text = new Text()
  const names = Array.from({ length: 40 }, () => text.name("i"))
  expect(new Set(names).size).toBe(40)
  expect(names).not.toContain("i32")
})
