import { expect, test } from "vitest"
import { kernelsOf, schedule } from "../../src/schedule/index.ts"
import { expectAgreement, graphOf, randomArray } from "../emit/wasm/running.ts"

const scans = ["cumulativeSum", "cumulativeProd", "cumulativeMax", "cumulativeMin"] as const

test.each(scans)("%s of a long row is that of its parts, both ways", (scan) => {
  // Products stay odd, and extremes go on changing from one end to the other, both ways.
  const rising = (i: number): number => i + ((i * 7919) % 1009)
  const valueAt = (i: number): number => {
    if (scan === "cumulativeProd") return 2 * ((i * 7919) % 101) + 1
    const far = Math.abs(i - 2 ** 17)
    return scan === "cumulativeMin" ? -rising(far) : rising(far)
  }
  const data = Int32Array.from({ length: 2 ** 18 }, (_, i) => valueAt(i))
  const row = { data, shape: [2 ** 18], dtype: "int32" } as const
  const graph = graphOf([row], (b, x) =>
    [false, true].map((reverse) => b.emit(scan, [x], { axis: 0, reverse })),
  )
  expectAgreement(graph, [row])
  const kernels = kernelsOf(schedule(graph).steps)
  const lengths = kernels.flatMap((each) => (each.kind === "scan" ? [each.along.extent] : []))
  // Each way, a scan over the parts and one in each of them.
  expect(lengths.toSorted((a, b) => a - b)).toEqual([256, 256, 1024, 1024])
})

test("the parts of a row are scanned where the row belongs: nothing is copied behind them", () => {
  const row = randomArray("float32", [2 ** 18])
  const graph = graphOf([row], (b, x) => b.emit("cumulativeSum", [x], { axis: 0, reverse: false }))
  const program = schedule(graph)
  expect(kernelsOf(program.steps).map(({ kind }) => kind)).toEqual(["loop", "scan", "scan"])
  expect(program.arenaBytes).toBeLessThan(2 ** 14)
  // Two shapes of one scan, and the scan beside its shape, are memory each for itself.
  const twice = graphOf([row], (b, x) => {
    const scanned = b.emit("cumulativeMax", [x], { axis: 0, reverse: true })
    const shapes = [
      [2, 2 ** 17],
      [2 ** 9, 2 ** 9],
    ].map((shape) => b.emit("reshape", [scanned], { shape }))
    return [...shapes, scanned]
  })
  expectAgreement(twice, [row])
})

test("floats among axes of one element, and what is computed on the way", () => {
  const row = randomArray("float32", [1, 2 ** 18, 1])
  const graph = graphOf([row], (b, x) =>
    b.emit("cumulativeMax", [b.emit("exp", [x], {})], { axis: 1, reverse: false }),
  )
  expectAgreement(graph, [row])
})

test("rows that no fit number divides, and several rows, stay whole", () => {
  for (const shape of [[262_147], [2, 2 ** 18]]) {
    const row = randomArray("int32", shape)
    const axis = shape.length - 1
    const graph = graphOf([row], (b, x) => b.emit("cumulativeSum", [x], { axis, reverse: false }))
    const kernels = kernelsOf(schedule(graph).steps)
    expect(kernels.map(({ kind }) => kind)).toEqual(["scan"])
    expectAgreement(graph, [row])
  }
})
