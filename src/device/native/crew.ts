/** The runtime's functions, called from JavaScript through koffi. */

import { DeviceError } from "../device.ts"
import type { LibraryCache } from "./library-cache.ts"
import { runtimeSource } from "./runtime.ts"

/** What the runtime offers. Addresses and handles are numbers below 2⁵³. */
export interface Runtime {
  crewOpen(threads: number, spins: number): number
  crewClose(crew: number): void
  /** How many jobs it has posted, or -1 without memory. */
  post(
    crew: number,
    main: number,
    threads: number,
    isTogether: boolean,
    words: Uint32Array,
    bytes: number,
  ): number
  /** Takes part in a run at once, with as many threads as it is worth; how many jobs it has posted. */
  run(
    crew: number,
    main: number,
    threads: number,
    isTogether: boolean,
    isLittle: boolean,
    words: Uint32Array,
    bytes: number,
  ): number
  /** Jobs that are done, after some looks for whether they are `count`. */
  look(crew: number, count: number, looks: number): number
  /** Resolves when so many jobs are done. */
  wait(crew: number, count: number): Promise<number>
  programOpen(path: string, name: string): { readonly handle: number; readonly main: number }
  programClose(handle: number): void
  reserve(bytes: number): number
  release(address: number, bytes: number): void
  write(to: number, from: ArrayBufferView, bytes: number): void
  read(to: ArrayBufferView, from: number, bytes: number): void
}

/**
 * Builds and loads a library.
 * @throws DeviceError when koffi is not installed, or the compiler fails.
 */
export async function loadLibrary(cache: LibraryCache, source: string) {
  const koffi = await import("koffi").then(
    (module) => module.default,
    (error) => {
      throw new DeviceError(`the package koffi cannot be loaded (${error.message})`)
    },
  )
  return koffi.load(await cache.library(source))
}

/**
 * Builds and loads the runtime.
 * @throws DeviceError when koffi is not installed, or the compiler fails.
 */
export async function loadRuntime(cache: LibraryCache): Promise<Runtime> {
  const library = await loadLibrary(cache, runtimeSource)
  const wait = library.func("int64_t crew_wait(int64_t, int64_t)")
  const open = library.func(
    "int64_t program_open(const char *path, const char *name, _Out_ int64_t *main, _Out_ uint8_t *reason, int32_t room)",
  )
  const room = 512
  return {
    crewOpen: library.func("int64_t crew_open(int32_t, int32_t)"),
    crewClose: library.func("void crew_close(int64_t)"),
    post: library.func("int32_t crew_post(int64_t, int64_t, int32_t, bool, const void *, int64_t)"),
    run: library.func(
      "int32_t crew_run(int64_t, int64_t, int32_t, bool, bool, const void *, int64_t)",
    ),
    look: library.func("int64_t crew_look(int64_t, int64_t, int32_t)"),
    wait: (crew, count) =>
      new Promise((resolve, reject) => {
        wait.async(crew, count, (error: Error | null, done: number) =>
          error === null ? resolve(done) : reject(error),
        )
      }),
    programOpen: (path, name) => {
      const main = new BigInt64Array(1)
      const reason = new Uint8Array(room)
      const handle: number = open(path, name, main, reason, room)
      if (handle === 0) {
        const end = reason.indexOf(0)
        throw new DeviceError(new TextDecoder().decode(reason.subarray(0, end)))
      }
      return { handle, main: Number(main[0]) }
    },
    programClose: library.func("void program_close(int64_t)"),
    reserve: library.func("int64_t memory_reserve(int64_t)"),
    release: library.func("void memory_release(int64_t, int64_t)"),
    write: library.func("void memory_write(int64_t, const void *, int64_t)"),
    read: library.func("void memory_read(_Out_ void *, int64_t, int64_t)"),
  }
}
