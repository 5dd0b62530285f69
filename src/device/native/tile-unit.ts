/** Whether the processor's tiles of bfloat16 may be used, and do what they should. */

import { tileUnitCheck } from "../../emit/index.ts"
import { loadLibrary } from "./crew.ts"
import type { LibraryCache } from "./library-cache.ts"

const reasons: Readonly<Record<number, string>> = {
  1: "the system does not let this process use them",
  2: "their sums are not what they should be",
}

const explained = new Set<string>()

/**
 * Asks the system for the use of tiles, for all threads of the process, and tries them on integers;
 * says why once where they are not used. To be called before there are threads that use them.
 */
export async function hasTiles(cache: LibraryCache): Promise<boolean> {
  if (!cache.compiler.tiles) return false
  let reason: string
  try {
    const library = await loadLibrary(cache, tileUnitCheck)
    const found: number = library.func("int32_t tiles_check(void)")()
    if (found === 0) return true
    reason = reasons[found]
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error)
  }
  if (!explained.has(reason)) {
    explained.add(reason)
    console.warn(`tradespace: no tiles for bfloat16 here (${reason}); float32 vectors multiply it`)
  }
  return false
}
