/** Functions from the user's modules. */

import { existsSync } from "node:fs"
import { isAbsolute, resolve } from "node:path"
import { pathToFileURL } from "node:url"

/** A function of arrays, of which nothing is known until it is called. */
export type ArrayFunction = (...args: readonly unknown[]) => unknown

/** What the user asked for is not there: bad usage, told in one sentence. */
export class LoadError extends Error {
  override readonly name = "LoadError"
}

/**
 * Imports a module and returns one of its exported functions.
 * @throws LoadError naming the file, or the functions that the module does export.
 */
export async function loadFunction(file: string, name: string): Promise<ArrayFunction> {
  const exports = await loadModule(file)
  const value = exports[name]
  if (isFunction(value)) return value
  const functions = Object.keys(exports).filter((key) => isFunction(exports[key]))
  const offered =
    functions.length === 0 ? "it exports no function" : `its functions are ${functions.join(", ")}`
  const what = name in exports ? `the export ${name} is no function` : `there is no export ${name}`
  throw new LoadError(`${file}: ${what}; ${offered}`)
}

/** What a module exports under a name, or undefined. */
export async function loadExport(file: string, name: string): Promise<unknown> {
  const exports = await loadModule(file)
  return exports[name]
}

async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (!existsSync(file)) {
    throw new LoadError(
      `${file} cannot be loaded: there is no such file${isAbsolute(file) ? "" : ` in ${process.cwd()}`}`,
    )
  }
  try {
    return await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error)
    throw new LoadError(`${file} cannot be loaded: ${reason}`, { cause: error })
  }
}

function isFunction(value: unknown): value is ArrayFunction {
  return typeof value === "function"
}
