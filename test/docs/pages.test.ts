import { existsSync, readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { expect, test } from "vitest"
import { commandsPage } from "../../scripts/commands.ts"
import { pricePicture } from "../../scripts/price-picture.ts"
import { spacetimePicture } from "../../scripts/spacetime-picture.ts"
import { supportedPage } from "../../scripts/supported.ts"
import { verdictPicture } from "../../scripts/verdict-picture.ts"
import { commandTree } from "../../src/cli/program.ts"
import { inProcess } from "../cli/in-process.ts"
import { anchorsOf, blocksOf, linksOf, pages, spansOf } from "./pages.ts"

test("the page of what there is of NumPy and JAX is what the code has: else run scripts/supported.ts", () => {
  expect(readFileSync("docs/supported.md", "utf8")).toBe(supportedPage())
})

test("the page of commands is what their --help says: else run scripts/commands.ts", () => {
  expect(readFileSync("docs/commands.md", "utf8")).toBe(commandsPage())
})

test.each([
  { name: "price", draw: pricePicture },
  { name: "spacetime", draw: spacetimePicture },
  { name: "verdict", draw: verdictPicture },
])(
  "the picture of $name in docs is of what the code counts: else run its script, scripts/$name-picture.ts",
  (each) => {
    expect(readFileSync(`docs/${each.name}.svg`, "utf8")).toBe(each.draw())
  },
)

/** Each command of the line, with its options. */
const optionsOf = new Map(
  commandTree().commands.map((command) => [
    command.name(),
    new Set(["--help", "--debug", ...command.options.map(({ long }) => long ?? "")]),
  ]),
)

/** What the benches read from their command lines. */
const benchOptions = new Set(
  readdirSync("bench", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => readFileSync(`bench/${file}`, "utf8"))
    .flatMap((text) => [
      ...[...text.matchAll(/^ +"?([a-z][a-z-]*)"?: \{ type: "(?:string|boolean)"/gm)].map(
        ([, name]) => `--${name}`,
      ),
      ...[...text.matchAll(/"(--[a-z][a-z-]*)[ "]/g)].map(([, flag]) => flag ?? ""),
    ]),
)

/** The lines of a page that are commands, in blocks and in the text, without `npx`. */
const lines = pages.flatMap((page) => {
  const inBlocks = blocksOf(page, "sh").flatMap(({ code }) => code.split("\n"))
  return [...inBlocks, ...spansOf(page)]
    .map((line) =>
      line
        .trim()
        .replace(/^npx /, "")
        .replace(/ # .*$/, ""),
    )
    .map((line) => ({ path: page.path, line }))
})

test("commands in the pages are there, with the options that they have in the pages", () => {
  const asked = lines.filter(({ line }) => /^tradespace [a-z]/.test(line))
  expect(asked.length).toBeGreaterThan(40)
  const wrong = asked.filter(({ line }) => {
    const options = optionsOf.get(line.split(" ")[1] ?? "")
    return options === undefined || flagsOf(line).some((flag) => !options.has(flag))
  })
  expect(wrong).toEqual([])
})

test("an option in the text is one of the commands', or of the benches", () => {
  const known = new Set([...optionsOf.values(), benchOptions].flatMap((options) => [...options]))
  const alone = lines.filter(({ line }) => !/^(tradespace|npm|node|curl) /.test(line))
  expect(alone.filter(({ line }) => flagsOf(line).some((flag) => !known.has(flag)))).toEqual([])
  const ofBenches = lines.filter(({ line }) => /^npm run bench/.test(line))
  expect(ofBenches.length).toBeGreaterThan(10)
  expect(
    ofBenches.filter(({ line }) => flagsOf(line).some((flag) => !benchOptions.has(flag))),
  ).toEqual([])
})

test("scripts of npm in the pages are there", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"))
  const known = new Set(Object.keys(scripts))
  const asked = lines.flatMap(({ path, line }) =>
    [...line.matchAll(/^npm (?:run )?([\w:]+)/g)].map(([, script]) => ({ path, script })),
  )
  expect(asked.length).toBeGreaterThan(10)
  expect(asked.filter(({ script }) => script !== "ci" && !known.has(script ?? ""))).toEqual([])
})

test("a command prints what stands below it", async () => {
  const shown = pages.flatMap((page) => blocksOf(page, "sh")).filter(({ printed }) => printed)
  expect(shown.length).toBeGreaterThan(2)
  for (const { code, printed } of shown) {
    const [, ...args] = wordsOf(code.trim())
    const { status, output } = await inProcess(...args)
    expect(status).toBe(0)
    // What is left out is marked.
    for (const part of (printed ?? "").split("…\n")) expect(output).toContain(part)
  }
})

test("links lead to files that are there, and to their headings", () => {
  const wrong = pages.flatMap((page) =>
    linksOf(page)
      .filter((target) => {
        const [file = "", anchor] = target.split("#")
        const path = file === "" ? page.path : posix.join(posix.dirname(page.path), file)
        if (!existsSync(path)) return true
        const led = pages.find((each) => each.path === path)
        return anchor !== undefined && !(led !== undefined && anchorsOf(led).includes(anchor))
      })
      .map((target) => `${page.path}: ${target}`),
  )
  expect(wrong).toEqual([])
})

test("every page of docs/ is reached from the README", () => {
  const [readme] = pages
  const reached = new Set(readme === undefined ? [] : linksOf(readme).map((to) => to.split("#")[0]))
  const lost = pages.map(({ path }) => path).filter((path) => path !== "README.md")
  expect(lost.filter((path) => !reached.has(path))).toEqual([])
})

test("files that the text names are there", () => {
  const wrong = pages.flatMap((page) =>
    spansOf(page)
      .filter((span) => /^(src|test|bench|docs|examples|scripts)\/[\w./-]+$/.test(span))
      .filter((path) => !existsSync(path) && !/^bench\/(results|node_modules)\b/.test(path))
      .map((path) => `${page.path}: ${path}`),
  )
  expect(wrong).toEqual([])
})

function flagsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag)
}

/** The words of a line as a shell takes them apart, quotes taken off. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  )
}
