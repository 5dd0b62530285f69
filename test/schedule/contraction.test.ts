import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { cTarget } from "../../src/emit/index.ts"
import { type Graph, GraphBuilder } from "../../src/graph/index.ts"
import {
  axesOf,
  type ContractionKernel,
  columnsInPlace,
  contractionScratch,
  iterations,
  type Kernel,
  kernelsOf,
  piecesOf,
  schedule,
  strideOf,
} from "../../src/schedule/index.ts"

function product(m: number, k: number, n: number, batch = 1): Graph {
  const b = new GraphBuilder()
  const x = b.input({ shape: [batch, m, k], dtype: "float32" })
  const y = b.input({ shape: [batch, k, n], dtype: "float32" })
  return b.build([b.emit("dot", [x, y], { contract: [[2], [1]], batch: [[0], [0]] })])
}

/** The input gradient of a convolution by square kernels, images channels last. */
function inputGradient(size: number, taps: number, stride: number, channels = 8): Graph {
  const b = new GraphBuilder()
  const out = Math.floor((size - 1) / stride) + 1
  const cotangent = b.input({ shape: [2, out, out, channels], dtype: "float32" })
  const kernel = b.input({ shape: [taps, taps, channels, channels], dtype: "float32" })
  const low = Math.floor(taps / 2)
  const high = size - 1 - (out - 1) * stride - low + taps - 1
  const gradient = b.emit("convolve", [cotangent, kernel], {
    lhs: [0, 3, 1, 2],
    rhs: [3, 2, 0, 1],
    out: [0, 3, 1, 2],
    strides: [1, 1],
    padding: [
      [low, high],
      [low, high],
    ],
    lhsDilation: [stride, stride],
    rhsDilation: [1, 1],
    featureGroups: 1,
    batchGroups: 1,
  })
  return b.build([gradient])
}

function contractionsOf(graph: Graph, threads = 2): ContractionKernel[] {
  const { steps } = schedule(graph, { threads })
  return kernelsOf(steps).filter(
    (kernel): kernel is ContractionKernel => kernel.kind === "contraction",
  )
}

const extent = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 }))
const threads = fc.integer({ min: 1, max: 64 })

