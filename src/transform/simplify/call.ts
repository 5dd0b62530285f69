/** Calls: simpler inside as long as derivatives may be asked, then in their place. */

import { operations as op, type ParamsOf, type Variable } from "../../graph/index.ts"
import type { SimplifyingBuilder } from "./builder.ts"
import type { SimplifyGraph } from "./control.ts"

export function simplifyCall(
  b: SimplifyingBuilder,
  operands: readonly Variable[],
  { body, rule }: ParamsOf["call"],
  simplify: SimplifyGraph,
  differentiable: boolean,
): readonly Variable[] {
  const simple = simplify(body)
  if (differentiable) return b.emitAll("call", operands, { body: simple, rule })
  if (rule.kind !== "checkpoint" || !rule.again) return b.inline(simple, operands)
  // What is computed again waits for what it is needed with, and is not what was there before.
  const given = operands.map((operand) =>
    op.after(
      b,
      operand,
      operands.filter((x) => x !== operand),
    ),
  )
  return b.inline(simple, given)
}

/** Of a linear map that is known by its transpose alone. */
export function onlyBackwards(): TypeError {
  return new TypeError(
    "the derivative of a customVjp function is known only backwards, so jvp and linearize cannot " +
      "use it: take grad or vjp, or define the function by customJvp",
  )
}
