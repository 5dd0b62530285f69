import { afterAll, describe, expect, test } from "vitest"
import * as tradespace from "../../src/index.ts"
import { doorProgram, publicFunctions, typeErrors } from "./doors.ts"
import { agrees, runExample } from "./running.ts"

const program = doorProgram()
const functions = publicFunctions(program)

afterAll(tradespace.closeDevices)

test("every public function has a docstring", () => {
  const bare = functions.filter(({ comment }) => comment === "").map(({ names }) => names[0])
  expect(bare).toEqual([])
})

test("every public function has an example", () => {
  const without = functions.filter(({ examples }) => examples.length === 0)
  expect(without.map(({ names }) => names[0])).toEqual([])
})

test("examples are of the right types", () => {
  expect(typeErrors(program, functions, Object.keys(tradespace))).toEqual([])
})

describe("examples in docstrings give what they show", () => {
  const documented = functions.filter(({ examples }) => examples.length > 0)
  test.each(documented)("$names.0", async ({ examples }) => {
    const shown = (await Promise.all(examples.map(runExample))).flat()
    expect(shown.length).toBeGreaterThan(0)
    const wrong = shown.filter(({ seen, written }) => !agrees(seen, written))
    expect(wrong).toEqual([])
  })
})
