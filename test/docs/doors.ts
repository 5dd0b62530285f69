import ts from "typescript"

/** A function that users reach through a door of the core, with what its docstring says. */
export interface PublicFunction {
  /** Every name it goes by: `np.abs`, `lax.abs`, `np.absolute`. */
  readonly names: readonly string[]
  /** Where it is declared. */
  readonly file: string
  /** The docstring, without its frame of asterisks; empty when there is none. */
  readonly comment: string
  /** The code of each example, in order. */
  readonly examples: readonly string[]
}

/** The doors by which users come in, each with what one imports from. */
export const doors = {
  tradespace: "src/index.ts",
  "tradespace/nn": "src/nn/index.ts",
  "tradespace/data": "src/data/index.ts",
  "tradespace/fit": "src/fit/index.ts",
} as const

const doorNames = ["tradespace", "tradespace/nn", "tradespace/data", "tradespace/fit"] as const

/** The program that has those doors, with the compiler options of this project. */
export function doorProgram(): ts.Program {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".")
  return ts.createProgram(Object.values(doors), options)
}

/** The public functions behind a door, those of the same declaration under all of their names. */
export function publicFunctions(program: ts.Program, door: string): readonly PublicFunction[] {
  const checker = program.getTypeChecker()
  const found = new Map<ts.Symbol, string[]>()
  const visit = (module: ts.Symbol, path: string): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const aliased = (exported.flags & ts.SymbolFlags.Alias) !== 0
      const symbol = aliased ? checker.getAliasedSymbol(exported) : exported
      const name = `${path}${exported.name}`
      if (symbol.flags & ts.SymbolFlags.ValueModule) visit(symbol, `${name}.`)
      else if (isFunction(symbol, checker)) found.set(symbol, [...(found.get(symbol) ?? []), name])
    }
  }
  const source = program.getSourceFile(door)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${door} exports nothing`)
  visit(module, "")
  return [...found].map(([symbol, names]) => described(symbol, names))
}

/**
 * Whether a docstring says the work and the span of its function, that it does no work, or that it
 * is as another function, whose docstring does.
 */
export function saysWorkAndSpan(
  { comment }: Pick<PublicFunction, "comment">,
  functions: readonly PublicFunction[],
  seen: readonly PublicFunction[] = [],
): boolean {
  const text = comment.replaceAll(/\s+/g, " ")
  if (/\bwork 0\b/i.test(text)) return true
  if (/\bwork\b/i.test(text) && /\bspan\b/i.test(text)) return true
  const linked = linkedFrom({ comment }, functions).filter((each) => !seen.includes(each))
  return linked.some((each) => saysWorkAndSpan(each, functions, [...seen, ...linked]))
}

/** The methods of arrays that are functions under their names. */
export function arrayMethods(program: ts.Program): readonly PublicFunction[] {
  const source = program.getSourceFile("src/array/methods.ts")
  const found = source?.statements.find((node) => ts.isClassDeclaration(node))
  if (found === undefined) throw new Error("src/array/methods.ts declares no class")
  const checker = program.getTypeChecker()
  return found.members.flatMap((member) => {
    const symbol = member.name && checker.getSymbolAtLocation(member.name)
    return symbol === undefined ? [] : [described(symbol, [`Array.${symbol.name}`])]
  })
}

/** The functions that a docstring sends its reader to. */
export function linkedFrom(
  { comment }: Pick<PublicFunction, "comment">,
  functions: readonly PublicFunction[],
): readonly PublicFunction[] {
  const text = comment.replaceAll(/\s+/g, " ")
  const links = [...text.matchAll(/\{@link (?:[\w.]+ \| )?([\w.]+)\}/g)].map(([, link]) => link)
  return functions.filter(({ names }) =>
    names.some((name) => links.some((link) => name === link || name.endsWith(`.${link}`))),
  )
}

/** What the type checker says of examples, each with the line that it is about. */
export function typeErrors(
  program: ts.Program,
  functions: readonly PublicFunction[],
  names: Readonly<Record<keyof typeof doors, readonly string[]>>,
): readonly string[] {
  const bodies = functions.flatMap(({ examples }) => examples)
  const text = [
    ...doorNames.map((door) => `import { ${names[door].join(", ")} } from "../../${doors[door]}"`),
    ...bodies.map((code, i) => `export async function example${i}() {\n${code}\n}`),
  ].join("\n")
  const path = `${import.meta.dirname}/all-examples.ts`
  const options = { ...program.getCompilerOptions(), noUnusedLocals: false }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (file) => file === path || fileExists(file)
  host.getSourceFile = (file, target, ...rest) =>
    file === path
      ? ts.createSourceFile(file, text, target, true)
      : (program.getSourceFile(file) ?? getSourceFile(file, target, ...rest))
  const extended = ts.createProgram([...Object.values(doors), path], options, host, program)
  return extended.getSemanticDiagnostics(extended.getSourceFile(path)).map((found) => {
    const line = text.slice(0, found.start).split("\n").length - 1
    return `${text.split("\n")[line]}: ${ts.flattenDiagnosticMessageText(found.messageText, " ")}`
  })
}

function isFunction(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if ((symbol.flags & ts.SymbolFlags.Value) === 0) return false
  return checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0
}

function described(symbol: ts.Symbol, names: readonly string[]): PublicFunction {
  const [declaration] = symbol.declarations ?? []
  const comment = (symbol.declarations ?? [])
    .flatMap((node) => ts.getJSDocCommentsAndTags(node))
    .filter((node) => ts.isJSDoc(node))
    .map((node) => unframed(node.getText()))
    .join("\n")
  return {
    names,
    file: declaration.getSourceFile().fileName,
    comment,
    examples: examplesOf(comment),
  }
}

/** The text inside the asterisks of a docstring. */
function unframed(comment: string): string {
  return comment
    .replace(/^\/\*\*[ \t]*/, "")
    .replace(/\s*\*\/$/, "")
    .replaceAll(/^\s*\* ?/gm, "")
}

/** Blocks after `@example` up to the next tag or empty line, and blocks indented by four. */
export function examplesOf(comment: string): readonly string[] {
  const tagged = [...comment.matchAll(/^@example\b\s*((?:(?!@|\s*$).*(?:\n|$))*)/gm)]
  const indented = [...comment.matchAll(/^ {4}\S.*(?:\n(?: {4}.*|(?=\n {4}\S)))*/gm)]
  return [...tagged.map(([, code]) => code), ...indented.map(([code]) => code)].map((code) =>
    code.replaceAll(/^ {4}/gm, "").trim(),
  )
}
