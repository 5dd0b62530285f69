import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, test } from "vitest"

test("the API reference of all doors builds: its links lead somewhere, its types are there", async () => {
  const typedoc = ["node_modules/typedoc/bin/typedoc", "--emit", "none", "--skipErrorChecking"]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, typedoc)
  expect(`${stdout}${stderr}`.split("\n").filter((line) => line.includes("warning"))).toEqual([])
})
