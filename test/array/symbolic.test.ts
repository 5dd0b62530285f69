import { describe, expect, test } from "vitest"
import { type Array, f32, graphOf, i32, lax, nn, np, random } from "../../src/array/index.ts"
import { evaluate } from "../../src/device/index.ts"
import { checkGraph } from "../../src/graph/index.ts"
import { bindGraph } from "../../src/price/index.ts"

/** Functions of a float matrix, a float vector and an int vector with extents N and M. */
const functions: { readonly [name: string]: (x: Array, v: Array, i: Array) => Array } = {
  "elementwise maths": (x, v) => np.hypot(x.mul(v), np.exp(v)).div(3),
  mean: (x) => x.mean(),
  "mean of an axis": (x) => x.mean(0, { keepdims: true }),
  variance: (x) => np.var(x, 1),
  logsumexp: (x) => np.logsumexp(x, -1),
  softmax: (x) => nn.softmax(x),
  reshape: (x) => x.reshape([-1]),
  "reshape back": (x) => x.ravel().reshape(x.shape),
  "swap and stack": (x) => np.stack([x.T, x.T], 1),
  concatenate: (x) => np.concatenate([x, x], 0),
  tile: (x) => np.tile(x, [2, 3]),
  repeat: (x) => np.repeat(x, 2, 0),
  pad: (x) =>
    np.pad(x, [
      [1, 2],
      [0, 1],
    ]),
  roll: (x) => np.roll(x, 1, 0),
  flip: (x) => np.flip(x),
  "last row": (x) => x.slice(-1),
  "but the first and last": (x) => x.slice([1, -1]),
  "every second": (x) => x.slice([], [null, null, 2]),
  take: (x, _v, i) => np.take(x, i, 1),
  "index array": (x, _v, i) => x.slice([], i),
  takeAlongAxis: (x) => np.takeAlongAxis(x, np.argsort(x, 0), 0),
  matmul: (x, v) => np.matmul(x, v),
  einsum: (x, v) => np.einsum("nm,m->n", x, v),
  "upper triangle": (x) => np.triu(np.matmul(x, x.T)),
  eye: (x) => np.eye(x.shape[0]).mul(2),
  arange: (x) => np.arange(x.shape[1]).add(x.slice(0)),
  cumsum: (x) => x.cumsum(0),
  sort: (x) => x.sort(0),
  argmax: (x) => x.argmax(1),
  "one hot": (_x, _v, i) => nn.oneHot(i, 4),
  "random bits": (x) => random.uniform(random.key(3), x.shape),
  scatter: (x, v) => x.at(0).add(v),
  convolution: (x) =>
    lax.conv(x.reshape([1, 1, ...x.shape]), np.ones([2, 1, 2, 3]), [2, 1], "SAME"),
  pooling: (x) => nn.avgPool(x.reshape([1, ...x.shape, 1]), [2, 2], { strides: [1, 1] }),
}

const bindings = { N: 5, M: 3 }
const matrix = () => random.normal(random.key(1), [5, 3])
const vector = () => random.normal(random.key(2), [3])
const indices = () => np.array([2, 0, -1], { dtype: "int32" })

describe("a graph with symbolic sizes", () => {
  for (const [name, f] of Object.entries(functions)) {
    test(`computes the same once they are bound: ${name}`, async () => {
      const [x, v, i] = [matrix(), vector(), indices()]
      const graph = checkGraph(graphOf(f)(f32("N", "M"), f32("M"), i32("M")))
      const concrete = graphOf(f)(f32(5, 3), f32(3), i32(3))
      const bound = checkGraph(bindGraph(graph, bindings))
      expect(bound.outputs[0].shape).toEqual(concrete.outputs[0].shape)
      const inputs = await Promise.all(
        [x, v, i].map(async (array) => ({
          data: await array.data(),
          shape: array.shape.map(Number),
          dtype: array.dtype,
        })),
      )
      const wanted = [...(await f(x, v, i).data())]
      const [result] = evaluate(bound, inputs.slice(0, bound.inputs.length))
      for (const [k, value] of wanted.entries()) expect(result.data[k]).toBeCloseTo(value, 4)
    })
  }
})
