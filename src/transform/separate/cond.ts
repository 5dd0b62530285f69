/** Conds in two: one of the values and of what the taken branch's linear part needs, one linear. */

import {
  type CondParams,
  GraphBuilder,
  operations as op,
  printType,
  type Variable,
} from "../../graph/index.ts"
import { Demand } from "../demand.ts"
import { between, dependsOn, part, type Separated, type SeparateGraph } from "./part.ts"

/** Residuals of all branches share places of one type; a branch fills those that it lacks. */
class Places {
  readonly types: Variable[] = []
  readonly #byBranch: (readonly (Variable | undefined)[])[] = []

  add(residuals: readonly Variable[]): void {
    const own: (Variable | undefined)[] = this.types.map(() => undefined)
    for (const residual of residuals) {
      const type = printType(residual)
      let at = this.types.findIndex((t, i) => own[i] === undefined && printType(t) === type)
      if (at < 0) at = this.types.push(residual) - 1
      own[at] = residual
    }
    this.#byBranch.push(own)
  }

  /** The residual of a branch at each place. */
  of(branch: number): readonly (Variable | undefined)[] {
    return this.types.map((_, i) => this.#byBranch[branch][i])
  }
}

export function separateCond(
  separate: SeparateGraph,
  b: GraphBuilder,
  { branches }: CondParams,
  [index, ...operands]: readonly Variable[],
  [, ...linear]: readonly boolean[],
): Separated {
  const inner = branches.map((branch) => separate(branch, linear))
  const depends = inner.map((branch) => dependsOn(branch, linear))
  const outputLinear = inner[0].outputs.map((_, i) => depends.some((own) => own[i]))
  const isKnown = linear.map((l) => !l)
  const places = new Places()
  for (const branch of inner) {
    const { residuals } = part(branch, linear, outputLinear)
    places.add(residuals.filter((residual) => !branch.inputs.includes(residual)))
  }

  const known = operands.filter((_, i) => isKnown[i])
  const values = b.emitAll("cond", [index, ...known], {
    branches: inner.map((branch, k) => {
      const valueBuilder = new GraphBuilder()
      const demand = new Demand(valueBuilder, branch)
      for (const [i, input] of branch.inputs.entries()) {
        if (isKnown[i]) demand.set(input, valueBuilder.input(input))
      }
      const outputs = branch.outputs.filter((_, i) => !outputLinear[i])
      return valueBuilder.build([
        ...outputs.map((output) => demand.get(output)),
        ...places
          .of(k)
          .map((own, i) => (own ? demand.get(own) : op.zeros(valueBuilder, places.types[i]))),
      ])
    }),
  })
  const count = outputLinear.filter((l) => !l).length
  const tangents = b.emitAll("cond", [index, ...operands, ...values.slice(count)], {
    branches: inner.map((branch, k) =>
      between(
        branch,
        // A place that the branch does not use is an input that nothing reads.
        [...branch.inputs, ...places.of(k).map((own, i) => own ?? unread(places.types[i]))],
        branch.outputs.filter((_, i) => outputLinear[i]),
      ),
    ),
  })
  let [value, tangent] = [0, 0]
  return {
    results: outputLinear.map((l) => (l ? tangents[tangent++] : values[value++])),
    linear: outputLinear,
  }
}

function unread(type: Variable): Variable {
  return new GraphBuilder().input(type)
}
