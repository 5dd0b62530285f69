/** Layers as ONNX: what each kind does, by kind, as `nn` does it when it is not training. */

import {
  type Activation,
  type LayerKind,
  type LayerOf,
  layerRules,
  type Network,
  type Padding,
} from "../../nn/index.ts"
import type { Weights } from "../training/weights.ts"
import type { OnnxGraph } from "./graph.ts"
import { addGelu, addNorm } from "./pieces.ts"

/** A layer's own arrays: a constant for each, and their shapes. */
interface Own {
  has(name: string): boolean
  constant(name: string): string
  shape(name: string): readonly number[]
  /** The elements of an array, for those that are laid out anew. */
  values(name: string): ArrayLike<number>
  /** The arrays of an inner layer, whose names begin with a prefix. */
  within(prefix: string): Own
}

interface Place {
  readonly graph: OnnxGraph
  readonly own: Own
  /** The table of the network's embedding. */
  readonly table: () => string
  /** Shape of one example before the layer. */
  readonly input: readonly number[]
}

type Rule<K extends LayerKind> = (layer: LayerOf<K>, x: string, place: Place) => string

/** Where arrays come from, and the constants that they have become: each is in the file once. */
interface Source {
  readonly graph: OnnxGraph
  readonly weights: Weights
  readonly constants: Map<string, string>
}

/**
 * Adds all layers of a network behind `x`, [rows, …input]. Decoders take shorter sequences too: their
 * number of places is that of `x` when the file is run.
 */
export function addLayers(graph: OnnxGraph, network: Network, weights: Weights, x: string): string {
  const embedding = network.summary.find(({ layer }) => layer.kind === "embedding")
  const source: Source = { graph, weights, constants: new Map() }
  const table = (): string =>
    arraysOf(source, [`parameters/${embedding?.name}/`], "").constant("table")
  let shape = network.input
  let carried = x
  for (const { name, layer, output } of network.summary) {
    const own = arraysOf(source, [`parameters/${name}/`, `state/${name}/`], "")
    carried = add(layer, carried, { graph, own, table, input: shape })
    shape = output
  }
  return carried
}

function arraysOf(source: Source, groups: readonly string[], prefix: string): Own {
  const { graph, weights, constants } = source
  const find = (name: string) =>
    groups.map((group) => weights.get(group + prefix + name)).find((found) => found !== undefined)
  const need = (name: string) => {
    const found = find(name)
    if (found === undefined) throw new RangeError(`the weights lack ${groups[0]}${prefix}${name}`)
    return found
  }
  return {
    has: (name) => find(name) !== undefined,
    constant(name) {
      const key = groups[0] + prefix + name
      const made = constants.get(key) ?? graph.constant(need(name).data, need(name).shape)
      constants.set(key, made)
      return made
    },
    shape: (name) => need(name).shape,
    values: (name) => need(name).data,
    within: (inner) => arraysOf(source, groups, prefix + inner),
  }
}

const activations: { readonly [A in Activation]: (graph: OnnxGraph, x: string) => string } = {
  relu: (graph, x) => graph.add("Relu", [x]),
  gelu: addGelu,
  silu: (graph, x) => graph.add("Mul", [x, graph.add("Sigmoid", [x])]),
  sigmoid: (graph, x) => graph.add("Sigmoid", [x]),
  tanh: (graph, x) => graph.add("Tanh", [x]),
  elu: (graph, x) => graph.add("Elu", [x]),
  leakyRelu: (graph, x) => graph.add("LeakyRelu", [x], { alpha: { f: 0.01 } }),
  softplus: (graph, x) => graph.add("Softplus", [x]),
  softmax: (graph, x) => graph.add("Softmax", [x], { axis: -1 }),
}

