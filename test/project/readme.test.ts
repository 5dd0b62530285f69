import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, describe, expect, test } from "vitest"

const root = join(import.meta.dirname, "../..")
mkdirSync(join(root, "out"), { recursive: true })
const folder = mkdtempSync(join(root, "out", "readme-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Each program of the README with what it says that the program prints. */
function examples(): readonly { readonly program: string; readonly printed: string }[] {
  const text = readFileSync(join(root, "README.md"), "utf8")
  const pairs = text.matchAll(/```ts\n(.*?)```\s*```text\n(.*?)```/gs)
  return [...pairs].map(([, program, printed]) => ({ program, printed }))
}

/** The package's doors, as the sources that they are built from. */
function fromSources(program: string): string {
  return program.replace(/"tradespace(\/\w+)?"/g, (_, door = "") => `"../../src${door}/index.ts"`)
}

describe("an example of the README prints what the README says", () => {
  test.each(examples())("number $#", async ({ program, printed }) => {
    const file = join(folder, `example-${Math.random().toString(36).slice(2)}.ts`)
    writeFileSync(file, fromSources(program))
    const { stdout } = await promisify(execFile)(process.execPath, [file])
    expect(stdout).toBe(printed)
  })

  test("and there are five of them", () => {
    expect(examples()).toHaveLength(5)
  })
})
