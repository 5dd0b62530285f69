import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { oneSentence } from "./command.ts"
import { inProcess } from "./in-process.ts"

const multiply = ["frontier", "examples/multiply.ts", "--export", "multiply"]

describe("tradespace frontier", () => {
  test("prints a table and a plot, or one JSON document", async () => {
    const args = [...multiply, "--args", "f32[4096]", "--device", "ram"]
    const { status, output, errors } = await inProcess(...args)
    expect({ status, errors }).toEqual({ status: 0, errors: "" })
    expect(output).toMatch(/^threads +memory +seconds +four times of five +quicker$/m)
    expect(output).toMatch(/^ +1 +16\.4 kB .* 1 ×$/m)
    expect(output).toContain("│●")
    const json = await inProcess(...args, "--json")
    const { device, points } = JSON.parse(json.output)
    expect([device, points.length, points[0].threads]).toEqual(["ram", 1, 1])
  })

  test("sells memory, as a table, a plot, a picture and a page", async () => {
    const folder = await mkdtemp(join(tmpdir(), "frontier-"))
    const [svg, html] = [join(folder, "step.svg"), join(folder, "step.html")]
    const layers = Array.from({ length: 6 }, () => "f32[32, 32]").join(", ")
    const args = `f32[256, 32], f32[256, 32], ${layers}`
    const all = ["frontier", "examples/deep.ts", "--export", "step", "--args", args]
    const { status, output, errors } = await inProcess(
      ...[...all, "--device", "ram", "--svg", svg, "--html", html],
    )
    expect({ status, errors }).toEqual({ status: 0, errors: "" })
    expect(output).toMatch(/^threads +memory +seconds +four times of five +quicker +again$/m)
    expect(output).toMatch(/\+\d+(\.\d+)? %: \d+ dot, \d+ tanh$/m)
    expect(output).toContain("memory\n1: 1 thread")
    const [picture, page] = [await readFile(svg, "utf8"), await readFile(html, "utf8")]
    expect(picture).toMatch(/^<svg xmlns=.*<title>step on ram: seconds by space<\/title>/s)
    expect(picture).toContain("computed again")
    expect(page).toContain(picture)
    expect(page).not.toMatch(/(src|href)="http/)
    const less = await inProcess(...all, "--device", "ram", "--memory", "1kB")
    expect(less).toMatchObject({ status: 1, output: "" })
    expect(less.errors).toMatch(oneSentence)
    expect(less.errors).toContain("a memory budget of 1000 bytes is too small")
    const named = await inProcess(...all, "--device", "ram", "--memory", "much")
    expect(named).toMatchObject({ status: 2, output: "" })
    expect(named.errors).toContain('--memory is "much"; it takes bytes')
    await rm(folder, { recursive: true })
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
      const outcome = await inProcess(...args)
      expect(outcome).toMatchObject({ status, output: "" })
      expect(outcome.errors).toContain(message)
      expect(outcome.errors).toMatch(oneSentence)
    }
  })
})
