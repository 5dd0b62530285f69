/** Integer primitives that have no instruction for lanes. */

import type { Scalar } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import type { ElementwiseSite } from "./elementwise-rule.ts"
import { functionOnce } from "./maths-library.ts"

type IntegerRule = (site: ElementwiseSite, operands: readonly Scalar[], dtype: DType) => void

const lanes = [0, 1, 2, 3] as const

/** Calls a module's function (v128, …) -> v128 that applies scalar code to each lane in turn. */
function laneByLane(
  name: string,
  arity: 1 | 2,
  scalar: (f: FunctionBuilder, operands: readonly Local[]) => void,
): (module: ModuleBuilder) => number {
  return (module) =>
    functionOnce(module, name, () => {
      const params = Array.from({ length: arity }, () => "v128" as const)
      const f = module.function({ params, results: ["v128"] }, name)
      const vectors = f.locals.slice()
      const operands = vectors.map(() => f.local("i32"))
      const result = f.local("v128")
      for (const lane of lanes) {
        for (const [i, operand] of operands.entries()) {
          f.localGet(vectors[i])
          f.i32x4.extract_lane(lane)
          f.localSet(operand)
        }
        f.localGet(result)
        scalar(f, operands)
        f.i32x4.replace_lane(lane)
        f.localSet(result)
      }
      f.localGet(result)
      return f.index
    })
}

function callWith(functionOf: (module: ModuleBuilder) => number): IntegerRule {
  return ({ f, module, push }, operands) => {
    for (const operand of operands) push(operand)
    f.call(functionOf(module))
  }
}

/**
 * a/b truncated, −1 for b = 0; or a − b·(a/b), a for b = 0. A quotient that is not whole lies below the
 * next whole number by 2⁻³² of itself at least, so that rounding to float64 does not reach that.
 */
export function divideIntegers(part: "quotient" | "remainder"): IntegerRule {
  const make =
    (signed: boolean) =>
    (module: ModuleBuilder): number => {
      const name = `${part}_${signed ? "s" : "u"}`
      return functionOnce(module, name, () => {
        const f = module.function({ params: ["v128", "v128"], results: ["v128"] }, name)
        if (part === "remainder") f.localGet(f.param(0))
        pushQuotient(f, signed)
        if (part === "remainder") {
          f.localGet(f.param(1))
          f.i32x4.mul()
          f.i32x4.sub()
        }
        return f.index
      })
    }
  const [signed, unsigned] = [callWith(make(true)), callWith(make(false))]
  return (site, operands, dtype) => (dtype === "int32" ? signed : unsigned)(site, operands, dtype)
}

/** Pushes the quotient of a function's two operands. */
function pushQuotient(f: FunctionBuilder, signed: boolean): void {
  const [a, b] = [f.param(0), f.param(1)]
  const pushHalf = (half: "low" | "high"): void => {
    for (const operand of [a, b]) {
      f.localGet(operand)
      if (half === "high") {
        f.localGet(operand)
        f.i32x4.shuffle(2, 3, 2, 3)
      }
      if (signed) f.f64x2.convert_low_i32x4_s()
      else f.f64x2.convert_low_i32x4_u()
    }
    f.f64x2.div()
    if (signed) f.i32x4.trunc_sat_f64x2_s_zero()
    else f.i32x4.trunc_sat_f64x2_u_zero()
  }
  const isDivisor = (value: number): void => {
    f.localGet(b)
    f.i32x4.const(value)
    f.i32x4.eq()
  }
  pushHalf("low")
  pushHalf("high")
  f.i32x4.shuffle(0, 1, 4, 5)
  // Where b = 0, all bits are set.
  if (!signed) {
    isDivisor(0)
    f.v128.or()
    return
  }
  const quotient = f.local("v128", "quotient")
  f.localSet(quotient)
  // −2³¹ / −1 is 2³¹, which is no int32: 0 − a wraps around.
  f.localGet(a)
  f.i32x4.neg()
  f.localGet(quotient)
  isDivisor(-1)
  f.v128.bitselect()
  f.localSet(quotient)
  f.i32x4.const(-1)
  f.localGet(quotient)
  isDivisor(0)
  f.v128.bitselect()
}

/**
 * a to the power b by squaring, wrapping around. A negative b (of int32) gives what dividing 1 by
 * a^−b gives: −1 for a = 0, and 0 unless a is 1 or −1.
 */
