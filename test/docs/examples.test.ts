import { afterAll, describe, expect, test } from "vitest"
import * as tradespace from "../../src/index.ts"
import { doorProgram, publicFunctions, saysWorkAndSpan, typeErrors } from "./doors.ts"
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

test("every function of arrays says its work and span, or takes them from a function that does", () => {
  const spaces = ["np", "lax", "nn", "random", "linalg", "fft", "special"]
  const ofArrays = functions.filter(({ names }) =>
    names.some((name) => spaces.includes(name.slice(0, name.indexOf(".")))),
  )
  expect(ofArrays.length).toBeGreaterThan(500)
  const silent = ofArrays.filter((each) => !saysWorkAndSpan(each, functions))
  expect(silent.map(({ names }) => names[0])).toEqual([])
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
