import { execFile } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../..")
const compiler = join(root, "node_modules/typescript/bin/tsc")

/**
 * Builds the package into a folder's `node_modules`, as `npm install tradespace` would: beside it
 * stands what it depends on and nothing else.
 */
export async function installPackage(folder: string): Promise<void> {
  const modules = join(folder, "node_modules")
  const home = join(modules, "tradespace")
  await typescript("--project", join(root, "tsconfig.build.json"), "--outDir", join(home, "dist"))
  for (const part of ["package.json", "bin"]) {
    cpSync(join(root, part), join(home, part), { recursive: true })
  }
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  )
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, "node_modules", name), join(modules, name))
  }
}

/** Runs the TypeScript compiler; what it finds wrong is the error's `stdout`. */
export async function typescript(...args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [compiler, ...args])
}
