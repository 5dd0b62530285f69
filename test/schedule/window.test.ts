import { expect, test } from "vitest"
import { cTarget } from "../../src/emit/index.ts"
import { GraphBuilder } from "../../src/graph/index.ts"
import {
  type ContractionKernel,
  iterations,
  kernelsOf,
  piecesOf,
  schedule,
} from "../../src/schedule/index.ts"
import { channelsLast } from "../device/contractions.ts"
import { convolutions, graphOf } from "../device/convolutions.ts"

function contractionOf(graph: Parameters<typeof schedule>[0]): ContractionKernel {
  const target = cTarget({ lanes: 16, registers: 32 })
  const kernel = kernelsOf(schedule(graph, { target }).steps).find(
    (each): each is ContractionKernel => each.kind === "contraction",
  )
  if (kernel === undefined) throw new Error("the graph has no contraction")
  return kernel
}

test.each(convolutions)("a convolution, $name: in a box is $inBox", (convolution) => {
  const { window } = contractionOf(graphOf(convolution))
  expect(window !== undefined).toBe(convolution.inBox)
})

test.each(convolutions.filter(({ inBox }) => inBox))(
  "the rows and steps of a block stand inside the box, $name",
  (convolution) => {
    const { window, tile, rows, depth } = contractionOf(graphOf(convolution))
    if (window === undefined) throw new Error("there is a box")
    const last = [...window.rows, ...window.depth].reduce(
      (place, { extent, stride }) => place + (extent - 1) * stride,
      0,
    )
    expect(last).toBe(iterations(window.axes) - 1)
    const inBlock = (levels: typeof window.rows): number =>
      levels.reduce((n, { extent }) => n * extent, 1)
    expect(inBlock(window.rows)).toBe(tile.rowBlock)
    expect(inBlock(window.depth)).toBe(tile.depthBlock)
    expect(iterations(rows) % tile.rowBlock).toBe(0)
    expect(iterations(depth) % tile.depthBlock).toBe(0)
  },
)

test("boxes of places leave pieces for all threads, however many rows they are for", () => {
  const b = new GraphBuilder()
  const [images, cotangents] = [
    [16, 56, 56, 64],
    [16, 28, 28, 128],
  ].map((shape) => b.input({ shape, dtype: "float32" }))
  const [first, last] = [
    [3, 0, 1, 2],
    [2, 3, 0, 1],
  ] as const
  const params = { ...channelsLast, lhs: first, rhs: first, out: last, rhsDilation: [2, 2] }
  const gradient = b.emit("convolve", [images, cotangents], params)
  const kernel = contractionOf(b.build([gradient]))
  expect(kernel.window?.over).toBe("depth")
  expect(piecesOf(kernel)).toBeGreaterThanOrEqual(8)
})
