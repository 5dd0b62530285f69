import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A file with some text, in a folder of its own. */
export async function tableFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tradespace-"))
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}
