/** Arguments away from kinks and poles, and derivatives by differences, for tests of derivatives. */

import { evaluate } from "../../src/device/ram/index.ts"
import {
  type Graph,
  GraphBuilder,
  operations as op,
  type Primitive,
  type Variable,
} from "../../src/graph/index.ts"
import { allocateTyped, concreteShape, isFloat } from "../../src/size/index.ts"
import { Chance } from "../graph/chance.ts"
import { type HostArgument, randomArguments } from "../graph/random.ts"

/** Where a primitive's floats may lie so that it is smooth and its derivative moderate. */
const intervals: { readonly [P in Primitive]?: readonly [number, number] } = {
  log: [0.4, 2.5],
  log1p: [-0.6, 2],
  tan: [-1.1, 1.1],
  asin: [-0.85, 0.85],
  acos: [-0.85, 0.85],
  acosh: [1.3, 3],
  atanh: [-0.85, 0.85],
  sqrt: [0.4, 2.5],
  rsqrt: [0.4, 2.5],
  cbrt: [0.4, 2.5],
  erfInv: [-0.85, 0.85],
  divide: [0.5, 2.5],
  power: [0.5, 2.5],
  atan2: [0.5, 2.5],
}

/** Distance of neighbouring values; differences step by a quarter of it, so that none meet. */
const grid = 1 / 128
const step = grid / 4

/** Arguments whose floats are all different (as long as the interval lasts) and no multiples of ½. */
export function smoothArguments(
  graph: Graph,
  seed: number,
  primitive?: Primitive,
): readonly HostArgument[] {
  const chance = new Chance(seed ^ 0xca1c)
  const [low, high] = (primitive && intervals[primitive]) ?? [-2, 2]
  const count = Math.floor((high - low) / grid)
  const places = chance.shuffle(Array.from({ length: count }, (_, i) => i))
  const first = Math.ceil(low / grid) + 0.5
  let next = 0
  return randomArguments(graph, seed).map((argument, i) => {
    if (!isFloat(graph.inputs[i].dtype)) return argument
    const data = argument.data.map(() => (first + places[next++ % count]) * grid)
    return { ...argument, data: Float32Array.from(data) }
  })
}

/** A direction for every input (zero for those without derivative), of a few binary digits. */
export function directions(graph: Graph, seed: number): readonly HostArgument[] {
  const chance = new Chance(seed ^ 0xd1)
  return graph.inputs.map(({ shape, dtype }) => {
    const extents = concreteShape(shape)
    const data = allocateTyped(
      dtype,
      extents.reduce((a, b) => a * b, 1),
    )
    if (isFloat(dtype)) for (const i of data.keys()) data[i] = chance.between(-4, 4) / 4
    return { data, shape: extents }
  })
}

/** (f(x + h·t) − f(x − h·t)) / 2h for each output; zero for integers and where f stays NaN. */
export function differenceAlong(
  graph: Graph,
  inputs: readonly HostArgument[],
  along: readonly HostArgument[],
): readonly HostArgument[] {
  const moved = (by: number): readonly HostArgument[] =>
    inputs.map(({ data, shape }, i) => {
      const copy = data.slice()
      for (const j of copy.keys()) copy[j] += by * along[i].data[j]
      return { data: isFloat(graph.inputs[i].dtype) ? copy : data, shape }
    })
  const [after, before] = [evaluate(graph, moved(step)), evaluate(graph, moved(-step))]
  return after.map(({ data, shape, dtype }, i) => {
    const slope = data.slice()
    for (const j of slope.keys()) {
      const same = !isFloat(dtype) || Object.is(data[j], before[i].data[j])
      slope[j] = same ? 0 : (data[j] - before[i].data[j]) / (2 * step)
    }
    return { data: slope, shape }
  })
}

/** Σ x·y over all arrays of two lists, floats only. */
export function innerProduct(xs: readonly HostArgument[], ys: readonly HostArgument[]): number {
  return xs.reduce(
    (sum, { data }, i) =>
      data instanceof Float32Array
        ? data.reduce((part, value, j) => part + value * ys[i].data[j], sum)
        : sum,
    0,
  )
}

/** The greatest magnitude of the finite floats, at least 1. */
export function magnitude(...lists: readonly (readonly HostArgument[])[]): number {
  let greatest = 1
  for (const { data } of lists.flat()) {
    if (data instanceof Float32Array) {
      for (const value of data) {
        if (Number.isFinite(value)) greatest = Math.max(greatest, Math.abs(value))
      }
    }
  }
  return greatest
}

/** Σ wᵢ·sin(outputᵢ) over the float outputs, as a graph of one scalar. */
export function weightedSum(graph: Graph, weights: readonly HostArgument[]): Graph {
  const b = new GraphBuilder()
  const inputs = graph.inputs.map((input) => b.input(input))
  let sum: Variable = op.zeros(b, { shape: [], dtype: "float32" })
  for (const [i, output] of b.inline(graph, inputs).entries()) {
    if (!isFloat(output.dtype)) continue
    // The sine is there so that second derivatives of linear primitives are not all zero.
    const bent = op.apply(b, "sin", output)
    const weight = op.full(b, output, weights[i].data[0] ?? 0)
    const axes = output.shape.map((_, axis) => axis)
    sum = op.add(b, sum, op.reduceSum(b, op.multiply(b, bent, weight), axes))
  }
  return b.build([sum])
}
