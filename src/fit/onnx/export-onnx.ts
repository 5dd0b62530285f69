/** A fitted network as one ONNX file, with its preprocessing inside. */

import type { FittedNetwork } from "../fitted-network.ts"
import { FittedImages } from "../images/fitted-images.ts"
import { decoderLayers } from "../networks/decoder.ts"
import { imageSettingsOf } from "../networks/image-settings.ts"
import { FittedSeries } from "../series/fitted-series.ts"
import { FittedTable } from "../tables/fitted-table.ts"
import type { TableSettings } from "../tables/table-networks.ts"
import { isTextNetwork } from "../text/classifier-networks.ts"
import { FittedTextClassifier } from "../text/fitted-classifier.ts"
import { FittedText } from "../text/fitted-text.ts"
import { OnnxGraph } from "./graph.ts"
import { addImageNetwork } from "./image-network.ts"
import { addLayers } from "./layers.ts"
import { addClasses } from "./pieces.ts"
import { encodeModel } from "./protocol.ts"
import { addSeriesNetwork } from "./series-network.ts"
import { addFeatures } from "./table-features.ts"
import { addTableNetwork, type ExportedSettings } from "./table-network.ts"
import { addTextNetwork } from "./text-network.ts"

export interface OnnxExport {
  readonly bytes: Uint8Array
  /** Name and type of each input, [rows, …]. */
  readonly inputs: readonly {
    readonly name: string
    readonly type: "float" | "double" | "string" | "int64"
  }[]
  /** Name of the output with values, with the probability of each class, or with logits. */
  readonly output: string
}

/**
 * The network as ONNX (opset 17, with ai.onnx.ml for words): of tables (without FT-Transformers),
 * of images (from their pixels on), of labelled texts and of decoders of text (from their tokens on)
 * and of series.
 * @throws RangeError when its kind or architecture is not written as ONNX.
 * @example
 * // Not run: it reads files.
 * const { bytes } = await exportOnnx(await loadNetwork("out/houses"))
 */
export async function exportOnnx({ fitted }: Pick<FittedNetwork, "fitted">): Promise<OnnxExport> {
  if (fitted instanceof FittedTable) return exportTable(fitted)
  const graph = new OnnxGraph()
  const { network, weights } = fitted
  if (fitted instanceof FittedImages) {
    const settings = imageSettingsOf(network)
    addImageNetwork(graph, settings, weights, fitted.task)
    const { side, channels } = settings
    const documentation =
      `Tells the class of images: ${channels === 1 ? "grey" : "red, green and blue"} values of 0 to ` +
      `255 of their middle square, brought to ${side} x ${side} pixels.`
    const bytes = await encodeModel(graph.toModel(documentation))
    return { bytes, inputs: [{ name: "image", type: "float" }], output: "probabilities" }
  }
  if (fitted instanceof FittedTextClassifier && isTextNetwork(network.settings)) {
    addTextNetwork(graph, network.settings, weights, fitted.task)
    const documentation =
      "Tells the class of texts by their tokens: 1, the text's tokens + 2, and 0 behind its end. " +
      "Texts are in small letters, a space before them, cut as the tokens of network.json say."
    const bytes = await encodeModel(graph.toModel(documentation))
    return { bytes, inputs: [{ name: "tokens", type: "int64" }], output: "probabilities" }
  }
  if (fitted instanceof FittedText) {
    const { settings } = fitted
    const tokens = graph.input("tokens", "int64", ["length"])
    const logits = addLayers(graph, decoderLayers(settings), weights, tokens)
    graph.output("logits", logits, "float", "length", settings.vocabulary)
    const documentation =
      "Gives, for each token of a text, the logits of the token that follows. Texts are cut as the " +
      `tokens of network.json say, and are at most ${settings.context} tokens long.`
    const bytes = await encodeModel(graph.toModel(documentation))
    return { bytes, inputs: [{ name: "tokens", type: "int64" }], output: "logits" }
  }
  if (fitted instanceof FittedSeries) {
    const { settings, preprocessing } = fitted
    addSeriesNetwork(graph, settings, weights, preprocessing)
    const documentation =
      `Forecasts ${settings.horizon} rows of ${preprocessing.columns.join(", ")} from the latest ` +
      `${settings.context}, oldest first.`
    const bytes = await encodeModel(graph.toModel(documentation))
    return { bytes, inputs: [{ name: "latest", type: "double" }], output: "forecast" }
  }
  throw new RangeError(`a network of the kind ${fitted.task.kind} is not written as ONNX`)
}

async function exportTable(fitted: FittedTable): Promise<OnnxExport> {
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
  const { classes, classWeights, target } = fitted.task
  if (classes === undefined) {
    const mean = graph.add("ReduceMean", [output], { axes: [1], keepdims: 0 })
    const scaled = graph.add("Mul", [mean, graph.constant([scaling.deviation])])
    graph.output("value", graph.add("Add", [scaled, graph.constant([scaling.mean])]), "float", 1)
  } else {
    addClasses(graph, output, { classes, classWeights })
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
