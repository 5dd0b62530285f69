/** ONNX Runtime's own CPU kernels, on models of one operator or a few. It trains nothing. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism } from "node:os"
import { attentionInputs } from "../cases/attention.ts"
import { convolutionInputs } from "../cases/convolution.ts"
import type { Case } from "../cases/index.ts"
import { uniform } from "../cases/inputs.ts"
import { matmulInputs } from "../cases/matmul.ts"
import { chain, layerNormInputs } from "../cases/memory.ts"
import { gatherIndices } from "../cases/moves.ts"
import { type Opened, prepare, type Runnable, type Workshop } from "../contestant.ts"
import {
  type OnnxConstant,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
  onnxModel,
} from "./onnx-model.ts"

const require = createRequire(import.meta.url)

/** The part of `onnxruntime-node` that is used here; the package is not there when types are checked. */
interface Tensor {
  readonly data: Float32Array | BigInt64Array
}
interface Session {
  run(feeds: { readonly [name: string]: Tensor }): Promise<{ readonly [name: string]: Tensor }>
}
interface Runtime {
  readonly Tensor: new (
    dtype: string,
    data: Float32Array | BigInt64Array,
    shape: readonly number[],
  ) => Tensor
  readonly InferenceSession: {
    create(model: Uint8Array, options: { readonly intraOpNumThreads: number }): Promise<Session>
  }
}

export async function open({ work }: Case): Promise<Opened> {
  const runtime: Runtime = require("onnxruntime-node")
  const manifest = require.resolve("onnxruntime-node/package.json")
  const about: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"))
  return {
    version: about.version,
    threads: availableParallelism(),
    setting: "its own CPU kernels; images NCHW, turned around outside of the time",
    work: await prepare(workshop(runtime), work),
  }
}

type Numbers = Float32Array | Int32Array

/** An input's value and what stands in it. */
interface Given {
  readonly data: Numbers
  readonly shape: readonly number[]
}

