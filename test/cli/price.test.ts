import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { inProcess } from "./in-process.ts"

const folder = mkdtempSync(join(tmpdir(), "tradespace-price-"))
afterAll(() => rmSync(folder, { recursive: true }))

function writeModule(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** What the command prints, or its one sentence of error. */
async function run(...args: readonly string[]): Promise<string> {
  const { status, output, errors } = await inProcess("price", ...args)
  if (status !== 0) throw new Error(errors.trimEnd())
  return output
}

const multiply = ["examples/multiply.ts", "--export", "multiply"]

test("MULTIPLY-N is priced from the command line, symbolic and concrete", async () => {
  const symbolic = await run(...multiply, "--args", "f32[N]")
  expect(symbolic).toContain("RAM    N − 1     1        4 N + 4")
  expect(symbolic).toContain("GPU    ⌈log₂ N⌉  ⌊N/2⌋    4 N + 4")
  const concrete = await run(...multiply, "--args", "f32[1048576]")
  expect(concrete).toContain("RAM    1048575")
  expect(concrete).toContain("GPU    20 ")
  expect(await run(...multiply, "--args", "f32[N]", "--at", "N = 1048576")).toBe(concrete)
})

test("--json prints one document", async () => {
  const price = JSON.parse(await run(...multiply, "--args", "f32[N]", "--json"))
  expect(price.gpu.time).toEqual({ expression: "⌈log₂ N⌉", order: "O(log N)" })
  expect(price.bounds).toEqual([])
  const numbers = JSON.parse(await run(...multiply, "--args", "f32[8]", "--json"))
  expect([numbers.work, numbers.span, numbers.gpu.threads]).toEqual([7, 3, 4])
})

const halving = `
  export const halving = (x) => {
    while (Number(x.shape[0]) > 1) {
      const halves = x.reshape(2, Number(x.shape[0]) / 2)
      x = halves.slice(0).mul(halves.slice(1))
    }
    return x
  }`

test("--machine adds the third model to the table, and what it fills of the machine", async () => {
  const text = await run(...multiply, "--args", "f32[1048576]", "--machine", "A100")
  expect(text).toMatch(/^RAM +1048575 +1 +4194308$/m)
  expect(text).toMatch(
    /^model .* threads +memory .* m³·s .* energy .* light crossing +causal diamond$/m,
  )
  for (const space of ["board", "chassis", "floor"]) {
    const row = new RegExp(
      `^spacetime, ${space} +2\\.06 µs +6912 +4194308 .* J .* [pn]s .* ns$`,
      "m",
    )
    expect(text).toMatch(row)
  }
  const one = await run(
    ...multiply,
    ...["--args", "f32[1048576]", "--machine", "A100", "--space", "board", "--json"],
  )
  const { spacetime } = JSON.parse(one)
  expect(spacetime).toHaveLength(1)
  // 2²² + 4 bytes at 2.039 TB/s.
  expect(spacetime[0]).toMatchObject({ space: "board", threads: 6912, limitedBy: "memory" })
  expect(spacetime[0].seconds).toBeCloseTo(4194308 / 2.039e12, 9)
})

test("--threads tells the time on every number of threads", async () => {
  const text = await run(...multiply, "--args", "f32[1024]", "--threads", "3")
  expect(text).toMatch(/^1 +1023 +1 +1023 +1023$/m)
  expect(text).toMatch(/^2 +512 +2 +512 +516$/m)
  expect(text).toMatch(/^3 +346 +2\.96 +341 +347$/m)
  expect(text).toContain("nothing is gained beyond 512 threads")
  const most = JSON.parse(await run(...multiply, "--args", "f32[9]", "--threads", "99", "--json"))
  expect(most.parallel.useful).toEqual({ threads: 4, least: true })
  expect(most.parallel.on.at(-1)).toEqual({ threads: 99, least: 4, most: 4, greedy: 4 })
})

test("a loop that runs while the function is traced is priced by inference", async () => {
  const file = writeModule("halving.ts", halving)
  const text = await run(file, "--export", "halving", "--args", "f32[N]")
  expect(text).toContain("RAM    N − 1     1        7 N")
  expect(text).toMatch(/^work +N − 1 +O\(N\) +powers of two from 2/m)
  expect(text).toContain("inferred from 12 sizes, not derived")
  const { inferred } = JSON.parse(
    await run(file, "--export", "halving", "--args", "f32[N]", "--infer", "--json"),
  )
  expect(inferred.forms.work).toMatchObject({ form: "N − 1", holds: "powers of two" })
  const known = await run(file, "--export", "halving", "--args", "f32[N]", "--at", "N=64")
  expect(known).toContain("work 63, span 6")
  expect(known).not.toContain("inferred")
})

test("arguments of rest parameters, defaults and compiled functions are none too many", async () => {
  const file = writeModule(
    "many.ts",
    `import { jit } from "${join(import.meta.dirname, "../../src/array/index.ts")}"
export const sum = (...all) => all.reduce((a, b) => a.add(b))
export const scaled = (x, by = 2) => x.mul(by)
export const compiled = jit((x, y) => x.add(y))
export const first = (x, y) => x.add(x)`,
  )
  const work = async (name: string, args: string): Promise<number> =>
    JSON.parse(await run(file, "--export", name, "--args", args, "--json")).work
  expect(await work("sum", "f32[4], f32[4], f32[4]")).toBe(8)
  expect(await work("scaled", "f32[4], f32[]")).toBe(4)
  expect(await work("compiled", "f32[4], f32[4]")).toBe(4)
  expect(await work("first", "f32[4], f32[4]")).toBe(4)
  await expect(work("first", "f32[4], f32[4], f32[4]")).rejects.toThrow("no notice of number 3")
})

test("each mistake is one sentence", async () => {
  const file = writeModule(
    "mistakes.ts",
    "export const size = 3\nexport const twice = (x) => x.add(x)",
  )
  const halves = writeModule("halves.ts", halving)
  const broken = writeModule("broken.ts", "export const = 3")
  const mistakes: readonly (readonly [readonly string[], string])[] = [
    [[file, "--export", "thrice"], "there is no export thrice; its functions are twice"],
    [[file, "--export", "size"], "the export size is no function; its functions are twice"],
    [[join(folder, "none.ts"), "--export", "f"], "none.ts cannot be loaded"],
    [[broken, "--export", "f"], "broken.ts cannot be loaded"],
    [
      [...multiply, "--args", "f32[-1]"],
      'expected a whole number or a name at character 5, found "-1]"',
    ],
    [[...multiply, "--args", "f32[1.5]"], "expected a whole number or a name at character 5"],
    [
      [...multiply, "--args", "f32[N]", "--at", "N=1.5"],
      '"N=1.5" should be a name and a whole number',
    ],
    [[...multiply, "--args", "f32[N, M]", "--at", "M=2"], "size N has no value"],
    [[...multiply, "--args", "f32[N]", "--at", "M=2"], "--args has only N"],
    [[...multiply, "--args", "f32[8]", "--at", "N=2"], "--args has no named size"],
    [[...multiply, "--args", "f32[8], i32[2]"], "takes no notice of number 2"],
    [[...multiply, "--args", "f32[8]", "--space", "board"], "add --machine A100"],
    [
      [halves, "--export", "halving", "--args", "f32[N]", "--threads", "2"],
      "this price is inferred from several",
    ],
    [[halves, "--export", "halving", "--args", "f32[N], f32[N]"], "no notice of number 2"],
    [[...multiply], "the function has 1 parameter and --args names 0"],
    [[...multiply, "--args", "f32[N]", "--machine", "A100"], "--machine needs sizes with values"],
    [[...multiply, "--args", "f32[N]", "--threads", "4"], 'add --at "N=1024"'],
    [[...multiply, "--args", "f32[8]", "--machine", "A1000"], "nearest are A100"],
    [[...multiply, "--args", "f32[8]", "--machine", "TPU v4"], "has no scalar lanes"],
    [[...multiply, "--args", "f32[8]", "--space", "attic"], "Allowed choices are board"],
    [[...multiply, "--args", "f32[8]", "--infer"], "exactly one named size without a value"],
  ]
  for (const [args, message] of mistakes) {
    const error = await run(...args).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Error)
    const text = error instanceof Error ? error.message : ""
    expect(text).toContain(message)
    expect(text).not.toContain("\n")
  }
})
