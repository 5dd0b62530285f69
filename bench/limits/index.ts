/** The machine's own limit, measured in the same rounds as the contestants. */

import type { Case } from "../cases/index.ts"
import type { Opened } from "../contestant.ts"
import type { NativeLimit } from "./native.ts"
import { type LimitRun, openLimit } from "./threads.ts"

const settings = {
  wasm: {
    arithmetic: "128-bit multiply-adds in registers, Wasm, one thread for each core",
    bandwidth: "a copy by 128-bit loads and stores, Wasm, one thread for each core",
  },
  native: {
    arithmetic:
      "multiply-adds in registers of the processor's full width, one thread for each core",
    bandwidth: "the C library's copy, one thread for each core",
  },
} as const

/** @param variant "native" for the limit of native code, else WebAssembly's. */
export async function open(
  { limit: { by }, work: { kind } }: Case,
  variant?: string,
): Promise<Opened> {
  if (by === "overhead") throw new RangeError("calls have no limit that could be measured")
  const code = variant === "native" ? "native" : "wasm"
  const loop = by === "arithmetic" && kind === "roundedMatmul" ? "bfloat16" : by
  const opened = code === "native" ? await nativeLimit(loop) : openLimit(by)
  const { threads, amount, run } = opened
  const work = { run, result: () => new Float32Array() }
  return { version: "", threads, setting: settings[code][by], amount, work }
}

/** Loaded only where it is asked for: it needs a package that may be absent. */
async function nativeLimit(by: NativeLimit): Promise<LimitRun> {
  const { openNativeLimit } = await import("./native.ts")
  return await openNativeLimit(by)
}
