import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Block, blocksOf, type Page, pages } from "../docs/pages.ts"
import { installPackage, typescript } from "./package.ts"

const folder = mkdtempSync(join(tmpdir(), "tradespace-programs-"))
const minutes = 60_000

interface Program extends Block {
  readonly name: string
}

/** Each program of a page, with what the page says that it prints. */
function programsOf(page: Page): readonly Program[] {
  const stem = page.path.toLowerCase().replace(".md", "").replaceAll(/\W/g, "-")
  return blocksOf(page, "ts").map(({ code, printed }, i) => ({
    name: `${stem}-${i + 1}`,
    code,
    printed: printed ?? shownIn(code),
  }))
}

/** What the comments with an arrow, behind a line or below it, say that a program prints. */
function shownIn(code: string): string | undefined {
  const shown = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => `${text}\n`)
  return shown.length === 0 ? undefined : shown.join("")
}

const ofReadme = pages.filter(({ path }) => path === "README.md").flatMap(programsOf)
const ofDocs = pages.filter(({ path }) => path !== "README.md").flatMap(programsOf)

/** A user's project: the package as it is published, and the programs in strict TypeScript. */
beforeAll(async () => {
  await installPackage(folder)
  for (const { name, code } of [...ofReadme, ...ofDocs]) {
    writeFileSync(join(folder, `${name}.ts`), code)
  }
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
  "every program of the README and of docs/ compiles in a project with the package, and so do its declarations",
  async () => {
    expect(ofReadme.length + ofDocs.length).toBeGreaterThan(15)
    await expect(typescript("--project", folder)).resolves.toBeUndefined()
  },
  minutes,
)

describe("an example of the README prints what the README says", () => {
  test.each(ofReadme)("$name", async ({ name, printed }) => {
    const { stdout } = await node(`compiled/${name}.js`)
    expect(stdout).toBe(printed)
  })

  test("and there are five of them", () => {
    expect(ofReadme).toHaveLength(5)
  })
})

test("a program of docs/ prints what stands below it", async () => {
  const shown = ofDocs.filter(({ printed }) => printed !== undefined)
  const border = "=== the next program ===\n"
  // One process after another would mostly start processes.
  const all = shown.map(({ name }) => `await import("./${name}.js")`)
  const text = `${all.join(`\nprocess.stdout.write(${JSON.stringify(border)})\n`)}\nexport {}\n`
  writeFileSync(join(folder, "compiled/all-of-docs.js"), text)
  const { stdout } = await node("compiled/all-of-docs.js")
  const found = stdout.split(border).map((printed, i) => ({ name: shown[i]?.name, printed }))
  expect(found).toEqual(shown.map(({ name, printed }) => ({ name, printed })))
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
