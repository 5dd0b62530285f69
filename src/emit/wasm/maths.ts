/**
 * Single precision mathematics as WebAssembly functions, added to a module when first needed.
 *
 * Results differ from the exact ones by at most 2 ulp of float32 over the whole range, and have C's
 * values at infinities, NaN, signed zeros and denormals (`remainder` and `round` are exact). With
 * `relaxed` they use fused multiply-add where the processor has it, which changes last bits only.
 */

import { applyFormula, isUnaryMath, type MathName, mathArity } from "../maths/index.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { WasmLanes } from "./maths-lanes.ts"
import { functionOnce } from "./maths-library.ts"

export {
  type BinaryMath,
  binaryMaths,
  type MathName,
  mathArity,
  type UnaryMath,
  unaryMaths,
} from "../maths/index.ts"
export { addThreefry } from "./maths-threefry.ts"

export interface MathOptions {
  /** Whether to use relaxed SIMD, which the engine must have (`features().relaxedSimd`). */
  readonly relaxed: boolean
  /** Whether all operands are known to lie where a formula takes its usual way. */
  readonly isUsual?: boolean
}

/**
 * Writes the function's code into another function, leaving the f32x4 result on the stack: no call,
 * but its code once more. The operands are v128 locals, which are not changed.
 * @throws RangeError when there are more or fewer operands than {@link mathArity} says.
 */
export function inlineMath(
  module: ModuleBuilder,
  f: FunctionBuilder,
  name: MathName,
  operands: readonly Local[],
  options: MathOptions,
): void {
  const [result] = inlineTogether(module, f, name, [operands], options)
  f.localGet(result)
}

/** The same for several vectors, each with its operands, step by step: the locals of the results. */
export function inlineTogether(
  module: ModuleBuilder,
  f: FunctionBuilder,
  name: MathName,
  operands: readonly (readonly Local[])[],
  { relaxed, isUsual = false }: MathOptions,
): readonly Local[] {
  const arity = mathArity(name)
  for (const { length } of operands) {
    if (length !== arity) throw new RangeError(`${name} takes ${arity} operands, not ${length}`)
  }
  const v = new WasmLanes(module, f, "f32x4", relaxed, operands.length, isUsual)
  const nth = (n: number) => v.get(operands.map((own) => own[n]))
  const result = applyFormula(name, v, nth(0), nth(arity - 1))
  return operands.map((_, i) => {
    const local = f.local("v128")
    result(i)
    f.localSet(local)
    return local
  })
}

/**
 * The number of the module's f32x4 function (v128) -> v128, or (v128, v128) -> v128, which is added
 * when it is first asked for.
 */
export function addMath(module: ModuleBuilder, name: MathName, options: MathOptions): number {
  const label = options.relaxed ? `${name}_relaxed` : name
  return functionOnce(module, label, () => {
    const params = isUnaryMath(name) ? (["v128"] as const) : (["v128", "v128"] as const)
    const f = module.function({ params, results: ["v128"] }, label)
    inlineMath(module, f, name, f.locals.slice(), options)
    return f.index
  })
}

/** The scalar function (f32) -> f32, or (f32, f32) -> f32: lane 0 of {@link addMath}'s, same bits. */
export function addScalarMath(module: ModuleBuilder, name: MathName, options: MathOptions): number {
  const label = `${name}${options.relaxed ? "_relaxed" : ""}_scalar`
  return functionOnce(module, label, () => {
    const vector = addMath(module, name, options)
    const params = isUnaryMath(name) ? (["f32"] as const) : (["f32", "f32"] as const)
    const f = module.function({ params, results: ["f32"] }, label)
    for (const operand of f.locals) {
      f.localGet(operand)
      f.f32x4.splat()
    }
    f.call(vector)
    f.f32x4.extract_lane(0)
    return f.index
  })
}
