/** Graphs of random steps over float32 arrays, to compare devices on. */

import { type Graph, GraphBuilder, operations, type Variable } from "../../../src/graph/index.ts"
import { concreteShape } from "../../../src/size/index.ts"
import { type Draw, drawFrom } from "./placing.ts"
import { randomArray, type TestArray } from "./running.ts"

/** One more value from those there are; float32 throughout, kept small so that rounding stays so. */
type Step = (b: GraphBuilder, x: Variable, others: readonly Variable[], draw: Draw) => Variable

const steps: readonly Step[] = [
  (b, x) => operations.multiply(b, x, -0.5),
  (b, x) => operations.apply(b, "tanh", x),
  (b, x, others) => {
    const partner = others.find((y) => `${y.shape}` === `${x.shape}`)
    return operations.add(b, x, partner ?? x)
  },
  (b, x, others) => {
    const partner = others.find((y) => `${y.shape}` === `${x.shape}`) ?? x
    return operations.select(b, operations.less(b, x, partner), partner, 0.25)
  },
  (b, x, _others, draw) => {
    const permutation = x.shape.map((_, i) => i)
    permutation.sort(() => draw(3) - 1)
    return operations.transpose(b, x, permutation)
  },
  (b, x, _others, draw) => {
    const n = elements(x)
    const divisors = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0)
    const rows = divisors[draw(divisors.length)]
    return operations.reshape(b, x, [rows, n / rows])
  },
  (b, x, _others, draw) => b.emit("flip", [x], { axes: [draw(x.shape.length)] }),
  (b, x, _others, draw) => {
    const amounts = (most: number): number[] => x.shape.map(() => draw(most))
    return b.emit("pad", [x], {
      low: amounts(3),
      high: amounts(3),
      interior: amounts(2),
      value: 0.5,
    })
  },
  (b, x, _others, draw) => {
    const shape = concreteShape(x.shape)
    const starts = shape.map((extent) => draw(Math.min(3, extent)))
    const strides = shape.map(() => 1 + draw(2))
    return b.emit("slice", [x], { starts, limits: shape, strides })
  },
  (b, x, _others, draw) => {
    const shape = [...concreteShape(x.shape)]
    const at = draw(shape.length + 1)
    shape.splice(at, 0, 2 + draw(4))
    const axes = shape.map((_, i) => i).filter((i) => i !== at)
    return b.emit("broadcast", [x], { shape, axes })
  },
  (b, x, _others, draw) => {
    const axis = draw(x.shape.length)
    const scale = 1 / Math.max(1, concreteShape(x.shape)[axis])
    return operations.multiply(b, operations.reduceSum(b, x, [axis]), scale)
  },
  (b, x, _others, draw) => b.emit("reduceMax", [x], { axes: [draw(x.shape.length)] }),
  (b, x, _others, draw) => {
    const axis = draw(x.shape.length)
    const scaled = operations.multiply(b, x, 1 / concreteShape(x.shape)[axis])
    return b.emit("cumulativeSum", [scaled], { axis, reverse: draw(2) === 0 })
  },
  (b, x, others, draw) => {
    const axis = draw(x.shape.length)
    const fits = others.find((y) => rest(y, axis) === rest(x, axis)) ?? x
    return b.emit("concatenate", [x, fits], { axis })
  },
  (b, x, _others, draw) => {
    const axis = draw(x.shape.length)
    const count = 1 + draw(9)
    const places = operations.multiply(b, operations.iota(b, [count], 0), 1 + draw(4))
    const mode = draw(2) === 0 ? "clip" : "fill"
    const read = b.emit("gather", [x, places], { axes: [axis], mode })
    const finite = operations.apply(b, "isFinite", read)
    return operations.select(b, finite, read, -1)
  },
  (b, x, _others, draw) => {
    const axis = draw(x.shape.length)
    const extent = concreteShape(x.shape)[axis]
    const size = 1 + draw(Math.min(3, extent))
    const params = { axes: [axis], sizes: [size], strides: [1 + draw(2)], dilations: [1] }
    const windows = b.emit("windows", [x], params)
    const last = windows.shape.length - 1
    if (draw(2) === 0) return b.emit("reduceMax", [windows], { axes: [last] })
    const fold = b.emit("fold", [windows], { ...params, extents: [extent] })
    return operations.multiply(b, fold, 1 / size)
  },
  (b, x, _others, draw) => {
    const rows = operations.reshape(b, x, [elements(x)])
    const starts = operations.full(b, { shape: [], dtype: "int32" }, draw(20) - 5)
    const size = 1 + draw(elements(x))
    return b.emit("dynamicSlice", [rows, starts], { sizes: [size] })
  },
]

function elements(x: Variable): number {
  return concreteShape(x.shape).reduce((a, b) => a * b, 1)
}

function rest(x: Variable, axis: number): string {
  return `${x.shape.length}: ${x.shape.filter((_, i) => i !== axis)}`
}

/** A graph of random steps, each on a random earlier value, with inputs for it. */
export function randomGraph(
  seed: number,
  length: number,
): { readonly graph: Graph; readonly inputs: readonly TestArray[] } {
  const draw = drawFrom(seed)
  const shape = [1 + draw(9), 1 + draw(20), 1 + draw(5)].slice(draw(3))
  const inputs = [randomArray("float32", shape, seed), randomArray("float32", shape, seed + 1)]
  const b = new GraphBuilder()
  const values = inputs.map((input) => b.input(input))
  for (let i = 0; i < length; i++) {
    const x = values[Math.max(0, values.length - 1 - draw(3))]
    if (x.shape.length === 0 || x.shape.length > 5) continue
    const step = steps[draw(steps.length)]
    const next = step(b, x, values.toReversed(), draw)
    if (elements(next) > 0 && elements(next) < 5000) values.push(next)
  }
  const [last, ...others] = values.toReversed()
  const graph = b.build([last, ...others.filter(() => draw(4) === 0)])
  return { graph, inputs }
}
