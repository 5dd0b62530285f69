import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { installPackage, typescript } from "./package.ts"

const root = join(import.meta.dirname, "../..")
const folder = mkdtempSync(join(tmpdir(), "tradespace-readme-"))
const minutes = 60_000

/** Each program of the README with what it says that the program prints. */
const examples = [
  ...readFileSync(join(root, "README.md"), "utf8").matchAll(
    /```ts\n(.*?)```\s*```text\n(.*?)```/gs,
  ),
].map(([, program, printed], i) => ({ name: `example-${i + 1}`, program, printed }))

/** A user's project: the package as it is published, and the README's programs in strict TypeScript. */
beforeAll(async () => {
  await installPackage(folder)
  for (const { name, program } of examples) writeFileSync(join(folder, `${name}.ts`), program)
  // Declarations, because a library's author needs them of functions whose types are inferred.
  writeFileSync(
    join(folder, "library.ts"),
    `import { type Array, grad, jit, np } from "tradespace"
export const positive = (x: Array) => np.where(np.greater(x, 0), x, 0).reshape([-1])
export const direction = jit(grad((x: Array) => np.sqrt(np.sum(x.mul(x)))))
`,
  )
  const compilerOptions = {
    strict: true,
    declaration: true,
    target: "ES2022",
    module: "NodeNext",
    outDir: "compiled",
    // Neither the package nor its users need the types of Node.
    types: [],
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
}, 3 * minutes)
afterAll(() => rmSync(folder, { recursive: true }))

test(
  "a project with the package compiles, its own declarations and the package's",
  async () => {
    await expect(typescript("--project", folder)).resolves.toBeUndefined()
  },
  minutes,
)

describe("an example of the README prints what the README says", () => {
  test.each(examples)("$name", async ({ name, printed }) => {
    const { stdout } = await node(`compiled/${name}.js`)
    expect(stdout).toBe(printed)
  })

  test("and there are five of them", () => {
    expect(examples).toHaveLength(5)
  })
})

test("the package's command prices a function of the project", async () => {
  const module = "compiled/library.js"
  const args = ["price", module, "--export", "positive", "--args", "f32[N]", "--json"]
  const { stdout } = await node("node_modules/tradespace/bin/tradespace.js", ...args)
  expect(JSON.parse(stdout)).toMatchObject({ work: { expression: "2 N" } })
})

function node(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return promisify(execFile)(process.execPath, [...args], { cwd: folder })
}
