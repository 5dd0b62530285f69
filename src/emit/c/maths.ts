/** Mathematical functions in C: the formulas of `emit/maths` in float32 lanes, the library's in float64. */

import {
  applyFormula,
  isUnaryMath,
  type Lanes,
  type MathName,
  type Variable,
  type Vector,
} from "../maths/index.ts"
import { literal } from "./registers.ts"

type Code = string

/** Writes formulas as statements in C. All values have one type; masks and integers are its bits. */
class CLanes implements Lanes<Code> {
  readonly #lines: string[]
  readonly #register: "f32" | "f64"
  readonly #lanes: number
  /** The types of values, and of signed and unsigned integers as wide. */
  readonly #type: string
  readonly #signed: string
  readonly #unsigned: string

  constructor(lines: string[], register: "f32" | "f64", lanes: number) {
    this.#lines = lines
    this.#register = register
    this.#lanes = lanes
    this.#type = `${register}x${lanes}`
    this.#signed = `${register === "f32" ? "i32" : "i64"}x${lanes}`
    this.#unsigned = `${register === "f32" ? "u32" : "u64"}x${lanes}`
  }

  keep(value: Vector<Code>): Code {
    const name = this.#name()
    this.#lines.push(`const ${this.#type} ${name} = ${this.#text(value)};`)
    return name
  }

