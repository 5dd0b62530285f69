/** The two loops that nothing on this machine can beat in Wasm, written instruction by instruction. */

import { features } from "../../src/emit/index.ts"
import { ModuleBuilder } from "../../src/emit/wasm/assembler.ts"

/** Sums kept in registers: enough that no multiply-add waits for the one before it. */
const sums = 12
/** Multiply-adds of each sum in one turn of the loop. */
const unrolled = 8
const lanes = 4

/** Floating-point operations of one turn of `multiplyAdd`'s loop. */
export const operationsPerTurn = 2 * lanes * sums * unrolled

/** Bytes of a vector, and vectors that one turn of `copy`'s loop moves. */
const vectorBytes = 16
const vectors = 4

/** Bytes that one turn of `copy`'s loop moves; what is copied must be a multiple. */
export const bytesPerTurn = vectorBytes * vectors

/**
 * A module with two functions:
 * `multiplyAdd(turns: i32) → f32` computes in registers only, and returns a number that depends on
 * all of it; `copy(from: i32, to: i32, bytes: i32)` copies vector by vector.
 */
export function limitModule(pages: number): WebAssembly.Module {
  const module = new ModuleBuilder()
  module.importMemory("env", "memory", { initial: pages, maximum: pages, shared: true })
  addMultiplyAdd(module, features().relaxedSimd)
  addCopy(module)
  return new WebAssembly.Module(module.finish())
}

function addMultiplyAdd(module: ModuleBuilder, fused: boolean): void {
  const f = module.function({ params: ["i32"], results: ["f32"] }, "multiplyAdd")
  const turn = f.local("i32", "turn")
  const factor = f.local("v128", "factor")
  const totals = Array.from({ length: sums }, (_, i) => f.local("v128", `sum${i}`))
  f.f32.const(1e-3)
  f.f32x4.splat()
  f.localSet(factor)
  f.forRange(turn, 0, f.param(0), 1, () => {
    for (let i = 0; i < unrolled; i++) {
      for (const total of totals) {
        if (!fused) f.localGet(total)
        f.localGet(factor)
        f.localGet(factor)
        if (fused) {
          f.localGet(total)
          f.f32x4.relaxed_madd()
        } else {
          f.f32x4.mul()
          f.f32x4.add()
        }
        f.localSet(total)
      }
    }
  })
  const [first, ...others] = totals
  f.localGet(first!)
  for (const total of others) {
    f.localGet(total)
    f.f32x4.add()
  }
  f.f32x4.extract_lane(0)
  module.exportFunction("multiplyAdd", f)
}

function addCopy(module: ModuleBuilder): void {
  const f = module.function({ params: ["i32", "i32", "i32"], results: [] }, "copy")
  const [from, to, bytes] = [f.param(0), f.param(1), f.param(2)]
  const offset = f.local("i32", "offset")
  f.forRange(
    offset,
    0,
    bytes,
    bytesPerTurn,
    () => {
      for (let i = 0; i < vectors; i++) {
        f.localGet(to)
        f.localGet(offset)
        f.i32.add()
        f.localGet(from)
        f.localGet(offset)
        f.i32.add()
        f.v128.load(i * vectorBytes)
        f.v128.store(i * vectorBytes)
      }
    },
    "lt_u",
  )
  module.exportFunction("copy", f)
}
