/** A text classifier as ONNX, from tokens to probabilities: byte pairs are nothing that ONNX cuts. */

import type { Classes } from "../class-weights.ts"
import { padding, type TextEncoderSettings } from "../networks/text-encoder.ts"
import type { Weights } from "../weights.ts"
import type { OnnxGraph } from "./graph.ts"
import { addClasses, addGelu, addNorm, weightConstant } from "./pieces.ts"

const epsilon = 1e-5

/** The input is `tokens`, int64[rows, context]: the beginning, the text, and padding. */
export function addTextNetwork(
  graph: OnnxGraph,
  { context, layers, heads, width }: TextEncoderSettings,
  weights: Weights,
  task: Classes,
): void {
  const take = (name: string): string => weightConstant(graph, weights, `parameters/${name}`)
  const affine = (x: string, name: string): string =>
    graph.add("Add", [graph.add("MatMul", [x, take(`${name}/kernel`)]), take(`${name}/bias`)])
  const norm = (x: string, name: string): string =>
    addNorm(graph, x, take(`${name}/scale`), take(`${name}/shift`), epsilon)
  const sizes = (...extents: readonly number[]): string =>
    graph.constant(extents, [extents.length], "int64")
  const tokens = graph.input("tokens", "int64", [context])
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
  const logits = affine(graph.add("Concat", [mean, most], { axis: 1 }), "head")
  addClasses(graph, graph.add("Reshape", [logits, sizes(-1, 1, task.classes.length)]), task)
}
