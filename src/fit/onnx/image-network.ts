/** An image classifier as ONNX, from pixels to probabilities, looks from several places included. */

import { imageLayers } from "../networks/image-classifiers.ts"
import type { ImageSettings } from "../networks/image-settings.ts"
import { alexnetCrop } from "../networks/image-views.ts"
import type { Classes } from "../training/class-weights.ts"
import type { Weights } from "../training/weights.ts"
import type { OnnxGraph } from "./graph.ts"
import { addLayers } from "./layers.ts"
import { addClasses } from "./pieces.ts"

/** The input is `image`, float[rows, side, side, channels] of 0 … 255. */
export function addImageNetwork(
  graph: OnnxGraph,
  settings: ImageSettings,
  weights: Weights,
  task: Classes,
): void {
  const { side, channels, mean, deviation } = settings
  const image = graph.input("image", "float", [side, side, channels])
  const centred = graph.add("Sub", [image, graph.constant([mean], [])])
  const x = graph.add("Mul", [centred, graph.constant([1 / deviation], [])])
  const views = looksOf(settings).map(({ rows, columns }) => {
    const down = graph.add("Gather", [x, graph.constant(rows, [rows.length], "int64")], { axis: 1 })
    const across = graph.constant(columns, [columns.length], "int64")
    return graph.add("Gather", [down, across], { axis: 2 })
  })
  // All looks behind one another, so that the layers are there once.
  const all = views.length === 1 ? views[0] : graph.add("Concat", views, { axis: 0 })
  const logits = addLayers(graph, imageLayers(settings), weights, all)
  const shape = graph.constant([views.length, -1, task.classes.length], [3], "int64")
  const apart = graph.add("Reshape", [logits, shape])
  addClasses(graph, graph.add("Transpose", [apart], { perm: [1, 0, 2] }), task)
}

/** The places of an image that a look at it shows, one after another. */
interface Look {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

/** The thorough looks of `viewsOf`, as places. */
function looksOf({ architecture, mirror, side }: ImageSettings): Look[] {
  const row = (length: number, from: number): number[] =>
    Array.from({ length }, (_, i) => Math.min(side - 1, Math.max(0, i + from)))
  const both = (looks: readonly Look[]): Look[] =>
    looks.flatMap(({ rows, columns }) => [
      { rows, columns },
      { rows, columns: columns.toReversed() },
    ])
  if (architecture === "alexnet") {
    const most = side - alexnetCrop
    const starts = [
      [most / 2, most / 2],
      [0, 0],
      [0, most],
      [most, 0],
      [most, most],
    ]
    return both(
      starts.map(([top, left]) => ({
        rows: row(alexnetCrop, top),
        columns: row(alexnetCrop, left),
      })),
    )
  }
  const moves = architecture === "cnn" ? [0, 1, -1] : [0]
  const looks = moves.map((by) => ({ rows: row(side, by), columns: row(side, by) }))
  return mirror ? both(looks) : looks
}
