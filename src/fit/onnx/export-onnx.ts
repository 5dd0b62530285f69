/** A fitted network as one ONNX file, with its preprocessing inside. */

import type { FittedNetwork } from "../fitted-network.ts"
import { FittedTable } from "../tables/fitted-table.ts"
import type { TableSettings } from "../tables/table-networks.ts"
import { OnnxGraph } from "./graph.ts"
import { encodeModel } from "./protocol.ts"
import { addFeatures } from "./table-features.ts"
import { addTableNetwork, type ExportedSettings } from "./table-network.ts"

export interface OnnxExport {
  readonly bytes: Uint8Array
  /** Name and type of each input, [rows, 1]. */
  readonly inputs: readonly {
    readonly name: string
    readonly type: "float" | "double" | "string"
  }[]
  /** Name of the output with values, or with the probability of each class. */
  readonly output: string
}

/**
 * The network as ONNX (opset 17, with ai.onnx.ml for words).
 * @throws RangeError when its kind or architecture is not written as ONNX.
 */
export async function exportOnnx({ fitted }: FittedNetwork): Promise<OnnxExport> {
  if (!(fitted instanceof FittedTable)) {
    throw new RangeError(`a network of the kind ${fitted.task.kind} is not written as ONNX`)
  }
  const { features, scaling } = fitted.preprocessing
  const { settings } = fitted.network
  if (!isExported(settings)) {
    throw new RangeError(
      `a network of the architecture ${settings.architecture} is not written as ONNX`,
    )
  }
  const graph = new OnnxGraph()
  const names = addFeatures(graph, features)
  const output = addTableNetwork(graph, settings, fitted.weights, names)
  const members = { axes: [1], keepdims: 0 }
  const { classes, target } = fitted.task
  if (classes === undefined) {
    const mean = graph.add("ReduceMean", [output], members)
    const scaled = graph.add("Mul", [mean, graph.constant([scaling.deviation])])
    graph.output("value", graph.add("Add", [scaled, graph.constant([scaling.mean])]), "float", 1)
  } else {
    const shares = graph.add("Softmax", [output], { axis: 2 })
    const mean = graph.add("ReduceMean", [shares], members)
    const best = graph.add("ArgMax", [mean], { axis: 1, keepdims: 1 })
    const names = { keys_int64s: classes.map((_, i) => i), values_strings: [...classes] }
    graph.output("class", graph.add("LabelEncoder", [best], names, "ai.onnx.ml"), "string", 1)
    graph.output("probabilities", mean, "float", classes.length)
  }
  const dates = new Set(
    features.numbers.filter(({ part }) => part === "days").map(({ column }) => column),
  )
  const numeric = [...new Set(features.numbers.map(({ column }) => column))]
  const inputs: OnnxExport["inputs"] = [
    ...numeric.map((name) => ({ name, type: dates.has(name) ? "double" : "float" }) as const),
    ...features.categories.map(({ column }) => ({ name: column, type: "string" }) as const),
  ]
  const documentation =
    `Predicts ${target}. Each column is an input of shape [rows, 1]: numbers with NaN for missing ` +
    'ones, dates as days since 1970-01-01, words with "" for missing ones.'
  const bytes = await encodeModel(graph.toModel(documentation))
  return { bytes, inputs, output: classes === undefined ? "value" : "probabilities" }
}

function isExported(settings: { readonly architecture: string }): settings is ExportedSettings {
  const known: readonly TableSettings["architecture"][] = ["tabm-mini", "mlp"]
  return known.some((name) => name === settings.architecture)
}
