/** A text classifier as ONNX, from tokens to probabilities: byte pairs are nothing that ONNX cuts. */

import { pairShare, type TextBagSettings } from "../networks/text-bag.ts"
import { padding, type TextEncoderSettings } from "../networks/text-encoder.ts"
import type { TextNetworkSettings } from "../text/classifier-networks.ts"
import type { Classes } from "../training/class-weights.ts"
import type { Weights } from "../training/weights.ts"
import type { OnnxGraph } from "./graph.ts"
import { addClasses, addGelu, addNorm, weightConstant } from "./pieces.ts"

const epsilon = 1e-5

/** The input is `tokens`, int64[rows, context]: the beginning, the text, and padding. */
export function addTextNetwork(
  graph: OnnxGraph,
  settings: TextNetworkSettings,
  weights: Weights,
  task: Classes,
): void {
  const tokens = graph.input("tokens", "int64", [settings.context])
  const logits =
    settings.architecture === "text-bag"
      ? addBag(graph, settings, weights, tokens)
      : addEncoder(graph, settings, weights, tokens)
  const extents = graph.constant([-1, 1, task.classes.length], [3], "int64")
  addClasses(graph, graph.add("Reshape", [logits, extents]), task)
}

/** Tokens to logits [rows, classes]. */
function addBag(
  graph: OnnxGraph,
  { vocabulary, buckets, context }: TextBagSettings,
  weights: Weights,
  tokens: string,
): string {
  const take = (name: string): string => weightConstant(graph, weights, `parameters/${name}`)
  const whole = (...values: readonly number[]): string =>
    graph.constant(values, [values.length], "int64")
  const part = (from: number, to: number): string =>
    graph.add("Slice", [tokens, whole(from), whole(to), whole(1)])
  const [first, second] = [part(0, context - 1), part(1, context)]
  const told = (which: string): string =>
    graph.add("Where", [
      graph.add("Equal", [which, whole(padding)]),
      graph.constant([0]),
      graph.constant([1]),
    ])
  const pair = graph.add("Add", [graph.add("Mul", [first, whole(vocabulary)]), second])
  const said = (table: string, which: string, weight: string): string => {
    const rows = graph.add("Gather", [take(`bag/${table}`), which], { axis: 0 })
    const weighted = graph.add("Mul", [rows, graph.add("Unsqueeze", [weight, whole(2)])])
    return graph.add("ReduceSum", [weighted, whole(1)], { keepdims: 0 })
  }
  const there = told(tokens)
  // Nothing but padding stands behind padding, so the second of a pair tells of both.
  const pairs = said("pairs", graph.add("Mod", [pair, whole(buckets)]), told(second))
  const share = graph.add("Mul", [pairs, graph.constant([pairShare], [])])
  const sum = graph.add("Add", [said("tokens", tokens, there), share])
  const count = graph.add("ReduceSum", [there, whole(1)])
  const length = graph.add("Sqrt", [graph.add("Mul", [count, graph.constant([2])])])
  return graph.add("Add", [graph.add("Div", [sum, length]), take("head/bias")])
}

/** Tokens to logits [rows, classes]. */
function addEncoder(
  graph: OnnxGraph,
  { context, layers, heads, width }: TextEncoderSettings,
  weights: Weights,
  tokens: string,
): string {
  const take = (name: string): string => weightConstant(graph, weights, `parameters/${name}`)
  const affine = (x: string, name: string): string =>
    graph.add("Add", [graph.add("MatMul", [x, take(`${name}/kernel`)]), take(`${name}/bias`)])
  const norm = (x: string, name: string): string =>
    addNorm(graph, x, take(`${name}/scale`), take(`${name}/shift`), epsilon)
  const sizes = (...extents: readonly number[]): string =>
    graph.constant(extents, [extents.length], "int64")
  const none = graph.add("Equal", [tokens, graph.constant([padding], [], "int64")])
  const hidden = graph.add("Reshape", [
    graph.add("Where", [none, graph.constant([-1e9], []), graph.constant([0], [])]),
    sizes(-1, 1, 1, context),
  ])
  const rows = graph.add("Gather", [take("embedding/table"), tokens], { axis: 0 })
  let x = graph.add("Add", [rows, take("embedding/places")])
  for (let layer = 0; layer < layers; layer++) {
    const own = (name: string): string => `layer${layer}_${name}`
    const joined = affine(norm(x, own("attention_norm")), own("attention"))
    const parts = graph.add("Reshape", [joined, sizes(-1, context, 3, heads, width / heads)])
    const part = (i: number): string =>
      graph.add("Gather", [parts, graph.constant([i], [], "int64")], { axis: 2 })
    const products = graph.add("Einsum", [part(0), part(1)], { equation: "bthw,buhw->bhtu" })
    const scores = graph.add("Mul", [products, graph.constant([1 / Math.sqrt(width / heads)], [])])
    const seen = graph.add("Softmax", [graph.add("Add", [scores, hidden])], { axis: -1 })
    const mixed = graph.add("Einsum", [seen, part(2)], { equation: "bhtu,buhw->bthw" })
    const attended = affine(graph.add("Reshape", [mixed, sizes(-1, context, width)]), own("out"))
    x = graph.add("Add", [x, attended])
    const inner = addGelu(graph, affine(norm(x, own("norm")), own("up")))
    x = graph.add("Add", [x, affine(inner, own("down"))])
  }
  const said = norm(x, "norm")
  const apart = graph.add("Reshape", [none, sizes(-1, context, 1)])
  const choose = (where: number, otherwise: number): string =>
    graph.add("Where", [apart, graph.constant([where], []), graph.constant([otherwise], [])])
  const weight = choose(0, 1)
  const over = { keepdims: 0 }
  const total = graph.add("ReduceSum", [graph.add("Mul", [said, weight]), sizes(1)], over)
  const count = graph.add("ReduceSum", [weight, sizes(1)], over)
  const mean = graph.add("Div", [total, count])
  const shown = graph.add("Where", [apart, graph.constant([-1e9], []), said])
  const most = graph.add("ReduceMax", [shown], { axes: [1], keepdims: 0 })
  return affine(graph.add("Concat", [mean, most], { axis: 1 }), "head")
}
