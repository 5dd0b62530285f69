import { afterAll, describe, expect, test } from "vitest"
import * as data from "../../src/data/index.ts"
import * as fit from "../../src/fit/index.ts"
import * as tradespace from "../../src/index.ts"
import * as nn from "../../src/nn/index.ts"
import {
  arrayMethods,
  doorProgram,
  doors,
  linkedFrom,
  publicFunctions,
  saysWorkAndSpan,
  typeErrors,
} from "./doors.ts"
import { agrees, isRun, runExample } from "./running.ts"

const program = doorProgram()
const functions = publicFunctions(program, doors.tradespace)
const ofNetworks = publicFunctions(program, doors["tradespace/nn"])
const ofData = publicFunctions(program, doors["tradespace/data"])
const ofFits = publicFunctions(program, doors["tradespace/fit"])
const all = [...functions, ...ofNetworks, ...ofData, ...ofFits]

afterAll(tradespace.closeDevices)

test("every public function has a docstring", () => {
  const bare = all.filter(({ comment }) => comment === "").map(({ names }) => names[0])
  expect(bare).toEqual([])
})

test("every public function has an example", () => {
  const without = all.filter(({ examples }) => examples.length === 0)
  expect(without.map(({ names }) => names[0])).toEqual([])
})

test("every method of arrays names the function that it is, which has an example", () => {
  const methods = arrayMethods(program)
  expect(methods.length).toBeGreaterThan(40)
  const without = methods.filter(
    (each) => !linkedFrom(each, functions).some(({ examples }) => examples.length > 0),
  )
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
  const names = {
    tradespace: Object.keys(tradespace),
    "tradespace/nn": Object.keys(nn),
    "tradespace/data": Object.keys(data),
    "tradespace/fit": Object.keys(fit),
  }
  expect(typeErrors(program, all, names)).toEqual([])
})

describe("examples in docstrings give what they show", () => {
  const documented = all.filter(({ examples }) => examples.some(isRun))
  test.each(documented)("$names.0", async ({ examples }) => {
    const shown = (await Promise.all(examples.filter(isRun).map(runExample))).flat()
    expect(shown.length).toBeGreaterThan(0)
    const wrong = shown.filter(({ seen, written }) => !agrees(seen, written))
    expect(wrong).toEqual([])
  })
})
