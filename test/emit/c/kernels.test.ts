import { afterAll, describe, expect, test } from "vitest"
import { type Device, openNative } from "../../../src/device/index.ts"
import { evaluate } from "../../../src/device/ram/index.ts"
import { type Graph, GraphBuilder, operations } from "../../../src/graph/index.ts"
import { runOn } from "../../device/agreement.ts"
import { expectCompiled } from "../../device/native/compiled.ts"
import { compiler } from "../../device/native/compiler.ts"
import type { HostArgument } from "../../graph/random.ts"
import { extremesOf, rowsOfEquals } from "../extremes.ts"

describe.skipIf(compiler === undefined)("kernels in C", () => {
  expectCompiled()
  let opened: Device | undefined
  const device = async (): Promise<Device> => (opened ??= await openNative({ threads: 2 }))
  afterAll(() => opened?.close())

  /** Expects the interpreter's results to the last bit. */
  async function expectSame(graph: Graph, inputs: readonly HostArgument[]): Promise<void> {
    const found = await runOn(await device(), { seed: 0, graph, inputs })
    const expected = evaluate(graph, inputs)
    for (const [i, { data }] of found.entries()) {
      expect(Array.from(data), `result ${i}`).toEqual(Array.from(expected[i].data))
    }
  }

  test("places of extremes among equals, infinities and NaNs are the first, in rows and columns", async () => {
    const b = new GraphBuilder()
    const inputs: HostArgument[] = []
    const outputs = extremesOf.flatMap((dtype) =>
      [5, 18, 67, 150].flatMap((columns) => {
        inputs.push({ data: rowsOfEquals(dtype, columns), shape: [12, columns] })
        const x = b.input({ shape: [12, columns], dtype })
        const along = (axis: number) => [
          b.emit("argmax", [x], { axis }),
          b.emit("argmin", [x], { axis }),
        ]
        return columns === 67 ? [...along(1), ...along(0)] : along(1)
      }),
    )
    await expectSame(b.build(outputs), inputs)
  })

  test("whole numbers are divided exactly, by zero, by −1 and beyond 2³¹ too", async () => {
    const edges = [0, 1, 2, 3, 7, 65535, 65537, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1]
    const pairs = edges.flatMap((a) => edges.map((b) => [a, b]))
    // Quotients just below and above whole numbers; then some from everywhere.
    for (let k = 1; k < 4000; k++) {
      const by = 1 + ((k * 2654435761) % (k % 2 === 0 ? 2 ** 16 : 2 ** 32 - 1))
      const whole = by * Math.floor((2 ** 32 - 1) / by)
      pairs.push([whole, by], [whole - 1, by], [(k * 40503 * 69069) % 2 ** 32, by])
    }
    const b = new GraphBuilder()
    const inputs: HostArgument[] = []
    const outputs = (["int32", "uint32"] as const).flatMap((dtype) => {
      const [x, y] = [0, 1].map((side) => {
        const data = Uint32Array.from(pairs, (pair) => pair[side])
        inputs.push({
          data: dtype === "int32" ? new Int32Array(data.buffer) : data,
          shape: [data.length],
        })
        return b.input({ shape: [data.length], dtype })
      })
      const known = operations.full(b, { shape: [pairs.length], dtype }, 7)
      return (["divide", "remainder"] as const).flatMap((primitive) => [
        operations.combine(b, primitive, x, y),
        operations.combine(b, primitive, x, known),
      ])
    })
    await expectSame(b.build(outputs), inputs)
  })

  test("products of any rest of rows and columns are stored whole, by their tiles and by an epilogue", async () => {
    const b = new GraphBuilder()
    const inputs: HostArgument[] = []
    const wholes = (shape: number[]) => {
      const length = shape.reduce((size, extent) => size * extent)
      const data = Float32Array.from({ length }, (_, i) => ((i * 7919) % 17) - 8)
      inputs.push({ data, shape })
      return b.input({ shape, dtype: "float32" })
    }
    const sizes = [
      [200, 16, 16, 16],
      [3, 100, 100, 100],
      [2, 5, 40, 17],
      [2, 31, 9, 47],
      [2, 15, 33, 65],
      [1, 29, 600, 79],
      [1, 8, 400, 52],
      [1, 6, 2500, 130],
    ]
    const outputs = sizes.flatMap(([count, m, k, n]) => {
      const [x, y] = [wholes([count, m, k]), wholes([count, k, n])]
      const product = b.emit("dot", [x, y], { contract: [[2], [1]], batch: [[0], [0]] })
      const turned = wholes([count, k, m])
      const other = b.emit("dot", [turned, y], { contract: [[1], [1]], batch: [[0], [0]] })
      return [product, b.emit("negate", [other], {})]
    })
    await expectSame(b.build(outputs), inputs)
  })

  test("sums over a product's rows are those of their own dtype", async () => {
    const b = new GraphBuilder()
    const inputs: HostArgument[] = []
    const outputs = (["float32", "float64"] as const).flatMap((dtype) => {
      const [x, y] = [
        [1100, 12],
        [12, 200],
      ].map((shape) => {
        const length = shape[0] * shape[1]
        const whole = (_: unknown, i: number) => ((i * 7919) % 17) - 8
        const data =
          dtype === "float32"
            ? Float32Array.from({ length }, whole)
            : Float64Array.from({ length }, whole)
        inputs.push({ data, shape })
        return b.input({ shape, dtype })
      })
      const product = b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] })
      return (["int32", "float32", "float64"] as const).flatMap((other) => {
        const summed = operations.cast(b, product, other)
        return [summed, operations.reduceSum(b, summed, [0])]
      })
    })
    await expectSame(b.build(outputs), inputs)
  })

  test("products beside large arrays whose rows go backwards, or that lie within others", async () => {
    const b = new GraphBuilder()
    const inputs: HostArgument[] = []
    const wholes = (...shape: number[]) => {
      const length = shape.reduce((size, extent) => size * extent)
      const data = Float32Array.from({ length }, (_, i) => ((i * 7919) % 17) - 8)
      inputs.push({ data, shape })
      return b.input({ shape, dtype: "float32" })
    }
    const [x, w, y] = [wholes(530, 130), wholes(130, 520), wholes(530, 520)]
    const product = b.emit("dot", [x, w], { contract: [[1], [0]], batch: [[], []] })
    const flipped = (axes: number[]) => [
      operations.add(b, product, b.emit("flip", [y], { axes })),
      b.emit("flip", [b.emit("multiply", [product, y], {})], { axes }),
    ]
    const within = b.emit("concatenate", [y, operations.add(b, product, y)], { axis: 1 })
    await expectSame(b.build([...flipped([0]), ...flipped([1]), within]), inputs)
  })

  test("short rows are sorted with what goes along, equals in their order", async () => {
    const b = new GraphBuilder()
    const inputs: HostArgument[] = []
    const outputs = [4, 5, 8, 9, 16, 31, 64, 65, 127, 128].flatMap((columns) =>
      (["float32", "int32", "uint32"] as const).flatMap((dtype) => {
        const shape = [12, columns]
        const data = rowsOfEquals(dtype, columns)
        const edges =
          dtype === "float32"
            ? [-0, 0, -1, 2 ** -140, -(2 ** -140), Infinity]
            : [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
        for (const [i, edge] of edges.entries()) data[7 * columns + ((i * 3) % columns)] = edge
        inputs.push({ data, shape })
        const x = b.input({ shape, dtype })
        const places = operations.iota(b, shape, 1)
        const along = dtype === "int32" ? [operations.cast(b, places, "float64")] : []
        return b.emitAll("sort", [x, places, ...along], { axis: 1, keys: 1 })
      }),
    )
    await expectSame(b.build(outputs), inputs)
  })
})
