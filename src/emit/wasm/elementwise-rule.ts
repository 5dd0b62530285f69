/** What a rule for an elementwise primitive is given, and how its code goes on four lanes. */

import type { ElementwisePrimitive, ParamsOf } from "../../graph/index.ts"
import type { Scalar } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import type { MathName } from "./maths.ts"

/** Where a primitive's code goes, and how it gets its operands. */
export interface ElementwiseSite {
  readonly f: FunctionBuilder
  readonly module: ModuleBuilder
  readonly relaxed: boolean
  /** Pushes an operand. */
  push(operand: Scalar): void
  /** The local that holds an operand. */
  keep(operand: Scalar): Local
  /** Whether an operand differs between lanes. */
  varies(operand: Scalar): boolean
  /** Whether a function may be written out here rather than called. */
  mayInline(): boolean
  /** Pushes the function of the operands, written out. */
  inline(name: MathName): void
  /**
   * Pushes what `compute` makes of the locals of the operands: perhaps of those of several vectors, of
   * all of which it gives the results.
   */
  together(compute: Together): void
}

/** Results of several vectors, each from its operands. */
export type Together = (operands: readonly (readonly Local[])[]) => readonly Local[]

/** Pushes the result of a primitive. */
export type Rule<P extends ElementwisePrimitive> = (
  site: ElementwiseSite,
  operands: readonly Scalar[],
  /** The first operand's dtype. */
  dtype: DType,
  params: ParamsOf[P],
) => void
