/** A table's network as ONNX, from the embedded columns to its readout. */

import { widthsOf } from "../networks/table-inputs.ts"
import type { Tensor } from "../safetensors.ts"
import type { TableSettings } from "../tables/table-networks.ts"
import type { Weights } from "../training/weights.ts"
import type { OnnxGraph } from "./graph.ts"
import type { FeatureNames } from "./table-features.ts"

/** Architectures that are written as ONNX. */
export type ExportedSettings = Extract<TableSettings, { architecture: "tabm-mini" | "mlp" }>

/** Adds the network; the result is float[rows, members, outputs]. */
export function addTableNetwork(
  graph: OnnxGraph,
  settings: ExportedSettings,
  weights: Weights,
  features: FeatureNames,
): string {
  const take = (name: string): string => {
    const { data, shape } = weightOf(weights, name)
    return graph.constant(data, shape)
  }
  const columns = addEmbedding(graph, settings, features, take)
  let h = graph.add("Unsqueeze", [columns, graph.constant([1], [1], "int64")])
  if (settings.architecture === "tabm-mini") {
    h = graph.add("Mul", [h, take("parameters/members/scale")])
  }
  for (let block = 0; block < settings.blocks; block++) {
    const product = graph.add("MatMul", [h, take(`parameters/block${block}/kernel`)])
    h = graph.add("Relu", [graph.add("Add", [product, take(`parameters/block${block}/bias`)])])
  }
  const head = [h, take("parameters/head/kernel")]
  const output = graph.add("Einsum", head, { equation: "bkh,kho->bko" })
  return graph.add("Add", [output, take("parameters/head/bias")])
}

function weightOf(weights: Weights, name: string): Tensor {
  const found = weights.get(name)
  if (found === undefined) throw new RangeError(`the weights lack ${name}`)
  return found
}

/** The columns as one vector each, side by side: float[rows, sum of widths]. */
function addEmbedding(
  graph: OnnxGraph,
  { edges, cardinalities, embedding }: ExportedSettings,
  { numbers, categories }: FeatureNames,
  take: (name: string) => string,
): string {
  const parts: string[] = []
  if (numbers !== undefined) {
    const bins = Math.max(...edges.map((list) => list.length - 1))
    const table = (of: (list: readonly number[], bin: number) => number): string => {
      const values = edges.flatMap((list) =>
        Array.from({ length: bins }, (_, bin) => (bin < list.length - 1 ? of(list, bin) : 0)),
      )
      return graph.constant(values, [edges.length, bins])
    }
    const far = 1e30
    const slope = table((list, bin) => 1 / (list[bin + 1] - list[bin]))
    const offset = table((list, bin) => -list[bin] / (list[bin + 1] - list[bin]))
    const least = table((_list, bin) => (bin === 0 ? -far : 0))
    const most = table((list, bin) => (bin === list.length - 2 ? far : 1))
    const each = graph.add("Unsqueeze", [numbers, graph.constant([2], [1], "int64")])
    const place = graph.add("Add", [graph.add("Mul", [each, slope]), offset])
    const encoded = graph.add("Max", [graph.add("Min", [place, most]), least])
    const curved = graph.add("Einsum", [encoded, take("parameters/embed/bins")], {
      equation: "bft,fte->bfe",
    })
    const straight = graph.add("Mul", [each, take("parameters/embed/linear")])
    const sum = graph.add("Add", [
      graph.add("Add", [curved, straight]),
      take("parameters/embed/bias"),
    ])
    const shape = graph.constant([-1, edges.length * embedding], [2], "int64")
    parts.push(graph.add("Reshape", [sum, shape]))
  }
  const widths = widthsOf({ edges: [], cardinalities }, embedding)
  for (const [i, { codes, cardinality }] of categories.entries()) {
    parts.push(
      widths[i] === cardinality
        ? graph.add(
            "OneHot",
            [codes, graph.constant([cardinality], [1], "int64"), graph.constant([0, 1])],
            { axis: -1 },
          )
        : graph.add("Gather", [take(`parameters/embed/table${i}`), codes], { axis: 0 }),
    )
  }
  return parts.length === 1 ? parts[0] : graph.add("Concat", parts, { axis: 1 })
}
