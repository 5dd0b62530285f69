/** Random bits: the Threefry-2x32 counter-based generator, four counters at a time. */

import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { functionOnce } from "./maths-library.ts"

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const
const parity = 0x1bd11bda

/**
 * Adds the function (k0, k1, x0, x1) -> (y0, y1) over i32x4: 20 rounds of Threefry-2x32, lane by
 * lane, with the bits of JAX's `threefry2x32`. Returns its number.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
 */
export function addThreefry(module: ModuleBuilder): number {
  return functionOnce(module, "threefry2x32", () => {
    const v128x4 = ["v128", "v128", "v128", "v128"] as const
    const f = module.function({ params: v128x4, results: ["v128", "v128"] }, "threefry2x32")
    const [k0, k1, x0, x1] = [f.param(0), f.param(1), f.param(2), f.param(3)] as const
    const k2 = f.local("v128", "k2")
    f.localGet(k0)
    f.localGet(k1)
    f.v128.xor()
    f.i32x4.const(parity)
    f.v128.xor()
    f.localSet(k2)
    const keys = [k0, k1, k2]
    addTo(f, x0, k0)
    addTo(f, x1, k1)
    for (let group = 1; group <= 5; group++) {
      for (const distance of rotations[(group - 1) % 2]!) {
        addTo(f, x0, x1)
        rotateLeft(f, x1, distance)
        f.localGet(x0)
        f.v128.xor()
        f.localSet(x1)
      }
      addTo(f, x0, keys[group % 3]!)
      addTo(f, x1, keys[(group + 1) % 3]!)
      f.localGet(x1)
      f.i32x4.const(group)
      f.i32x4.add()
      f.localSet(x1)
    }
    f.localGet(x0)
    f.localGet(x1)
    return f.index
  })
}

function addTo(f: FunctionBuilder, sum: Local, term: Local): void {
  f.localGet(sum)
  f.localGet(term)
  f.i32x4.add()
  f.localSet(sum)
}

/** Leaves the lanes turned left by a constant number of bits; by 16 it is a shuffle of bytes. */
function rotateLeft(f: FunctionBuilder, x: Local, distance: number): void {
  f.localGet(x)
  if (distance === 16) {
    f.localGet(x)
    f.i16x8.shuffle(1, 0, 3, 2, 5, 4, 7, 6)
    return
  }
  f.i32.const(distance)
  f.i32x4.shl()
  f.localGet(x)
  f.i32.const(32 - distance)
  f.i32x4.shr_u()
  f.v128.or()
}
