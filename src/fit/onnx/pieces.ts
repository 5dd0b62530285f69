/** Pieces of networks in ONNX that several of them share. */

import type { Classes } from "../training/class-weights.ts"
import type { Weights } from "../training/weights.ts"
import type { OnnxGraph } from "./graph.ts"

/** GELU by tanh, written with a sigmoid as `nn.gelu` writes it. */
export function addGelu(graph: OnnxGraph, x: string): string {
  const scalar = (value: number): string => graph.constant([value], [])
  const twice = 2 * Math.sqrt(2 / Math.PI)
  const bent = graph.add("Mul", [graph.add("Mul", [x, x]), scalar(0.044715 * twice)])
  const inner = graph.add("Mul", [x, graph.add("Add", [bent, scalar(twice)])])
  return graph.add("Mul", [x, graph.add("Sigmoid", [inner])])
}

/** Normalisation over the last axis. */
export function addNorm(
  graph: OnnxGraph,
  x: string,
  scale: string,
  shift: string | undefined,
  epsilon: number,
): string {
  const inputs = shift === undefined ? [x, scale] : [x, scale, shift]
  return graph.add("LayerNormalization", inputs, { axis: -1, epsilon: { f: epsilon } })
}

/** A constant of an array of the weights. */
export function weightConstant(graph: OnnxGraph, weights: Weights, name: string): string {
  const found = weights.get(name)
  if (found === undefined) throw new RangeError(`the weights lack ${name}`)
  return graph.constant(found.data, found.shape)
}

/**
 * Logits [rows, members, classes] as the class's name and the mean of the members' probabilities, by
 * the rule of class weights.
 */
export function addClasses(
  graph: OnnxGraph,
  logits: string,
  { classes, classWeights }: Classes,
): void {
  const perClass = (values: readonly number[]): string =>
    graph.constant(values, [1, classes.length])
  const own =
    classWeights === undefined
      ? logits
      : graph.add("Sub", [logits, perClass(classWeights.map((one) => Math.log(one)))])
  const shares = graph.add("Softmax", [own], { axis: 2 })
  const mean = graph.add("ReduceMean", [shares], { axes: [1], keepdims: 0 })
  const worth = classWeights === undefined ? mean : graph.add("Mul", [mean, perClass(classWeights)])
  const best = graph.add("ArgMax", [worth], { axis: 1, keepdims: 1 })
  const names = { keys_int64s: classes.map((_, i) => i), values_strings: [...classes] }
  graph.output("class", graph.add("LabelEncoder", [best], names, "ai.onnx.ml"), "string", 1)
  graph.output("probabilities", mean, "float", classes.length)
}