export const integerPower: IntegerRule = (site, operands, dtype) => {
  const signed = dtype === "int32"
  const power = laneByLane(`power_${signed ? "s" : "u"}`, 2, (f, [a, b]) => {
    const product = f.local("i32")
    const raise = (): void => {
      f.set(product, 1)
      f.while_(
        () => f.localGet(b),
        () => {
          f.localGet(product)
          f.localGet(a)
          f.i32.const(1)
          f.localGet(b)
          f.i32.const(1)
          f.i32.and()
          f.select()
          f.i32.mul()
          f.localSet(product)
          f.localGet(a)
          f.localGet(a)
          f.i32.mul()
          f.localSet(a)
          f.localGet(b)
          f.i32.const(1)
          f.i32.shr_u()
          f.localSet(b)
        },
      )
      f.localGet(product)
    }
    const reciprocal = (): void => {
      const isOdd = (): void => {
        f.localGet(b)
        f.i32.const(1)
        f.i32.and()
      }
      // a is 1 or −1: itself to an odd power, 1 to an even one.
      const unit = (): void => {
        f.localGet(a)
        f.i32.const(1)
        isOdd()
        f.select()
      }
      const isUnit = (): void => {
        f.localGet(a)
        f.i32.const(1)
        f.i32.add()
        f.i32.const(3)
        f.i32.lt_u()
        f.localGet(a)
        f.i32.const(0)
        f.i32.ne()
        f.i32.and()
      }
      const others = (): void => {
        f.i32.const(0)
        f.i32.const(-1)
        f.localGet(a)
        f.select()
      }
      f.if_(isUnit, unit, others, "i32")
    }
    if (!signed) raise()
    else {
      const isNegative = (): void => {
        f.localGet(b)
        f.i32.const(0)
        f.i32.lt_s()
      }
      f.if_(isNegative, reciprocal, raise, "i32")
    }
  })
  callWith(power)(site, operands, dtype)
}

/** Ones of each byte, added in pairs of bytes and pairs of pairs; a bool is its own count. */
export const populationCount: IntegerRule = ({ f, push }, [operand], dtype) => {
  push(operand)
  if (dtype === "bool") return
  f.i8x16.popcnt()
  f.i16x8.extadd_pairwise_i8x16_u()
  f.i32x4.extadd_pairwise_i16x8_u()
}

/** Of a bool, whose width is one bit: not. */
export const countLeadingZeros: IntegerRule = (site, [operand], dtype) => {
  if (dtype === "bool") {
    site.push(operand)
    site.f.v128.not()
    return
  }
  const count = laneByLane("clz", 1, (f, [a]) => {
    f.localGet(a)
    f.i32.clz()
  })
  callWith(count)(site, [operand], dtype)
}

type ShiftInstruction = "shl" | "shr_u" | "shr_s"

/**
 * Shifts; amounts count as unsigned, and from the width on nothing but zeros (or copies of an
 * int32's sign, shifting right arithmetically) remains.
 */
export function shiftByLanes(instruction: ShiftInstruction): IntegerRule {
  return (site, operands, dtype) => {
    const { f, push, keep, varies } = site
    const [value, amount] = operands
    // A uint32 has no sign to copy.
    const kind = instruction === "shr_s" && dtype !== "int32" ? "shr_u" : instruction
    if (dtype === "bool") {
      // Of one bit: any amount but 0 leaves 0.
      push(value)
      push(amount)
      f.v128.andnot()
      return
    }
    if (amount.kind === "constant") {
      const bits = amount.value >>> 0
      push(value)
      f.i32.const(kind === "shr_s" ? Math.min(bits, 31) : bits)
      f.i32x4[kind]()
      if (bits > 31 && kind !== "shr_s") {
        f.drop()
        f.i32x4.const(0)
      }
      return
    }
    if (!varies(amount)) {
      const bits = f.local("i32")
      push(value)
      f.localGet(keep(amount))
      f.i32x4.extract_lane(0)
      f.localSet(bits)
      shiftWithin(f, kind, bits)
      return
    }
    const shift = laneByLane(`shift_${kind}`, 2, (g, [a, b]) => shiftLane(g, kind, a, b))
    callWith(shift)(site, operands, dtype)
  }
}

/** Shifts the vector on the stack by an amount that may exceed the width. */
function shiftWithin(f: FunctionBuilder, kind: ShiftInstruction, bits: Local): void {
  const isWithin = (): void => {
    f.localGet(bits)
    f.i32.const(32)
    f.i32.lt_u()
  }
  if (kind === "shr_s") {
    f.localGet(bits)
    f.i32.const(31)
    isWithin()
    f.select()
    f.i32x4.shr_s()
    return
  }
  f.localGet(bits)
  f.i32x4[kind]()
  // All bits where the amount is within the width, else none.
  f.i32.const(0)
  isWithin()
  f.i32.sub()
  f.i32x4.splat()
  f.v128.and()
}

function shiftLane(f: FunctionBuilder, kind: ShiftInstruction, a: Local, b: Local): void {
  const isWithin = (): void => {
    f.localGet(b)
    f.i32.const(32)
    f.i32.lt_u()
  }
  if (kind === "shr_s") {
    f.localGet(a)
    f.localGet(b)
    f.i32.const(31)
    isWithin()
    f.select()
    f.i32.shr_s()
    return
  }
  f.localGet(a)
  f.localGet(b)
  f.i32[kind]()
  f.i32.const(0)
  isWithin()
  f.select()
}
