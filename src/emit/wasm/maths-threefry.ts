/** Random bits: the Threefry-2x32 counter-based generator, four counters at a time. */

import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { functionOnce } from "./maths-library.ts"

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const
const parity = 0x1bd11bda

/**
 * Adds the function (k0, k1, x0, x1, …) -> (y0, y1, …) over i32x4: 20 rounds of Threefry-2x32, lane by
 * lane, with the bits of JAX's `threefry2x32`, for so many pairs x0, x1. Returns its number. A pair's
 * steps wait for each other, so several go step by step together.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
 */
export function addThreefry(module: ModuleBuilder, pairs = 1): number {
  const name = pairs === 1 ? "threefry2x32" : `threefry2x32_${pairs}`
  return functionOnce(module, name, () => {
    const vectors = (count: number) => Array.from({ length: count }, () => "v128" as const)
    const type = { params: vectors(2 + 2 * pairs), results: vectors(2 * pairs) }
    const f = module.function(type, name)
    const [k0, k1, ...words] = f.locals.slice()
    const both = Array.from({ length: pairs }, (_, i) => [words[2 * i], words[2 * i + 1]] as const)
    const k2 = f.local("v128", "k2")
    f.localGet(k0)
    f.localGet(k1)
    f.v128.xor()
    f.i32x4.const(parity)
    f.v128.xor()
    f.localSet(k2)
    const keys = [k0, k1, k2]
    for (const [x0, x1] of both) {
      addTo(f, x0, k0)
      addTo(f, x1, k1)
    }
    for (let group = 1; group <= 5; group++) {
      for (const distance of rotations[(group - 1) % 2]!) {
        for (const [x0, x1] of both) addTo(f, x0, x1)
        for (const [x0, x1] of both) {
          rotateLeft(f, x1, distance)
          f.localGet(x0)
          f.v128.xor()
          f.localSet(x1)
        }
      }
      for (const [x0, x1] of both) {
        addTo(f, x0, keys[group % 3]!)
        addTo(f, x1, keys[(group + 1) % 3]!)
        f.localGet(x1)
        f.i32x4.const(group)
        f.i32x4.add()
        f.localSet(x1)
      }
    }
    for (const word of words) f.localGet(word)
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
