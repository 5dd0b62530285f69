import { runInThisContext } from "node:vm"
import ts from "typescript"
import * as data from "../../src/data/index.ts"
import * as fit from "../../src/fit/index.ts"
import * as tradespace from "../../src/index.ts"
import * as nn from "../../src/nn/index.ts"

/** A line of an example that says what its expression is: what was seen and what is written. */
export interface Shown {
  readonly line: string
  readonly seen: unknown
  readonly written: unknown
}

const values: Readonly<Record<string, unknown>> = { ...tradespace, ...nn, ...data, ...fit }
const names = Object.keys(values)

/** Whether an example is to be run: not if its first line says that, and why, it is not. */
export function isRun(code: string): boolean {
  return !code.startsWith("// Not run: ")
}

/**
 * Runs an example and returns each value that it shows. A value is shown by a comment that starts
 * with an arrow, behind a statement or on the line below it: of an expression the value, of a
 * declaration what is declared.
 */
export async function runExample(code: string): Promise<readonly Shown[]> {
  const shown: { readonly line: string; readonly seen: unknown; readonly written: unknown }[] = []
  const show = async (line: string, seen: unknown, written: unknown): Promise<void> => {
    shown.push({ line, seen: await plain(seen), written })
  }
  const { outputText } = ts.transpileModule(instrumented(code), {
    compilerOptions: { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.ESNext },
  })
  const run = runInThisContext(`(async ($show, ${names.join(", ")}) => {\n${outputText}\n})`)
  await run(show, ...names.map((name) => values[name]))
  return shown
}

/** The example with a call of `$show` after each statement whose value is written behind it. */
function instrumented(code: string): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true)
  return source.statements
    .map((statement) => {
      const text = statement.getText()
      const written = writtenAfter(code, statement.end)
      if (written === undefined) return text
      const seen = shownBy(statement)
      const line = JSON.stringify(text)
      if (ts.isExpressionStatement(statement)) return `await $show(${line}, ${seen}, ${written})`
      return `${text}\nawait $show(${line}, ${seen}, ${written})`
    })
    .join("\n")
}

/** What a comment with an arrow behind a statement, or below it, says; it may take more lines. */
function writtenAfter(code: string, end: number): string | undefined {
  const match = /^[ \t]*\n?[ \t]*\/\/ → (.*(?:\n[ \t]*\/\/ {3,}.*)*)/.exec(code.slice(end))
  return match?.[1].replaceAll(/\n[ \t]*\/\//g, "\n")
}

function shownBy(statement: ts.Statement): string {
  if (ts.isExpressionStatement(statement)) return statement.expression.getText()
  if (ts.isVariableStatement(statement)) {
    const [declaration] = statement.declarationList.declarations
    // A pattern of names is also the expression that collects them.
    return declaration.name.getText()
  }
  throw new Error(`An example shows the value of "${statement.getText()}", which has none`)
}

/** Arrays as lists and numbers, also in trees; typed arrays as lists. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof tradespace.Array) return value.toArray()
  if (value instanceof Promise) return plain(await value)
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) return [...Object.values(value)]
  if (globalThis.Array.isArray(value)) return Promise.all(value.map(plain))
  if (typeof value !== "object" || value === null) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value)
  const entries = Object.entries(value).map(async ([key, each]) => [key, await plain(each)])
  return Object.fromEntries(await Promise.all(entries))
}

/** Whether two plain values are the same, floats to the digits that are written. */
export function agrees(seen: unknown, written: unknown): boolean {
  if (typeof seen === "number" && typeof written === "number") {
    if (Object.is(seen, written) || seen === written) return true
    return Math.abs(seen - written) <= 2e-5 * Math.abs(written) + 2e-6
  }
  if (globalThis.Array.isArray(seen) && globalThis.Array.isArray(written)) {
    return seen.length === written.length && seen.every((each, i) => agrees(each, written[i]))
  }
  if (isRecord(seen) && isRecord(written)) {
    const keys = Object.keys(written)
    return (
      keys.length === Object.keys(seen).length &&
      keys.every((key) => key in seen && agrees(seen[key], written[key]))
    )
  }
  return seen === written
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !globalThis.Array.isArray(value)
}
