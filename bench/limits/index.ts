/** The machine's own limit, measured in the same rounds as the contestants. */

import type { Case } from "../cases/index.ts"
import type { Opened } from "../contestant.ts"
import { openLimit } from "./threads.ts"

export async function open({ limit: { by } }: Case): Promise<Opened> {
  if (by === "overhead") throw new RangeError("calls have no limit that could be measured")
  const { threads, amount, run } = openLimit(by)
  const setting =
    by === "arithmetic"
      ? "128-bit multiply-adds in registers, Wasm, one thread for each core"
      : "a copy by 128-bit loads and stores, Wasm, one thread for each core"
  const work = { run, result: () => new Float32Array() }
  return { version: "", threads, setting, amount, work }
}
