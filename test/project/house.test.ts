import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import ts from "typescript"
import { expect, test } from "vitest"

/** The rooms of src, ground floor first. A room may import the rooms before it, never those after. */
const floors = [
  "size",
  "hardware",
  "physics",
  "graph",
  "price",
  "transform",
  "schedule",
  "emit",
  "device",
  "array",
  "trade",
  "nn",
  "data",
  "fit",
  "cluster",
  "cli",
]

/** The rooms that need nothing but the platform, and so work in a browser. */
const core = floors.slice(0, floors.indexOf("nn") + 1)

/** What a room has to do without although it stands below. */
const knowsNothingOf: Record<string, readonly string[]> = { data: ["nn"] }

type Import = { file: string; specifier: string; isStatic: boolean }

const files = execFileSync(
  "git",
  ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  { encoding: "utf8" },
)
  .split("\0")
  .filter((file) => file !== "" && existsSync(file))
const source = files.filter((file) => file.startsWith("src/") && file.endsWith(".ts"))
const imports = source.flatMap(importsOf)

test("every folder of src is a room that has its floor", () => {
  const rooms = new Set(source.map(roomOf).filter((room) => room !== undefined))
  expect([...rooms].filter((room) => !floors.includes(room))).toEqual([])
})

test("imports between rooms lead downstairs, so that no circle joins two rooms", () => {
  const wrong = betweenRooms().filter(({ from, to }) => {
    // What stands in src itself is the roof: it sees every room and no room sees it.
    if (from === undefined) return false
    if (to === undefined) return true
    return floors.indexOf(to) > floors.indexOf(from) || knowsNothingOf[from]?.includes(to)
  })
  expect(wrong.map(say)).toEqual([])
})

test("a room is entered by its door, index.ts", () => {
  const wrong = betweenRooms().filter(({ to, target }) => target !== `src/${to}/index.ts`)
  expect(wrong.map(say)).toEqual([])
})

test("the core rooms import nothing from outside, save on demand", () => {
  const wrong = imports.filter(
    (each) => core.includes(roomOf(each.file) ?? "") && each.isStatic && !isRelative(each),
  )
  expect(wrong.map(say)).toEqual([])
})

test("no file in src is longer than 500 lines", () => {
  const long = source
    .map((file) => ({ file, lines: readFileSync(file, "utf8").trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > 500)
  expect(long).toEqual([])
})

test("no file names a place on the machine where it was written", () => {
  const anywhere = /(?<![\w.~-])\/(?:work|root|home|Users)\/\w/
  const inSource = /(?<![\w.~-])\/tmp\//
  const wrong = files.filter((file) => {
    const text = readFileSync(file, "utf8")
    const isBinary = text.includes("\0")
    return !isBinary && (anywhere.test(text) || (file.startsWith("src/") && inSource.test(text)))
  })
  expect(wrong).toEqual([])
})

/** The imports that leave a room, or the roof, for another. */
function betweenRooms() {
  return imports
    .filter(isRelative)
    .map((each) => ({ ...each, target: targetOf(each) }))
    .map((each) => ({ ...each, from: roomOf(each.file), to: roomOf(each.target) }))
    .filter(({ from, to }) => from !== to)
}

/** The folder of src that holds a file; undefined for what stands in src itself. */
function roomOf(file: string): string | undefined {
  const [, room, ...rest] = file.split("/")
  return rest.length > 0 ? room : undefined
}

function isRelative({ specifier }: Import): boolean {
  return specifier.startsWith(".")
}

function targetOf({ file, specifier }: Import): string {
  return posix.join(posix.dirname(file), specifier)
}

function say({ file, specifier }: Import): string {
  return `${file} imports ${specifier}`
}

/** Every import of a file: declarations, re-exports, import() calls and import() types. */
function importsOf(file: string): Import[] {
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    const { specifier, isStatic } = specifierOf(node)
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      found.push({ file, specifier: specifier.text, isStatic })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest))
  return found
}

function specifierOf(node: ts.Node): { specifier: ts.Node | undefined; isStatic: boolean } {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return { specifier: node.moduleSpecifier, isStatic: true }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: node.argument.literal, isStatic: false }
  }
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  return { specifier: isCall ? node.arguments[0] : undefined, isStatic: false }
}
