import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, test } from "vitest"

test("the API reference of arrays and networks builds: its links lead somewhere, its types are there", async () => {
  const typedoc = ["node_modules/typedoc/bin/typedoc", "--emit", "none", "--skipErrorChecking"]
  const doors = ["src/index.ts", "src/nn/index.ts"].flatMap((door) => ["--entryPoints", door])
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...typedoc, ...doors])
  expect(`${stdout}${stderr}`.split("\n").filter((line) => line.includes("warning"))).toEqual([])
})
