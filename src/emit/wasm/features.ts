/** What the WebAssembly engine at hand can run. */

import { ModuleBuilder } from "./assembler.ts"

export interface Features {
  /** 128-bit vectors. */
  readonly simd: boolean
  /** Relaxed vectors: fused multiply-add where the processor has it. */
  readonly relaxedSimd: boolean
  /** Shared memory and atomic access. */
  readonly threads: boolean
}

let known: Features | undefined

/** Asks the engine once, by letting it validate one tiny module per feature. */
export function features(): Features {
  known ??= {
    simd: validates((m) => {
      const f = m.function({ params: ["v128"], results: ["v128"] })
      f.localGet(f.param(0))
      f.f32x4.sqrt()
    }),
    relaxedSimd: validates((m) => {
      const f = m.function({ params: ["v128"], results: ["v128"] })
      for (let operand = 0; operand < 3; operand++) f.localGet(f.param(0))
      f.f32x4.relaxed_madd()
    }),
    threads: validates((m) => {
      m.importMemory("env", "memory", { initial: 1, maximum: 1, shared: true })
      const f = m.function({ params: [], results: ["i32"] })
      f.i32.const(0)
      f.i32.const(1)
      f.i32.atomic_rmw_add()
    }),
  }
  return known
}

function validates(build: (m: ModuleBuilder) => void): boolean {
  const m = new ModuleBuilder()
  build(m)
  return WebAssembly.validate(m.finish())
}
