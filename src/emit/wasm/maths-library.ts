/** Functions that a module holds once, however often they are asked for. */

import type { ModuleBuilder } from "./assembler.ts"

const libraries = new WeakMap<ModuleBuilder, Map<string, number>>()

/** The number of the module's function of this key, which `build` adds when it is first needed. */
export function functionOnce(module: ModuleBuilder, key: string, build: () => number): number {
  let library = libraries.get(module)
  if (library === undefined) {
    library = new Map()
    libraries.set(module, library)
  }
  const known = library.get(key)
  if (known !== undefined) return known
  const index = build()
  library.set(key, index)
  return index
}
