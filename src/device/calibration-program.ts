/** How a program that a device is calibrated with is written down. */

import { type Graph, GraphBuilder, operations as op, type Variable } from "../graph/index.ts"
import type { DType } from "../size/index.ts"

export interface CalibrationProgram {
  readonly name: string
  readonly graph: Graph
  /** Whole-number inputs are drawn from 0 to below this. */
  readonly below: number
}

export type Body = (b: GraphBuilder, inputs: readonly Variable[]) => Variable

export interface Input {
  readonly shape: readonly number[]
  readonly dtype: DType
}

export const float = (...shape: readonly number[]): Input => ({ shape, dtype: "float32" })
export const whole = (...shape: readonly number[]): Input => ({ shape, dtype: "int32" })
export const double = (...shape: readonly number[]): Input => ({ shape, dtype: "float64" })
export const truth = (...shape: readonly number[]): Input => ({ shape, dtype: "bool" })
export const words = (...shape: readonly number[]): Input => ({ shape, dtype: "uint32" })

export function program(
  name: string,
  inputs: readonly Input[],
  body: Body,
  below = 10,
): CalibrationProgram {
  const b = new GraphBuilder()
  return {
    name,
    graph: b.build([
      body(
        b,
        inputs.map((input) => b.input(input)),
      ),
    ]),
    below,
  }
}

export type Sized = (size: number) => number

/** x ← x·x + x, over and over. */
export const polynomial =
  (depth: number): Body =>
  (b, [x]) => {
    let y = x
    for (let i = 0; i < depth; i++) y = op.add(b, op.multiply(b, y, x), x)
    return y
  }

const product = { contract: [[1], [0]], batch: [[], []] } as const
export const matmul = (b: GraphBuilder, x: Variable, y: Variable): Variable =>
  b.emit("dot", [x, y], product)

export const softmaxBody: Body = (b, [x]) => {
  const top = b.emit("reduceMax", [x], { axes: [1] })
  const powers = op.apply(b, "exp", op.subtract(b, x, op.broadcastBack(b, top, x.shape, [1])))
  const total = op.reduceSum(b, powers, [1])
  return op.divide(b, powers, op.broadcastBack(b, total, x.shape, [1]))
}
