/** A forecaster as ONNX, from the latest rows as they are to the forecast as it is. */

import {
  averaging,
  type ForecasterSettings,
  patchLayers,
  patchPlaces,
  tiny,
} from "../networks/forecaster.ts"
import type { SeriesPreprocessing } from "../series/fitted-series.ts"
import type { Weights } from "../training/weights.ts"
import type { OnnxGraph } from "./graph.ts"
import { addLayers } from "./layers.ts"
import { weightConstant } from "./pieces.ts"

/** The input is `latest`, double[rows, context, columns]; the output `forecast`, [rows, horizon, columns]. */
export function addSeriesNetwork(
  graph: OnnxGraph,
  settings: ForecasterSettings,
  weights: Weights,
  { columns, scaling }: SeriesPreprocessing,
): void {
  const { context, horizon } = settings
  const width = columns.length
  const each = (of: (scale: SeriesPreprocessing["scaling"][number]) => number): string =>
    graph.constant(scaling.map(of), [width], "double")
  const isLogarithm = graph.add("Cast", [each(({ logarithm }) => (logarithm ? 1 : 0))], { to: 9 })
  const means = each(({ mean }) => mean)
  const deviations = each(({ deviation }) => deviation)
  const latest = graph.input("latest", "double", [context, width])
  // A value that has no logarithm is brought to the least that has been seen, about.
  const least = each(({ logarithm, mean, deviation }) =>
    logarithm ? Math.exp(mean - 6 * deviation) : 1,
  )
  const logarithms = graph.add("Log", [graph.add("Max", [latest, least])])
  const own = graph.add("Where", [isLogarithm, logarithms, latest])
  const scaled = graph.add("Div", [graph.add("Sub", [own, means]), deviations])
  const single = graph.add("Cast", [scaled], { to: 1 })
  const sizes = (...extents: readonly number[]): string =>
    graph.constant(extents, [extents.length], "int64")
  const turned = graph.add("Transpose", [single], { perm: [0, 2, 1] })
  const rows = graph.add("Reshape", [turned, sizes(-1, context)])
  const found =
    settings.architecture === "dlinear"
      ? addLinear(graph, context, weights, rows)
      : addPatches(graph, settings, weights, rows)
  const back = graph.add("Transpose", [graph.add("Reshape", [found, sizes(-1, width, horizon)])], {
    perm: [0, 2, 1],
  })
  const wide = graph.add("Cast", [back], { to: 11 })
  const level = graph.add("Add", [graph.add("Mul", [wide, deviations]), means])
  // No power is taken where it is not wanted: it might have no value.
  const zero = graph.constant([0], [], "double")
  const power = graph.add("Exp", [graph.add("Where", [isLogarithm, level, zero])])
  graph.output(
    "forecast",
    graph.add("Where", [isLogarithm, power, level]),
    "double",
    horizon,
    width,
  )
}

function addLinear(graph: OnnxGraph, context: number, weights: Weights, rows: string): string {
  const take = (name: string): string => weightConstant(graph, weights, `parameters/${name}`)
  const last = graph.add("Gather", [rows, graph.constant([context - 1], [1], "int64")], { axis: 1 })
  const level = graph.add("Sub", [rows, last])
  const matrix = graph.constant(averaging(context), [context, context])
  const smooth = graph.add("MatMul", [level, matrix])
  const through = (x: string, name: string): string =>
    graph.add("Add", [graph.add("MatMul", [x, take(`${name}/kernel`)]), take(`${name}/bias`)])
  const rest = graph.add("Sub", [level, smooth])
  const sum = graph.add("Add", [through(smooth, "trend"), through(rest, "rest")])
  return graph.add("Add", [sum, last])
}

function addPatches(
  graph: OnnxGraph,
  settings: Extract<ForecasterSettings, { architecture: "patchtst" }>,
  weights: Weights,
  rows: string,
): string {
  const network = patchLayers(settings)
  const mean = graph.add("ReduceMean", [rows], { axes: [1], keepdims: 1 })
  const centred = graph.add("Sub", [rows, mean])
  const square = graph.add("ReduceMean", [graph.add("Mul", [centred, centred])], {
    axes: [1],
    keepdims: 1,
  })
  const deviation = graph.add("Sqrt", [graph.add("Add", [square, graph.constant([tiny], [])])])
  const normal = graph.add("Div", [centred, deviation])
  const places = patchPlaces(settings)
  const cut = graph.add("Gather", [normal, graph.constant(places, [places.length], "int64")], {
    axis: 1,
  })
  const shape = graph.constant([-1, ...network.input], [network.input.length + 1], "int64")
  const found = addLayers(graph, network, weights, graph.add("Reshape", [cut, shape]))
  return graph.add("Add", [graph.add("Mul", [found, deviation]), mean])
}
