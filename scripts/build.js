// The package: JavaScript and type declarations in dist/, then proof that what was built loads.

import { chmodSync, readFileSync, rmSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { run } from "./child.js"

const { bin, exports } = JSON.parse(readFileSync("package.json", "utf8"))

// A file that has gone from src must not stay behind in the package.
rmSync("dist", { recursive: true, force: true })
const compiled = await run(process.execPath, [
  "node_modules/typescript/bin/tsc",
  "--project",
  "tsconfig.build.json",
])
if (compiled !== 0) process.exit(compiled)

for (const door of Object.values(exports)) {
  if (typeof door !== "string") await import(pathToFileURL(door.default).href)
}
for (const command of Object.values(bin)) chmodSync(command, 0o755)
// In the repository the command runs the sources, so what was built is asked by itself.
const built = ["dist/cli/main.js", "--help"]
const answered = await run(process.execPath, built, { stdio: ["ignore", "ignore", "inherit"] })
if (answered !== 0) throw new Error(`${built.join(" ")} ended with ${answered} instead of 0.`)
