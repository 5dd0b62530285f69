/** Formulas over vector lanes, written as expressions instead of in stack order. */

import type { Lanes, Variable, Vector as VectorOf } from "../maths/lanes.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { ByteWriter } from "./binary.ts"
import { addAngleReduction } from "./maths-large-angles.ts"
import { immediateWriters } from "./opcodes.ts"

/** Code that leaves vector `i` of those side by side on the stack; the first unless given. */
export type Code = (i?: number) => void

type Vector = VectorOf<Code>

const integerShapes = { f32x4: "i32x4", f64x2: "i64x2" } as const

type FloatOperation =
  | ("add" | "sub" | "mul" | "div" | "pmin" | "pmax")
  | ("lt" | "le" | "gt" | "ge" | "eq" | "ne")
  | ("abs" | "neg" | "sqrt" | "trunc" | "nearest")

/**
 * Writes lane-wise formulas into a function, over four float32 or two float64 lanes: of one vector,
 * or step by step of several, which then share what they read of constants and take no turns waiting.
 *
 * Every method returns code and writes nothing, except {@link keep}, which evaluates its argument
 * once into a local; code that is used twice must be kept. Masks have all bits of a lane set or none.
 */
export class WasmLanes implements Lanes<Code> {
  readonly shape: "f32x4" | "f64x2"
  readonly #module: ModuleBuilder
  readonly #f: FunctionBuilder
  readonly #relaxed: boolean
  readonly #vectors: number
  readonly #isUsual: boolean

  constructor(
    module: ModuleBuilder,
    f: FunctionBuilder,
    shape: "f32x4" | "f64x2",
    relaxed: boolean,
    vectors = 1,
    isUsual = false,
  ) {
    this.#module = module
    this.#f = f
    this.shape = shape
    this.#relaxed = relaxed
    this.#vectors = vectors
    this.#isUsual = isUsual
  }

  /** Evaluates once; the result reads the locals that hold the value. */
  keep(value: Vector): Code {
    return this.variable(value).value
  }

  get(locals: readonly Local[]): Code {
    return (i = 0) => this.#f.localGet(locals[i])
  }

  variable(value: Vector): Variable<Code> {
    const locals = this.#locals()
    const set = (to: Vector): void => this.#set(locals, to)
    set(value)
    return { value: this.get(locals), set }
  }

  add = (a: Vector, b: Vector): Code => this.#floats("add", a, b)
  sub = (a: Vector, b: Vector): Code => this.#floats("sub", a, b)
  mul = (a: Vector, b: Vector): Code => this.#floats("mul", a, b)
  div = (a: Vector, b: Vector): Code => this.#floats("div", a, b)
  /** The lesser, and `a` where either is NaN: one instruction on every processor. */
  min = (a: Vector, b: Vector): Code => this.#floats("pmin", a, b)
  /** The greater, and `a` where either is NaN. */
  max = (a: Vector, b: Vector): Code => this.#floats("pmax", a, b)
  lt = (a: Vector, b: Vector): Code => this.#floats("lt", a, b)
  le = (a: Vector, b: Vector): Code => this.#floats("le", a, b)
  gt = (a: Vector, b: Vector): Code => this.#floats("gt", a, b)
  ge = (a: Vector, b: Vector): Code => this.#floats("ge", a, b)
  eq = (a: Vector, b: Vector): Code => this.#floats("eq", a, b)
  ne = (a: Vector, b: Vector): Code => this.#floats("ne", a, b)
  abs = (a: Vector): Code => this.#floats("abs", a)
  neg = (a: Vector): Code => this.#floats("neg", a)
  sqrt = (a: Vector): Code => this.#floats("sqrt", a)
  trunc = (a: Vector): Code => this.#floats("trunc", a)
  nearest = (a: Vector): Code => this.#floats("nearest", a)

  and = (a: Vector, b: Vector): Code => this.#bits("and", a, b)
  or = (a: Vector, b: Vector): Code => this.#bits("or", a, b)
  xor = (a: Vector, b: Vector): Code => this.#bits("xor", a, b)
  /** Bits of `a` that `b` lacks. */
  andnot = (a: Vector, b: Vector): Code => this.#bits("andnot", a, b)