function workshop(runtime: Runtime): Workshop {
  /** Runs of a model's nodes on inputs named in order x, y, z; the result is called "result". */
  const runs = async (
    given: readonly Given[],
    shape: readonly number[],
    nodes: readonly OnnxNode[],
    constants: readonly OnnxConstant[] = [],
  ): Promise<Runnable> => {
    const names = ["x", "y", "z"]
    const inputs = given.map(({ data, shape }, i): OnnxValue => {
      return { name: names[i]!, dtype: data instanceof Float32Array ? "float32" : "int64", shape }
    })
    const outputs: OnnxValue[] = [{ name: "result", dtype: "float32", shape }]
    const model: OnnxModel = { inputs, outputs, constants, nodes }
    const options = { intraOpNumThreads: availableParallelism() }
    const session = await runtime.InferenceSession.create(onnxModel(model), options)
    const feeds = Object.fromEntries(
      given.map(({ data, shape }, i) => {
        const numbers = data instanceof Float32Array ? data : BigInt64Array.from(data, BigInt)
        return [names[i]!, new runtime.Tensor(inputs[i]!.dtype, numbers, shape)]
      }),
    )
    let newest: Tensor | undefined
    return {
      run: async () => {
        newest = (await session.run(feeds)).result
      },
      result: () => {
        if (!(newest?.data instanceof Float32Array)) throw new Error("there is no result")
        return newest.data
      },
    }
  }
  const apply = (operator: string, inputs: string, output = "result"): OnnxNode => {
    return { operator, inputs: inputs.split(" "), outputs: [output] }
  }

  return {
    matmul: (work) => {
      const given = matmulInputs(work)
      const { m, n, batch, transposed } = work
      const several = batch === 1 ? [] : [batch]
      const multiply: OnnxNode =
        transposed === "none"
          ? apply("MatMul", "x y")
          : {
              ...apply("Gemm", "x y"),
              integers: transposed === "first" ? { transA: 1 } : { transB: 1 },
            }
      return runs(given, [...several, m, n], [multiply])
    },
    convolution: async (work) => {
      const { batch, side, channels, kernel: size, part } = work
      if (part !== "output") throw new RangeError("it has no gradients")
      const { images, kernel } = convolutionInputs(work)
      const pixels = [batch, side, side, channels]
      const convolve: OnnxNode = { ...apply("Conv", "x y"), integers: { pads: [1, 1, 1, 1] } }
      const made = await runs(
        [
          {
            data: turned(images, pixels, [0, 3, 1, 2]),
            shape: [batch, channels, side, side],
          },
          {
            data: turned(kernel, [size, size, channels, channels], [3, 2, 0, 1]),
            shape: [channels, channels, size, size],
          },
        ],
        [batch, channels, side, side],
        [convolve],
      )
      return {
        run: made.run,
        result: async () => {
          return turned(await made.result(), [batch, channels, side, side], [0, 2, 3, 1])
        },
      }
    },
    chain: ({ n }) => {
      const nodes: OnnxNode[] = []
      const constants: OnnxConstant[] = []
      const step = (operator: string) => (x: string, by?: number) => {
        const output = `v${nodes.length}`
        if (by !== undefined) {
          constants.push({ name: `c${output}`, dtype: "float32", shape: [], data: [by] })
        }
        nodes.push(apply(operator, by === undefined ? x : `${x} c${output}`, output))
        return output
      }
      const [mul, add, max, min, abs] = ["Mul", "Add", "Max", "Min", "Abs"].map(step)
      const last = chain("x", { mul: mul!, add: add!, max: max!, min: min!, abs: abs! })
      nodes.push(apply("Identity", last))
      return runs([{ data: uniform(n, 1), shape: [n] }], [n], nodes, constants)
    },
    sum: ({ n }) => {
      const total: OnnxNode = { ...apply("ReduceSum", "x"), integers: { keepdims: 0 } }
      return runs([{ data: uniform(n, 1, 0, 1), shape: [n] }], [], [total])
    },
    softmax: ({ rows, columns }) =>
      runs(
        [{ data: uniform(rows * columns, 1), shape: [rows, columns] }],
        [rows, columns],
        [{ ...apply("Softmax", "x"), integers: { axis: 1 } }],
      ),
    layerNorm: ({ rows, columns }) => {
      const { x, scale, shift } = layerNormInputs(rows, columns)
      const normalise: OnnxNode = {
        ...apply("LayerNormalization", "x y z"),
        integers: { axis: 1 },
        floats: { epsilon: 1e-5 },
      }
      return runs(
        [
          { data: x, shape: [rows, columns] },
          { data: scale, shape: [columns] },
          { data: shift, shape: [columns] },
        ],
        [rows, columns],
        [normalise],
      )
    },
    attention: async (work) => {
      const { batch, tokens, heads, width, part, causal } = work
      if (part !== "output") throw new RangeError("it has no gradients")
      if (causal) throw new RangeError("put together from operators, it makes every score anyway")
      const { query, key, value } = attentionInputs(work)
      const shape = [batch, tokens, heads, width]
      const byHead = [batch, heads, tokens, width]
      const root = {
        name: "root",
        dtype: "float32",
        shape: [],
        data: [1 / Math.sqrt(width)],
      } as const
      const made = await runs(
        [
          { data: turned(query, shape, [0, 2, 1, 3]), shape: byHead },
          { data: turned(key, shape, [0, 2, 3, 1]), shape: [batch, heads, width, tokens] },
          { data: turned(value, shape, [0, 2, 1, 3]), shape: byHead },
        ],
        byHead,
        [
          apply("MatMul", "x y", "products"),
          apply("Mul", "products root", "scores"),
          { ...apply("Softmax", "scores", "shares"), integers: { axis: 3 } },
          apply("MatMul", "shares z"),
        ],
        [root],
      )
      return {
        run: made.run,
        result: async () => turned(await made.result(), byHead, [0, 2, 1, 3]),
      }
    },
    cumsum: ({ rows, columns }) =>
      runs(
        [{ data: uniform(rows * columns, 1), shape: [rows, columns] }],
        [rows, columns],
        [apply("CumSum", "x axis")],
        [{ name: "axis", dtype: "int64", shape: [], data: [1] }],
      ),
    gather: ({ rows, columns, count }) =>
      runs(
        [
          { data: uniform(rows * columns, 1), shape: [rows, columns] },
          { data: gatherIndices(rows, count), shape: [count] },
        ],
        [count, columns],
        [apply("Gather", "x y")],
      ),
  }
}

/** The elements of an array with its axes in another order: axis i of the result is `order[i]`. */
function turned(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
  const extents = order.map((axis) => shape[axis]!)
  const steps = order.map((axis) => strides[axis]!)
  const result = new Float32Array(data.length)
  const place = extents.map(() => 0)
  let from = 0
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      from += steps[axis]!
      place[axis]!++
      if (place[axis]! < extents[axis]!) break
      from -= extents[axis]! * steps[axis]!
      place[axis] = 0
    }
  }
  return result
}
