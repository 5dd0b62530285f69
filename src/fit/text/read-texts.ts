/** Texts in files. */

import { DataError } from "../finding.ts"

/** What stands between the texts of a folder. */
const between = "\n\n"

/**
 * The text of a file, or of all files of a folder by name, joined.
 * @throws DataError when there is none, or nothing in it.
 */
export async function readTexts(source: string): Promise<string> {
  const { readdir, readFile, stat } = await import("node:fs/promises")
  const { join } = await import("node:path")
  const found = await stat(source).catch(() => undefined)
  if (found === undefined) throw new DataError(`there is no file or folder ${source}`)
  const names = found.isDirectory() ? (await readdir(source)).sort() : [""]
  const texts = await Promise.all(names.map((name) => readFile(join(source, name), "utf8")))
  const text = texts.join(between)
  if (text.trim() === "") throw new DataError(`${source} holds no text`)
  return text
}