  /** a·b + c, with one rounding or two as the engine has it. */
  madd(a: Vector, b: Vector, c: Vector): Code {
    if (!this.#relaxed) return this.add(this.mul(a, b), c)
    return (i) => {
      for (const operand of [a, b, c]) this.#emit(operand, i)
      this.#f[this.shape].relaxed_madd()
    }
  }

  /** c − a·b, with one rounding or two. */
  nmadd(a: Vector, b: Vector, c: Vector): Code {
    if (!this.#relaxed) return this.sub(c, this.mul(a, b))
    return (i) => {
      for (const operand of [a, b, c]) this.#emit(operand, i)
      this.#f[this.shape].relaxed_nmadd()
    }
  }

  /** c₀ + c₁x + c₂x² + …, by Horner's rule; x is evaluated once per degree. */
  polynomial(x: Code, coefficients: readonly number[]): Code {
    const [last = 0, ...rest] = [...coefficients].reverse()
    const whole = (sum: Code): Code => (this.#vectors > 1 ? this.keep(sum) : sum)
    return rest.reduce<Code>(
      (sum, coefficient) => whole(this.madd(sum, x, coefficient)),
      (i) => this.#emit(last, i),
    )
  }

  /** `then` where the mask is set, else `otherwise`. */
  select(mask: Vector, then: Vector, otherwise: Vector): Code {
    return (i) => {
      for (const operand of [then, otherwise, mask]) this.#emit(operand, i)
      if (this.#relaxed) this.#f[integerShapes[this.shape]].relaxed_laneselect()
      else this.#f.v128.bitselect()
    }
  }

  /** The magnitude, which is not negative, with the sign bits of `sign`. */
  withSign(magnitude: Vector, sign: Vector): Code {
    return this.xor(magnitude, this.and(sign, -0))
  }

  /** An integer in all lanes, of the lanes' width. */
  integer(value: number | bigint): Code {
    return this.#constant((bytes) => {
      if (this.shape === "f32x4") immediateWriters.i32x4(bytes, Number(value))
      else immediateWriters.i64x2(bytes, value)
    })
  }

  integerAdd = (a: Code, b: Code): Code => this.#integers("add", a, b)
  integerSub = (a: Code, b: Code): Code => this.#integers("sub", a, b)

  /** Integer lanes moved left by a constant number of bits. */
  shiftLeft = (a: Code, bits: number): Code => this.#shift("shl", a, bits)
  /** Moved right, zeros coming in. */
  shiftRight = (a: Code, bits: number): Code => this.#shift("shr_u", a, bits)
  /** Moved right, copies of the sign coming in. */
  shiftRightSigned = (a: Code, bits: number): Code => this.#shift("shr_s", a, bits)

  /** The greater of 32-bit integer lanes. */
  integerGreatest(a: Code, b: Code): Code {
    return (i) => {
      a(i)
      b(i)
      this.#f.i32x4.max_s()
    }
  }

  integerGreater(a: Code, b: Code): Code {
    return (i) => {
      a(i)
      b(i)
      this.#f[integerShapes[this.shape]].gt_s()
    }
  }

  /** The integers of i32x4 lanes as float32. */
  fromInteger(a: Code): Code {
    return (i) => {
      a(i)
      this.#f.f32x4.convert_i32x4_s()
    }
  }

  /**
   * Four float32 results from a formula over two float64. The formula is written once for the low
   * half and once for the high; `half` gives it a float32 vector's half as float64, kept.
   */
  inHalves(formula: (d: WasmLanes, half: (x: Code) => Code) => Code): Code {
    const d = new WasmLanes(this.#module, this.#f, "f64x2", this.#relaxed, this.#vectors)
    const low = d.keep(formula(d, (x) => d.keep(this.#promoteLow(x))))
    const high = d.keep(formula(d, (x) => d.keep(this.#promoteHigh(x))))
    return (i) => {
      low(i)
      this.#f.f32x4.demote_f64x2_zero()
      high(i)
      this.#f.f32x4.demote_f64x2_zero()
      this.#f.f32x4.shuffle(0, 1, 4, 5)
    }
  }

  within(
    magnitudes: Code,
    limit: number,
    operands: readonly Code[],
    usual: (v: WasmLanes, ...operands: Code[]) => Code,
    seldom: (v: WasmLanes, ...operands: Code[]) => Code,
  ): Code {
    if (this.#isUsual) return usual(this, ...operands)
    const locals = this.#locals()
    // One vector after another, so that seldom code takes no registers from the usual one.
    const one = new WasmLanes(this.#module, this.#f, this.shape, this.#relaxed)
    const vector = (i: number) => operands.map((operand) => () => operand(i))
    this.#f.if_(
      one.#any(one.gt(this.#greatest(magnitudes, locals.length), limit)),
      () => {
        for (const [i, local] of locals.entries()) one.#set([local], seldom(one, ...vector(i)))
      },
      () => this.#set(locals, usual(this, ...operands)),
    )
    return this.get(locals)
  }

  /** The greatest of the first vectors, NaNs left out where there are others. */
  #greatest(value: Code, vectors: number): Code {
    if (vectors === 1) return () => value(0)
    const half = vectors >> 1
    return this.max(
      this.#greatest(value, half),
      this.#greatest((i = 0) => value(i + half), vectors - half),
    )
  }

  /** Writes code that runs `body` where any lane of the mask is set. */
  whereAny(mask: Code, body: () => void): void {
    this.#f.if_(this.#any(mask), body)
  }

  whileAny(mask: Code, body: () => void): void {
    this.#f.while_(this.#any(mask), body)
  }

  reduceLargeAngles(x: Code, least: number, quadrant: Variable<Code>, r: Variable<Code>): void {
    this.#f.if_(this.#any(this.ge(this.abs(x), least)), () => {
      for (let i = 0; i < this.#vectors; i++) {
        for (const lane of [0, 1] as const) this.#reduceLargeLane(x, least, lane, quadrant, r, i)
      }
    })
  }

  /** Replaces one lane's reduction when its angle is large. */
  #reduceLargeLane(
    x: Code,
    least: number,
    lane: 0 | 1,
    quadrant: Variable<Code>,
    r: Variable<Code>,
    vector: number,
  ): void {
    const f = this.#f
    const angle = f.local("f64")
    const reduced = f.local("f64")
    const turns = f.local("i64")
    x(vector)
    f.f64x2.extract_lane(lane)
    f.localTee(angle)
    f.f64.abs()
    f.f64.const(least)
    f.f64.ge()
    f.if()
    f.localGet(angle)
    f.call(addAngleReduction(this.#module))
    f.localSet(turns)
    f.localSet(reduced)
    quadrant.set((i = 0) => {
      quadrant.value(i)
      if (i !== vector) return
      f.localGet(turns)
      f.i64x2.replace_lane(lane)
    })
    r.set((i = 0) => {
      r.value(i)
      if (i !== vector) return
      f.localGet(reduced)
      f.f64x2.replace_lane(lane)
    })
    f.end()
  }

  /** Leaves an i32 that is not 0 when any lane of the vectors' mask is set. */
  #any(mask: Code): () => void {
    return () => {
      for (let i = 0; i < this.#vectors; i++) {
        mask(i)
        if (i > 0) this.#f.v128.or()
      }
      // Fewer instructions than v128.any_true where the result is branched on.
      this.#f[integerShapes[this.shape]].bitmask()
    }
  }

  #locals(): readonly Local[] {
    return Array.from({ length: this.#vectors }, () => this.#f.local("v128"))
  }

  #set(locals: readonly Local[], value: Vector): void {
    for (const [i, local] of locals.entries()) {
      this.#emit(value, i)
      this.#f.localSet(local)
    }
  }

  #floats(operation: FloatOperation, ...operands: Vector[]): Code {
    return (i) => {
      for (const operand of operands) this.#emit(operand, i)
      this.#f[this.shape][operation]()
    }
  }

  #bits(operation: "and" | "or" | "xor" | "andnot", a: Vector, b: Vector): Code {
    return (i) => {
      this.#emit(a, i)
      this.#emit(b, i)
      this.#f.v128[operation]()
    }
  }

  #integers(operation: "add" | "sub", a: Code, b: Code): Code {
    return (i) => {
      a(i)
      b(i)
      this.#f[integerShapes[this.shape]][operation]()
    }
  }

  #shift(operation: "shl" | "shr_u" | "shr_s", a: Code, bits: number): Code {
    return (i) => {
      a(i)
      this.#f.i32.const(bits)
      this.#f[integerShapes[this.shape]][operation]()
    }
  }

  #promoteLow(x: Code): Code {
    return (i) => {
      x(i)
      this.#f.f64x2.promote_low_f32x4()
    }
  }

  #promoteHigh(x: Code): Code {
    return (i) => {
      x(i)
      x(i)
      this.#f.f32x4.shuffle(2, 3, 6, 7)
      this.#f.f64x2.promote_low_f32x4()
    }
  }

  #constant(write: (bytes: ByteWriter) => void): Code {
    const bytes = new ByteWriter(16)
    write(bytes)
    const global = this.#module.vectorConstant(bytes.written)
    return () => this.#f.globalGet(global)
  }

  #emit(value: Vector, i?: number): void {
    if (typeof value === "function") value(i)
    else this.#constant((bytes) => immediateWriters[this.shape](bytes, value))()
  }
}
