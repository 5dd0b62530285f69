import { describe, expect, test } from "vitest"
import { oneSentence, tradespace } from "./command.ts"

const multiply = ["frontier", "examples/multiply.ts", "--export", "multiply"]

describe("tradespace frontier", () => {
  test("prints a table and a plot, or one JSON document", async () => {
    const args = [...multiply, "--args", "f32[4096]", "--device", "ram"]
    const { status, output, errors } = await tradespace(...args)
    expect({ status, errors }).toEqual({ status: 0, errors: "" })
    expect(output).toMatch(/^threads +memory +seconds +four times of five +quicker$/m)
    expect(output).toMatch(/^ +1 +16\.4 kB .* 1 ×$/m)
    expect(output).toContain("│●")
    const json = await tradespace(...args, "--json")
    const { device, points } = JSON.parse(json.output)
    expect([device, points.length, points[0].threads]).toEqual(["ram", 1, 1])
  })

  test("refuses what it cannot price in one sentence", async () => {
    const wrong: readonly (readonly [readonly string[], string, number])[] = [
      [[...multiply, "--args", "f32[N]"], "size N has no value: a frontier needs numbers", 2],
      [[...multiply, "--args", "f32[8"], "expected , or ]", 2],
      [[...multiply, "--args", "f32[8]", "--device", "abacus"], "Allowed choices are", 2],
      [[...multiply, "--args", "f32[8]", "--threads", "0"], "a whole number from 1 up", 2],
      [["frontier", "examples/none.ts", "--export", "f"], "cannot be loaded", 2],
    ]
    for (const [args, message, status] of wrong) {
      const outcome = await tradespace(...args)
      expect(outcome).toMatchObject({ status, output: "" })
      expect(outcome.errors).toContain(message)
      expect(outcome.errors).toMatch(oneSentence)
    }
  })
})