const rules: { readonly [K in LayerKind]: Rule<K> } = {
  dense(_layer, x, { graph, own }) {
    const product = graph.add("MatMul", [x, own.constant("kernel")])
    return own.has("bias") ? graph.add("Add", [product, own.constant("bias")]) : product
  },
  convolution({ kernel, strides, padding, dilation, groups }, x, { graph, own, input }) {
    const [height, width, channels, features] = own.shape("kernel")
    const values = own.values("kernel")
    // ONNX has kernels as [features, channels, height, width].
    const turned = new Float32Array(values.length)
    for (let i = 0; i < values.length; i++) {
      const [f, rest] = [i % features, Math.floor(i / features)]
      const [c, place] = [rest % channels, Math.floor(rest / channels)]
      turned[(f * channels + c) * height * width + place] = values[i]
    }
    const inputs = [x, graph.constant(turned, [features, channels, height, width])]
    if (own.has("bias")) inputs.push(own.constant("bias"))
    return alongChannels(graph, inputs, "Conv", {
      kernel_shape: kernel,
      strides,
      dilations: dilation,
      group: groups,
      pads: padsOf(padding, kernel, strides, dilation, input),
    })
  },
  maxPool({ window, strides, padding }, x, { graph, input }) {
    const pads = padsOf(padding, window, strides, [1, 1], input)
    return alongChannels(graph, [x], "MaxPool", { kernel_shape: window, strides, pads })
  },
  averagePool({ window, strides, padding }, x, { graph, input }) {
    const pads = padsOf(padding, window, strides, [1, 1], input)
    if (pads.some((pad) => pad > 0)) {
      throw new RangeError("a mean pooling with padding is not written as ONNX")
    }
    return alongChannels(graph, [x], "AveragePool", { kernel_shape: window, strides, pads })
  },
  globalAveragePool(_layer, x, { graph, input }) {
    const axes = Array.from({ length: input.length - 1 }, (_, i) => i + 1)
    return graph.add("ReduceMean", [x], { axes, keepdims: 0 })
  },
  dropout: (_layer, x) => x,
  batchNorm({ epsilon }, x, { graph, own }) {
    // Scale and shift in one: what running moments and parameters amount to.
    const [scale, shift, mean, variance] = ["scale", "shift", "mean", "variance"].map(own.values)
    const factor = Float32Array.from(scale, (s, i) => s / Math.sqrt(variance[i] + epsilon))
    const offset = Float32Array.from(shift, (s, i) => s - mean[i] * factor[i])
    return graph.add("Add", [graph.add("Mul", [x, graph.constant(factor)]), graph.constant(offset)])
  },
  layerNorm: ({ epsilon }, x, { graph, own }) =>
    addNorm(
      graph,
      x,
      own.constant("scale"),
      own.has("shift") ? own.constant("shift") : undefined,
      epsilon,
    ),
  localResponseNorm: ({ size, alpha, beta, bias }, x, { graph }) =>
    // ONNX divides alpha by the size; the paper does not.
    alongChannels(graph, [x], "LRN", {
      size,
      alpha: { f: alpha * size },
      beta: { f: beta },
      bias: { f: bias },
    }),
  activation: ({ name }, x, { graph }) => activations[name](graph, x),
  flatten(_layer, x, { graph, input }) {
    const elements = input.reduce((product, extent) => product * extent, 1)
    return graph.add("Reshape", [x, graph.constant([-1, elements], [2], "int64")])
  },
  embedding: (_layer, x, { graph, own }) =>
    graph.add("Gather", [own.constant("table"), x], { axis: 0 }),
  positions({ form }, x, { graph, own, input }) {
    if (form === "sinusoidal") {
      throw new RangeError("sinusoidal places are not written as ONNX")
    }
    const [, features] = own.shape("table")
    const some = Array.from(own.values("table")).slice(0, input[0] * features)
    const starts = graph.constant([0], [1], "int64")
    const ends = graph.add("Shape", [x], { start: 1, end: 2 })
    const vectors = graph.constant(some, [input[0], features])
    return graph.add("Add", [x, graph.add("Slice", [vectors, starts, ends])])
  },
  selfAttention({ heads, causal }, x, { graph, own, input: [, features] }) {
    const width = features / heads
    const product = graph.add("MatMul", [x, own.constant("kernel")])
    const joined = own.has("bias") ? graph.add("Add", [product, own.constant("bias")]) : product
    // Zeros keep the extents that are there: rows and places.
    const shape = graph.constant([0, 0, 3, heads, width], [5], "int64")
    const parts = graph.add("Reshape", [joined, shape])
    const part = (i: number): string =>
      graph.add("Gather", [parts, graph.constant([i], [], "int64")], { axis: 2 })
    const scores = graph.add("Einsum", [part(0), part(1)], { equation: "bthw,buhw->bhtu" })
    const scaled = graph.add("Mul", [scores, graph.constant([1 / Math.sqrt(width)], [])])
    const seen = causal
      ? graph.add("Where", [laterPlaces(graph, x), graph.constant([-1e9], []), scaled])
      : scaled
    const weights = graph.add("Softmax", [seen], { axis: -1 })
    const mixed = graph.add("Einsum", [weights, part(2)], { equation: "bhtu,buhw->bthw" })
    const flat = graph.constant([0, 0, features], [3], "int64")
    const output = graph.add("MatMul", [
      graph.add("Reshape", [mixed, flat]),
      own.constant("output"),
    ])
    return own.has("outputBias") ? graph.add("Add", [output, own.constant("outputBias")]) : output
  },
  unembedding: (_layer, x, { graph, table }) =>
    graph.add("MatMul", [x, graph.add("Transpose", [table()], { perm: [1, 0] })]),
  residual(layer, x, place) {
    const { graph, own } = place
    const run = (branch: "layers" | "shortcut"): string => {
      let shape = place.input
      let carried = x
      for (const [i, inner] of layer[branch].entries()) {
        const within = own.within(`${branch}.${i}_${inner.kind}.`)
        carried = add(inner, carried, { ...place, own: within, input: shape })
        shape = outputOf(inner, shape)
      }
      return carried
    }
    return graph.add("Add", [run("layers"), run("shortcut")])
  },
}

