/** Texts in files. */

import { type Files, machineFiles, pathIn } from "../../data/index.ts"
import { DataError } from "../finding.ts"

/** What stands between the texts of a folder. */
const between = "\n\n"

/**
 * The text of a file, or of all files of a folder by name, joined.
 * @throws DataError when there is none, or nothing in it.
 */
export async function readTexts(source: string, files: Files = machineFiles): Promise<string> {
  const kind = await files.kindOf(source)
  if (kind === undefined) throw new DataError(`there is no file or folder ${source}`)
  const paths =
    kind === "file" ? [source] : (await files.list(source)).map(({ name }) => pathIn(source, name))
  const texts = await Promise.all(paths.map((path) => files.read(path)))
  const text = texts.map((bytes) => new TextDecoder().decode(bytes)).join(between)
  if (text.trim() === "") throw new DataError(`${source} holds no text`)
  return text
}
