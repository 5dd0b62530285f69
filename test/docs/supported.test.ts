import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { supportedPage } from "../../scripts/supported.ts"

test("the page of what there is of NumPy and JAX is what the code has: else run scripts/supported.ts", () => {
  expect(readFileSync("docs/supported.md", "utf8")).toBe(supportedPage())
})