describe("a contraction", () => {
  test("is cut into whole register tiles whose memory does not overlap", () => {
    fc.assert(
      fc.property(extent, extent, extent, threads, (m, k, n, count) => {
        for (const kernel of contractionsOf(product(m, k, n), count)) {
          const { tile, rows, columns, depth } = kernel
          expect(tile.rowBlock % tile.rows).toBe(0)
          expect(tile.columnBlock % tile.columns).toBe(0)
          expect(tile.rowBlock).toBeLessThan(iterations(rows) + tile.rows)
          expect(tile.columnBlock).toBeLessThan(iterations(columns) + tile.columns)
          const { zeros, values, lhs, rhs, sums, bytes } = contractionScratch(
            tile,
            iterations(depth),
          )
          const starts = [zeros, values, lhs, rhs, sums, bytes]
          expect(starts).toEqual([...starts].sort((a, b) => a - b))
          for (const start of starts) expect(start % 64).toBe(0)
          expect(lhs + 4 * tile.rowBlock * tile.depthBlock).toBeLessThanOrEqual(rhs)
          expect(bytes).toBe(kernel.scratchBytes)
        }
      }),
    )
  })

  test("sums its depth in the same blocks and parts for every number of threads", () => {
    const cut = (kernel: Kernel): unknown =>
      kernel.kind === "contraction"
        ? [kernel.tile.depthBlock, kernel.depth.map((axis) => axis.extent), kernel.batch.length]
        : undefined
    fc.assert(
      fc.property(
        extent,
        fc.integer({ min: 1, max: 30_000 }),
        extent,
        threads,
        (m, k, n, count) => {
          const graph = product(m, k, n)
          const few = contractionsOf(graph, 1).map(cut)
          expect(contractionsOf(graph, count).map(cut)).toEqual(few)
        },
      ),
    )
  })

  test("on native reads rows along the depth where they lie, deep ones in one block", () => {
    const target = cTarget({ lanes: 16, registers: 32 })
    const tileOf = (graph: Graph) => {
      const kernels = kernelsOf(schedule(graph, { threads: 2, target }).steps)
      const found = kernels.find((kernel) => kernel.kind === "contraction")
      return found?.kind === "contraction" ? found.tile : undefined
    }
    for (const n of [512, 1024, 2048]) {
      expect(tileOf(product(n, n, n))).toMatchObject({ inPlace: true, depthBlock: n })
    }
    // Rows that lie side by side are packed, in blocks that stay near.
    const b = new GraphBuilder()
    const x = b.input({ shape: [2048, 256], dtype: "float32" })
    const y = b.input({ shape: [2048, 1024], dtype: "float32" })
    const gradient = b.emit("dot", [x, y], { contract: [[0], [0]], batch: [[], []] })
    const packed = tileOf(b.build([gradient]))
    expect(packed?.inPlace).toBeUndefined()
    expect(packed?.depthBlock).toBeLessThan(512)
  })

  test("on native reads columns where they lie if packing would only copy them", () => {
    const target = cTarget({ lanes: 16, registers: 32 })
    const stepOf = (m: number, k: number, n: number) => {
      const kernels = kernelsOf(schedule(product(m, k, n), { threads: 2, target }).steps)
      const found = kernels.find((kernel) => kernel.kind === "contraction")
      return found?.kind === "contraction" ? columnsInPlace(found, 16) : undefined
    }
    expect(stepOf(64, 64, 64)).toBe(64)
    expect(stepOf(60, 48, 128)).toBe(128)
    // Those that fill no whole vectors too, if they fill one.
    expect(stepOf(64, 64, 75)).toBe(75)
    expect(stepOf(64, 64, 12)).toBeUndefined()
    // Far apart.
    expect(stepOf(512, 512, 512)).toBeUndefined()
  })

  test("of float64 goes through tiles of half as many lanes on native, and nowhere else", () => {
    const b = new GraphBuilder()
    const x = b.input({ shape: [512, 512], dtype: "float64" })
    const y = b.input({ shape: [512, 512], dtype: "float64" })
    const graph = b.build([b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] })])
    const target = cTarget({ lanes: 16, registers: 32 })
    const [kernel] = kernelsOf(schedule(graph, { threads: 2, target }).steps)
    expect(kernel).toMatchObject({ kind: "contraction", tile: { inPlace: true } })
    const widths = target.float64?.tiles.map(({ columns }) => columns)
    expect(widths).toEqual(target.tiles.map(({ columns }) => columns / 2))
    const elsewhere = kernelsOf(schedule(graph).steps)
    expect(elsewhere.every(({ kind }) => kind === "loop")).toBe(true)
  })

  test("with little to hold and much to sum is cut along its depth", () => {
    const [kernel] = contractionsOf(product(64, 100_000, 64))
    expect(piecesOf(kernel)).toBeGreaterThan(16)
    expect(iterations(axesOf(kernel))).toBe(64 * 64 * 100_000)
  })

  test("gives every thread of a machine a block", () => {
    for (const count of [1, 2, 8, 32, 64]) {
      const [kernel] = contractionsOf(product(1024, 1024, 1024), count)
      expect(piecesOf(kernel)).toBeGreaterThanOrEqual(count)
    }
  })

  test("of few rows or columns gets a tile that they fill", () => {
    const tileOf = (m: number, n: number) => contractionsOf(product(m, 512, n), 1)[0]?.tile
    expect(tileOf(512, 512)).toMatchObject({ rows: 6, columns: 8 })
    expect(4 % tileOf(4, 512).rows).toBe(0)
    expect(tileOf(2, 512)).toMatchObject({ rows: 2 })
    expect(tileOf(512, 4)).toMatchObject({ columns: 4 })
    expect(tileOf(512, 2)).toMatchObject({ rows: 2 })
  })

  test("too small or thin for tiles is a plain reduction", () => {
    for (const [m, k, n] of [
      [1, 1000, 1000],
      [1000, 1000, 1],
      [3, 3, 3],
      [100, 2, 100],
    ]) {
      expect(contractionsOf(product(m, k, n))).toEqual([])
    }
  })

  test("packs columns ahead only where that takes no more memory than the result, or a little", () => {
    fc.assert(
      fc.property(extent, extent, extent, threads, (m, k, n, count) => {
        for (const { rhs } of contractionsOf(product(m, k, n), count)) {
          if (rhs.kind !== "panels") continue
          const most = Math.max(2 ** 20, m * n)
          expect(rhs.buffer.elements).toBeLessThan(most + 24 * k)
        }
      }),
    )
  })

  test("turns so that its columns are contiguous in the result", () => {
    const b = new GraphBuilder()
    const image = b.input({ shape: [2, 16, 20, 20], dtype: "float32" })
    const kernel = b.input({ shape: [32, 16, 3, 3], dtype: "float32" })
    const result = b.emit("convolve", [image, kernel], {
      lhs: [0, 1, 2, 3],
      rhs: [0, 1, 2, 3],
      out: [0, 1, 2, 3],
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      lhsDilation: [1, 1],
      rhsDilation: [1, 1],
      featureGroups: 1,
      batchGroups: 1,
    })
    const [contraction] = contractionsOf(b.build([result]))
    const last = contraction.columns.at(-1)
    expect(last && strideOf(contraction.stores[0].index, last)).toBe(1)
  })
})

describe("the input gradient of a strided convolution", () => {
  const products = (graph: Graph): number =>
    contractionsOf(graph).reduce((sum, kernel) => sum + iterations(axesOf(kernel)), 0)

  test("multiplies each output by its own taps, not by the zeros between the inputs", () => {
    const outputs = 2 * 16 * 16 * 8
    expect(products(inputGradient(16, 4, 2))).toBe(outputs * (4 / 2) ** 2 * 8)
    expect(products(inputGradient(15, 3, 3, 16))).toBe(2 * 15 * 15 * 16 * 16)
  })

  test("has kernels for taps of their own where phases meet more or fewer, on odd sides too", () => {
    const graph = inputGradient(15, 3, 2, 16)
    const kernels = contractionsOf(graph)
    const stored = kernels.map(({ batch, rows, columns }) =>
      iterations([...batch, ...rows, ...columns]),
    )
    expect(stored.reduce((sum, each) => sum + each)).toBe(2 * 15 * 15 * 16)
    // Places meet one tap and two in turns, downwards and across.
    expect(products(graph)).toBe(2 * (8 * 1 + 7 * 2) ** 2 * 16 * 16)
  })
})
