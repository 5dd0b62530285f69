/** Exact reduction of large angles by integer arithmetic, after Payne and Hanek (1983). */

import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { functionOnce } from "./maths-library.ts"

/** 2/π: 8 zero bits, then the first 248 bits behind the point. */
const twoOverPi = [
  0x00a2f9836e4e4415n,
  0x29fc2757d1f534ddn,
  0xc0db6295993c4390n,
  0x41fe5163abdebbc5n,
] as const

/**
 * Adds the function (x: f64) -> (r: f64, n: i64) with x = n·π/2 + r modulo 2π and |r| ≤ π/4, for a
 * float32 x of magnitude at least 2²⁴; infinities give NaN.
 *
 * |x| = M·2^E with a 24-bit M. Bits of 2/π that M·2^E turns into multiples of 4 do not matter, so 96
 * bits of 2/π from the one worth 2 (after the factor 2^E) give x·2/π modulo 4 with an error below
 * 2^-61, far below the closest that a float32 comes to a multiple of π/2.
 */
export function addAngleReduction(module: ModuleBuilder): number {
  return functionOnce(module, "reduce large angle", () => {
    const f = module.function({ params: ["f64"], results: ["f64", "i64"] }, "reduce_large_angle")
    writeReduction(f, f.param(0))
    return f.index
  })
}

function writeReduction(f: FunctionBuilder, x: Local): void {
  const bits = f.local("i64", "bits")
  const start = f.local("i64", "start")
  const mantissa = f.local("i64", "mantissa")
  const product = f.local("i64", "product")
  const n = f.local("i64", "n")
  const words = [f.local("i64", "word0"), f.local("i64", "word1"), f.local("i64", "word2")] as const

  f.set(bits, () => {
    f.localGet(x)
    f.f64.abs()
    f.i64.reinterpret_f64()
  })
  // Where the window into 2/π starts: E + 6, and E is the exponent field less 1023 + 23.
  f.set(start, () => {
    f.localGet(bits)
    f.i64.const(52)
    f.i64.shr_u()
    f.i64.const(1040)
    f.i64.sub()
  })
  f.set(mantissa, () => {
    f.localGet(bits)
    f.i64.const(29)
    f.i64.shr_u()
    f.i64.const(0x7fffff)
    f.i64.and()
    f.i64.const(0x800000)
    f.i64.or()
  })
  for (const [position, word] of words.entries()) {
    f.set(word, () => {
      f.i64.const(twoOverPi[position + 1]!)
      f.i64.const(twoOverPi[position]!)
      f.localGet(start)
      f.i64.const(64)
      f.i64.ge_u()
      f.select()
    })
  }
  // 64 bits from `start` on: shifts count modulo 64, so a shift by 64 - s is one by 1 and 63 - s.
  const window = (first: Local, second: Local) => {
    f.localGet(first)
    f.localGet(start)
    f.i64.shl()
    f.localGet(second)
    f.i64.const(1)
    f.i64.shr_u()
    f.localGet(start)
    f.i64.const(63)
    f.i64.xor()
    f.i64.shr_u()
    f.i64.or()
  }
  f.set(product, () => {
    f.localGet(mantissa)
    window(words[0], words[1])
    f.i64.mul()
    f.localGet(mantissa)
    window(words[1], words[2])
    f.i64.const(32)
    f.i64.shr_u()
    f.i64.mul()
    f.i64.const(32)
    f.i64.shr_u()
    f.i64.add()
  })
  // The product counts quarter turns in units of 2^-62.
  f.set(n, () => {
    f.localGet(product)
    f.i64.const(1n << 61n)
    f.i64.add()
    f.i64.const(62)
    f.i64.shr_u()
  })
  f.localGet(product)
  f.localGet(n)
  f.i64.const(62)
  f.i64.shl()
  f.i64.sub()
  f.f64.convert_i64_s()
  f.f64.const(Math.PI / 2 / 2 ** 62)
  f.localGet(x)
  f.f64.copysign()
  f.f64.mul()
  // x - x is 0, but NaN for infinities.
  f.localGet(x)
  f.localGet(x)
  f.f64.sub()
  f.f64.add()
  f.i64.const(0)
  f.localGet(n)
  f.i64.sub()
  f.localGet(n)
  f.localGet(x)
  f.f64.const(0)
  f.f64.lt()
  f.select()
}
