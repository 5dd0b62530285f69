import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** A page for readers: the README, or one of docs/. */
export interface Page {
  /** From the repository's root: `docs/price.md`. */
  readonly path: string
  readonly text: string
}

export const pages: readonly Page[] = ["README.md", ...pathsOf("docs")].map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
}))

function pathsOf(folder: string): readonly string[] {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(".md"))
  return names.sort().map((name) => `${folder}/${name}`)
}

/** A fenced block, and what it is said to print. */
export interface Block {
  readonly code: string
  /**
   * The block of text behind it. Undefined where there is none, and where it is marked `measured`,
   * as what depends on the machine is.
   */
  readonly printed: string | undefined
}

/** The blocks of a language, in lists too. */
export function blocksOf({ text }: Page, language: string): readonly Block[] {
  const unindented = text.replaceAll(
    /^( +)(```\w+.*\n(?:(?:\1.*)?\n)*?)\1```$/gm,
    (block, indent) => block.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  )
  const found = unindented.matchAll(
    new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`\\n(?:\\n\`\`\`text\\n(.*?)^\`\`\`$)?`, "gms"),
  )
  return [...found].map(([, code, printed]) => ({ code, printed }))
}

/** What stands between backticks on a page, outside of blocks. */
export function spansOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^ *```.*?^ *```$/gms, "")
  return [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, span]) => span)
}

/** Where a page's links and pictures lead, but for those to the web. */
export function linksOf({ text }: Page): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The names by which GitHub leads to a page's headings. */
export function anchorsOf({ text }: Page): readonly string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{Mn}\p{Pc} -]/gu, "")
      .replaceAll(" ", "-"),
  )
}