  variable(value: Vector<Code>): Variable<Code> {
    const name = this.#name()
    this.#lines.push(`${this.#type} ${name} = ${this.#text(value)};`)
    return { value: name, set: (to) => this.#lines.push(`${name} = ${this.#text(to)};`) }
  }

  add = (a: Vector<Code>, b: Vector<Code>): Code => this.#infix(a, "+", b)
  sub = (a: Vector<Code>, b: Vector<Code>): Code => this.#infix(a, "-", b)
  mul = (a: Vector<Code>, b: Vector<Code>): Code => this.#infix(a, "*", b)
  div = (a: Vector<Code>, b: Vector<Code>): Code => this.#infix(a, "/", b)
  min = (a: Vector<Code>, b: Vector<Code>): Code => this.#call("least", a, b)
  max = (a: Vector<Code>, b: Vector<Code>): Code => this.#call("most", a, b)
  lt = (a: Vector<Code>, b: Vector<Code>): Code => this.#compare(a, "<", b)
  le = (a: Vector<Code>, b: Vector<Code>): Code => this.#compare(a, "<=", b)
  gt = (a: Vector<Code>, b: Vector<Code>): Code => this.#compare(a, ">", b)
  ge = (a: Vector<Code>, b: Vector<Code>): Code => this.#compare(a, ">=", b)
  eq = (a: Vector<Code>, b: Vector<Code>): Code => this.#compare(a, "==", b)
  ne = (a: Vector<Code>, b: Vector<Code>): Code => this.#compare(a, "!=", b)
  abs = (a: Vector<Code>): Code => this.#call("abs", a)
  neg = (a: Vector<Code>): Code => this.#call("neg", a)
  sqrt = (a: Vector<Code>): Code => this.#call("sqrt", a)
  trunc = (a: Vector<Code>): Code => this.#call("trunc", a)
  nearest = (a: Vector<Code>): Code => this.#call("nearest", a)

  and = (a: Vector<Code>, b: Vector<Code>): Code => this.#whole(a, "&", b)
  or = (a: Vector<Code>, b: Vector<Code>): Code => this.#whole(a, "|", b)
  xor = (a: Vector<Code>, b: Vector<Code>): Code => this.#whole(a, "^", b)
  andnot = (a: Vector<Code>, b: Vector<Code>): Code =>
    `((${this.#type})(${this.#bits(a)} & ~${this.#bits(b)}))`

  madd = (a: Vector<Code>, b: Vector<Code>, c: Vector<Code>): Code => this.#call("madd", a, b, c)
  nmadd = (a: Vector<Code>, b: Vector<Code>, c: Vector<Code>): Code =>
    this.#call("madd", this.neg(a), b, c)

  polynomial(x: Code, coefficients: readonly number[]): Code {
    const [last = 0, ...rest] = [...coefficients].reverse()
    return rest.reduce<Code>((sum, each) => this.madd(sum, x, each), this.#text(last))
  }

  select(mask: Vector<Code>, then: Vector<Code>, otherwise: Vector<Code>): Code {
    const name = this.#register === "f32" ? "sel" : "selw"
    return `${name}_${this.#type}(${this.#bits(mask)}, ${this.#text(then)}, ${this.#text(otherwise)})`
  }

  withSign(magnitude: Vector<Code>, sign: Vector<Code>): Code {
    return this.xor(magnitude, this.and(sign, -0))
  }

  integer(value: number | bigint): Code {
    const suffix = this.#register === "f32" ? "" : "LL"
    return `((${this.#type})((${this.#signed}){0} + ${value}${suffix}))`
  }

  integerAdd = (a: Code, b: Code): Code => this.#whole(a, "+", b)
  integerSub = (a: Code, b: Code): Code => this.#whole(a, "-", b)
  shiftLeft = (a: Code, bits: number): Code =>
    `((${this.#type})((${this.#unsigned})(${a}) << ${bits}))`
  shiftRight = (a: Code, bits: number): Code =>
    `((${this.#type})((${this.#unsigned})(${a}) >> ${bits}))`
  shiftRightSigned = (a: Code, bits: number): Code =>
    `((${this.#type})((${this.#signed})(${a}) >> ${bits}))`
  integerGreatest = (a: Code, b: Code): Code =>
    `((${this.#type})max_${this.#signed}(${this.#bits(a)}, ${this.#bits(b)}))`
  integerGreater = (a: Code, b: Code): Code =>
    `((${this.#type})(${this.#bits(a)} > ${this.#bits(b)}))`
  scaled = (mantissa: Vector<Code>, n: Code, isZero: Code): Code =>
    `scale_${this.#type}(${this.#text(mantissa)}, ${n}, ${this.#bits(isZero)})`
  fromInteger = (a: Code): Code => `__builtin_convertvector(${this.#bits(a)}, ${this.#type})`

  inHalves(formula: (d: Lanes<Code>, half: (x: Code) => Code) => Code): Code {
    const lanes = this.#lanes / 2
    const d = new CLanes(this.#lines, "f64", lanes)
    const of = (side: "low" | "high"): Code =>
      d.keep(formula(d, (x) => d.keep(`${side}_x${this.#lanes}(${x})`)))
    const low = of("low")
    const high = of("high")
    return `join_x${this.#lanes}(${low}, ${high})`
  }

  whileAny(mask: Code, body: () => void): void {
    this.#lines.push(`while (${this.#any(mask)}) {`)
    body()
    this.#lines.push("}")
  }

  reduceLargeAngles(x: Code, least: number, quadrant: Variable<Code>, r: Variable<Code>): void {
    const large = `__builtin_fabs((${x})[l]) >= ${literal("f64", least)}`
    const each = `for (int l = 0; l < ${this.#lanes}; l++)`
    const word = `(*(${this.#unsigned} *)&${quadrant.value})[l]`
    this.#lines.push(
      `if (${this.#any(this.ge(this.abs(x), least))}) ${each} if (${large}) {`,
      `u64 n; f64 rest = reduce_large_angle((${x})[l], &n);`,
      `${r.value}[l] = rest; ${word} = n; }`,
    )
  }

  #any(mask: Code): Code {
    const name = this.#register === "f32" ? "any" : "any_wide"
    return `${name}_x${this.#lanes}(${this.#bits(mask)})`
  }

  #name(): string {
    return `t${this.#lines.length}`
  }

  #text(value: Vector<Code>): Code {
    if (typeof value === "string") return value
    return `splat_${this.#type}(${literal(this.#register, value)})`
  }

  #bits(value: Vector<Code>): Code {
    return `(${this.#signed})(${this.#text(value)})`
  }

  #infix(a: Vector<Code>, sign: string, b: Vector<Code>): Code {
    return `(${this.#text(a)} ${sign} ${this.#text(b)})`
  }

  #whole(a: Vector<Code>, sign: string, b: Vector<Code>): Code {
    return `((${this.#type})(${this.#bits(a)} ${sign} ${this.#bits(b)}))`
  }

  #compare(a: Vector<Code>, sign: string, b: Vector<Code>): Code {
    return `((${this.#type})(${this.#text(a)} ${sign} ${this.#text(b)}))`
  }

  #call(name: string, ...operands: readonly Vector<Code>[]): Code {
    return `${name}_${this.#type}(${operands.map((operand) => this.#text(operand)).join(", ")})`
  }
}

