/** Transposes of control flow that {@link separate} has made linear: loops run backwards. */

import {
  type ControlPrimitive,
  type Graph,
  GraphBuilder,
  operations as op,
  type ParamsOf,
  type Variable,
} from "../../graph/index.ts"
import { Demand } from "../demand.ts"
import { type Cotangent, type Operand, valueOf } from "./rule.ts"

/** From the cotangents of an equation's results to one for each linear operand. */
export type ControlTranspose<P extends ControlPrimitive> = (
  b: GraphBuilder,
  cotangents: readonly Cotangent[],
  operands: readonly Operand[],
  params: ParamsOf[P],
) => readonly Cotangent[]

/** Emits a graph's transposed equations; see `transposeInto`. */
export type TransposeGraph = (
  b: GraphBuilder,
  graph: Graph,
  linearInputs: readonly Variable[],
  values: Demand,
  outputCotangents: readonly Cotangent[],
) => readonly Cotangent[]

const isLinear = ({ value }: Operand): boolean => value === undefined

export function controlTranspose(transposeGraph: TransposeGraph): {
  readonly [P in ControlPrimitive]: ControlTranspose<P>
} {
  return {
    /**
     * The steps in the other order: each takes the cotangent of the carries that it gave and of its
     * row of the results, gives those of the carries that it was given and of its rows, and adds up
     * those of what every step sees.
     */
    loop: (b, cotangents, operands, params) => {
      const { body, consts, carries, reverse, length } = params
      const fixed = consts + carries
      const inputs = body.inputs.map((input, i) => ({ input, operand: operands[i] }))
      const shared = inputs.slice(0, consts)
      const rows = inputs.slice(fixed)
      const known = (part: typeof inputs) => part.filter(({ operand }) => !isLinear(operand))
      const linear = (part: typeof inputs) => part.filter(({ operand }) => isLinear(operand))
      const rowCotangents = cotangents.slice(carries)
      const givenRows = rowCotangents.filter((cotangent) => cotangent !== undefined)

      const inner = new GraphBuilder()
      const values = new Demand(inner, body)
      for (const { input } of known(shared)) values.set(input, inner.input(input))
      const sums = linear(shared).map(({ input }) => inner.input(input))
      const back = body.outputs.slice(0, carries).map((output) => inner.input(output))
      for (const { input } of known(rows)) values.set(input, inner.input(input))
      const rowsBack = body.outputs
        .slice(carries)
        .map((output, i) => (rowCotangents[i] === undefined ? undefined : inner.input(output)))
      const targets = [
        ...linear(shared).map(({ input }) => input),
        ...body.inputs.slice(consts, fixed),
        ...linear(rows).map(({ input }) => input),
      ]
      const made = transposeGraph(inner, body, targets, values, [...back, ...rowsBack])
      const outputs = targets.map((target, i) => {
        const cotangent = made[i]
        if (i >= sums.length) return cotangent ?? op.zeros(inner, target)
        return cotangent === undefined ? sums[i] : op.add(inner, sums[i], cotangent)
      })

      const valuesOf = (part: typeof inputs): Variable[] =>
        part.map(({ operand }) => valueOf(operand, "loop"))
      const results = b.emitAll(
        "loop",
        [
          ...valuesOf(known(shared)),
          ...linear(shared).map(({ input }) => op.zeros(b, input)),
          ...body.outputs
            .slice(0, carries)
            .map((output, i) => cotangents[i] ?? op.zeros(b, output)),
          ...valuesOf(known(rows)),
          ...givenRows,
        ],
        {
          body: inner.build(outputs),
          length,
          consts: known(shared).length,
          carries: sums.length + carries,
          reverse: !reverse,
        },
      )
      let [sum, row] = [0, sums.length + carries]
      return operands.map((operand, i): Cotangent => {
        if (i >= consts && i < fixed) return results[sums.length + i - consts]
        if (!isLinear(operand)) return undefined
        return i < consts ? results[sum++] : results[row++]
      })
    },

    while: () => {
      throw new Error(
        "a while loop cannot be differentiated backwards, because how many steps it takes is not " +
          "known before it runs: use scan or foriLoop with constant bounds, or jvp",
      )
    },

    /** The transpose of the branch that was taken. */
    cond: (b, cotangents, [index, ...operands], { branches }) => {
      const given = cotangents.filter((cotangent) => cotangent !== undefined)
      const known = operands.filter((operand) => !isLinear(operand))
      const back = branches.map((branch) => {
        const inner = new GraphBuilder()
        const values = new Demand(inner, branch)
        for (const [i, input] of branch.inputs.entries()) {
          if (!isLinear(operands[i])) values.set(input, inner.input(input))
        }
        const own = branch.outputs.map((output, i) =>
          cotangents[i] === undefined ? undefined : inner.input(output),
        )
        const targets = branch.inputs.filter((_, i) => isLinear(operands[i]))
        const made = transposeGraph(inner, branch, targets, values, own)
        return inner.build(targets.map((target, i) => made[i] ?? op.zeros(inner, target)))
      })
      const results = b.emitAll(
        "cond",
        [valueOf(index, "cond"), ...known.map((operand) => valueOf(operand, "cond")), ...given],
        { branches: back },
      )
      let next = 0
      return [
        undefined,
        ...operands.map((operand) => (isLinear(operand) ? results[next++] : undefined)),
      ]
    },
  }
}
