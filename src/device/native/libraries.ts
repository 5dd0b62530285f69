/** Programs that become libraries: one each, or many of them a few together. */

import { emitC, emitLibrary, mainName } from "../../emit/index.ts"
import type { Program } from "../../schedule/index.ts"
import type { LibraryCache } from "./library-cache.ts"

/** Where a program's code is: its library, and what its main is called there. */
export interface Entry {
  readonly path: string
  readonly main: string
}

/** Has a program compiled, now or when others are there too. */
export type Compilation = (program: Program) => Promise<Entry>

/** Each program by itself, at once. */
export function compileAlone(cache: LibraryCache, lanes: number): Compilation {
  return (program) => {
    const library = cache.library(emitC(program, { lanes }))
    return library.then((path) => ({ path, main: mainName(0) }))
  }
}

/** So many libraries for each core: the last ones to be compiled are short. */
const librariesPerCore = 2

/**
 * Programs that are known together: what every program begins with is compiled once for each of a few
 * libraries. On a 2-core Xeon clang 14 takes 0.1 s for most programs alone, half of it for that.
 */
export class Libraries {
  readonly #cache: LibraryCache
  readonly #lanes: number
  readonly #waiting: {
    readonly program: Program
    readonly resolve: (entry: Entry) => void
    readonly reject: (reason: unknown) => void
  }[] = []

  constructor(cache: LibraryCache, lanes: number) {
    this.#cache = cache
    this.#lanes = lanes
  }

  /** A program that is compiled with the others when {@link compile} is called. */
  add(program: Program): Promise<Entry> {
    return new Promise((resolve, reject) => this.#waiting.push({ program, resolve, reject }))
  }

  compile(): void {
    const waiting = this.#waiting.splice(0)
    const count = Math.min(waiting.length, librariesPerCore * this.#cache.atOnce)
    for (let first = 0; first < count; first++) {
      // Neighbours are alike, and so are dealt to different libraries.
      const own = waiting.filter((_, i) => i % count === first)
      const source = emitLibrary(
        own.map(({ program }) => program),
        { lanes: this.#lanes },
      )
      this.#cache.library(source).then(
        (path) => {
          for (const [place, { resolve }] of own.entries()) resolve({ path, main: mainName(place) })
        },
        (reason) => {
          for (const { reject } of own) reject(reason)
        },
      )
    }
  }
}