/** Functions that are short enough to be written out where they are used. */
const short: ReadonlySet<MathName> = new Set<MathName>([
  "exp",
  "expm1",
  "log",
  "tanh",
  "sigmoid",
  "erf",
  "rsqrt",
])

/** The C library's names where they differ, or expressions of its functions. */
const inLibrary: { readonly [N in MathName]?: (...operands: string[]) => string } = {
  exp2: (x) => `pow(2.0, ${x})`,
  log2: (x) => `log(${x}) * ${Math.LOG2E}`,
  rsqrt: (x) => `1.0 / __builtin_sqrt(${x})`,
  round: (x) => `nearest_f64(${x})`,
  sigmoid: (x) => `1.0 / (1.0 + exp(-${x}))`,
  erfInv: (x) => `erf_inverse(${x})`,
  remainder: (x, y) => `fmod(${x}, ${y})`,
}

/**
 * The inverse of erf in float64: the float32 formula's value, then Newton's method on erf, or far out
 * on erfc, which loses no digits there.
 */
const erfInverse = (lanes: number): string => `CALLED f64 erf_inverse(f64 x) {
  if (!(x > -1 && x < 1)) return x == 1 ? __builtin_inf() : x == -1 ? -__builtin_inf() : __builtin_nan("");
  f64 w = -log((1 - x) * (1 + x)), y, magnitude = __builtin_fabs(x);
  y = w < 16 ? maths_erfInv_f32x${lanes}(splat_f32x${lanes}((f32)magnitude))[0] : __builtin_sqrt(w);
  if (!(y < 6)) y = __builtin_sqrt(w - 0.5 * log(w));
  for (int turn = 0; turn < 4 && y > 0; turn++) {
    f64 error = magnitude < 0.5 ? magnitude - erf(y) : erfc(y) - (1 - magnitude);
    f64 step = error * 0.88622692545275801365 * exp(y * y);
    y += step / (1 + y * step);
  }
  return __builtin_copysign(y, x);
}`

/** The functions that a program calls, each written once. */
export class MathLibrary {
  readonly #written = new Map<string, string>()

  /** The C name of a function of vectors; it is added to the program. */
  nameOf(name: MathName, register: "f32" | "f64", lanes: number): string {
    const full = `maths_${name}_${register}x${lanes}`
    if (!this.#written.has(full)) {
      if (register === "f64" && name === "erfInv") {
        this.nameOf("erfInv", "f32", lanes)
        this.#written.set("erf_inverse", erfInverse(lanes))
      }
      this.#written.set(full, "")
      this.#written.set(full, functionOf(name, full, register, lanes))
    }
    return full
  }

  /** Their text, in an order in which what is called comes first. */
  get text(): string {
    return [...this.#written.values()].join("\n")
  }
}

function functionOf(name: MathName, full: string, register: "f32" | "f64", lanes: number): string {
  const type = `${register}x${lanes}`
  const names = isUnaryMath(name) ? ["a"] : ["a", "b"]
  const head = `${type} ${full}(${names.map((n) => `${type} ${n}`).join(", ")})`
  if (register === "f64") {
    const operands = names.map((n) => `${n}[l]`)
    const scalar = inLibrary[name]?.(...operands) ?? `${name}(${operands.join(", ")})`
    return `CALLED ${head} { ${type} r; for (int l = 0; l < ${lanes}; l++) r[l] = ${scalar}; return r; }`
  }
  const lines: string[] = []
  const result = applyFormula(name, new CLanes(lines, register, lanes), "a", "b")
  const body = [...lines, `return ${result};`].map((line) => `  ${line}`)
  return `${short.has(name) ? "INLINE" : "CALLED"} ${head} {\n${body.join("\n")}\n}`
}