/** Whether place u comes after place t of sequences [rows, time, features]: bool[t, u]. */
function laterPlaces(graph: OnnxGraph, x: string): string {
  const whole = (value: number): string => graph.constant([value], [], "int64")
  const time = graph.add("Gather", [graph.add("Shape", [x]), whole(1)])
  const places = graph.add("Range", [whole(0), time, whole(1)])
  const down = graph.add("Unsqueeze", [places, graph.constant([1], [1], "int64")])
  return graph.add("Greater", [places, down])
}

function add<K extends LayerKind>(layer: LayerOf<K>, x: string, place: Place): string {
  return rules[layer.kind](layer, x, place)
}

function outputOf<K extends LayerKind>(layer: LayerOf<K>, input: readonly number[]) {
  return layerRules[layer.kind].outputShape(layer, input)
}

/** An operation on images with their channels before their places, as ONNX has them. */
function alongChannels(
  graph: OnnxGraph,
  [x, ...others]: readonly string[],
  type: string,
  attributes: Parameters<OnnxGraph["add"]>[2],
): string {
  const before = graph.add("Transpose", [x], { perm: [0, 3, 1, 2] })
  const made = graph.add(type, [before, ...others], attributes)
  return graph.add("Transpose", [made], { perm: [0, 2, 3, 1] })
}

/** Zeros before and behind each of two axes, as ONNX lists them. */
function padsOf(
  padding: Padding,
  window: readonly [number, number],
  strides: readonly [number, number],
  dilation: readonly [number, number],
  input: readonly number[],
): readonly number[] {
  if (padding === "VALID") return [0, 0, 0, 0]
  if (typeof padding === "number") return [padding, padding, padding, padding]
  const both = [0, 1].map((axis) => {
    const places = Math.ceil(input[axis] / strides[axis])
    const span = (window[axis] - 1) * dilation[axis] + 1
    return Math.max(0, (places - 1) * strides[axis] + span - input[axis])
  })
  const before = both.map((pad) => Math.floor(pad / 2))
  return [...before, ...both.map((pad, axis) => pad - before[axis])]
}
