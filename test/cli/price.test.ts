import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Command } from "commander"
import { afterAll, expect, test, vi } from "vitest"
import { priceCommand } from "../../src/cli/price.ts"

const folder = mkdtempSync(join(tmpdir(), "tradespace-price-"))
afterAll(() => rmSync(folder, { recursive: true }))

function writeModule(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** What the command prints, or its one sentence of error. */
async function run(...args: readonly string[]): Promise<string> {
  const printed: string[] = []
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text))
    return true
  })
  const command: Command = priceCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  try {
    await command.parseAsync([...args], { from: "user" })
    return printed.join("")
  } finally {
    write.mockRestore()
  }
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

test("each mistake is one sentence", async () => {
  const file = writeModule(
    "mistakes.ts",
    "export const size = 3\nexport const twice = (x) => x.add(x)",
  )
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
    [[...multiply, "--args", "f32[N]", "--at", "M=2"], "size N has no value"],
    [[...multiply], "prod"],
  ]
  for (const [args, message] of mistakes) {
    const error = await run(...args).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Error)
    const text = error instanceof Error ? error.message : ""
    expect(text).toContain(message)
    expect(text).not.toContain("\n")
  }
})
