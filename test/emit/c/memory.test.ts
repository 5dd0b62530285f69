import { afterAll, describe, expect, test } from "vitest"
import { type Array, f32, graphOf, i32 } from "../../../src/array/index.ts"
import { type Device, evaluate, openNative } from "../../../src/device/index.ts"
import { cTarget, emitC } from "../../../src/emit/index.ts"
import type { Graph } from "../../../src/graph/index.ts"
import { nn, np } from "../../../src/index.ts"
import { schedule } from "../../../src/schedule/index.ts"
import { compiler } from "../../device/native/compiler.ts"

const chain = (x: Array): Array => x.mul(2).add(1)

/** The C of a graph for vectors of 16 lanes. */
function text(graph: Graph, donated: readonly boolean[] = []): string {
  const program = schedule(graph, { target: cTarget({ lanes: 16, registers: 32 }), donated })
  const written = emitC(program, { lanes: 16 })
  return written.slice(written.indexOf("CALLED void kernel"))
}

describe("stores past the caches", () => {
  test("are of results that are larger than what stays in the caches, but not over what was read", () => {
    const [small, large] = [2 ** 20, 2 ** 22].map((n) => graphOf(chain)(f32(n)))
    expect(text(small)).not.toContain("stream_")
    expect(text(large)).toContain("stream_f32x16(")
    expect(text(large)).toContain("__atomic_thread_fence")
    expect(text(large, [true])).not.toContain("stream_")
  })

  test("are of whole lines alone", () => {
    expect(text(graphOf((x: Array) => x.mul(2))(f32(2 ** 22 + 8)))).toContain("stream_f32x16(")
    const rows = (x: Array): Array => nn.softmax(x)
    expect(text(graphOf(rows)(f32(4096, 1032)))).not.toContain("stream_")
    expect(text(graphOf(rows)(f32(4096, 1040)))).toContain("stream_f32x16(")
  })

  test("of a softmax leave what it keeps of a row to the thread", () => {
    expect(text(graphOf((x: Array) => nn.softmax(x))(f32(4096, 1024)))).toMatch(
      /_Alignas\(64\) f32 b\d\[1024\];/,
    )
  })
})

describe.skipIf(compiler === undefined)("work on memory in C", () => {
  let opened: Device | undefined
  const device = async (): Promise<Device> => (opened ??= await openNative({ threads: 2 }))
  afterAll(() => opened?.close())

  async function run(graph: Graph, x: Float32Array | Int32Array, shape: readonly number[]) {
    const on = await device()
    const given = on.put(x, shape, x instanceof Int32Array ? "int32" : "float32")
    const [result] = on.compile(graph).run([given])
    return result.read()
  }

  test("a large softmax has the bits that its first rows have alone", async () => {
    const columns = 1040
    const length = 4096 * columns
    const x = Float32Array.from({ length }, (_, i) => 4 * Math.sin(i * 0.7))
    const softmax = (x: Array): Array => nn.softmax(x)
    const large = await run(graphOf(softmax)(f32(4096, columns)), x, [4096, columns])
    const first = x.slice(0, 64 * columns)
    const alone = await run(graphOf(softmax)(f32(64, columns)), first, [64, columns])
    expect(large.slice(0, first.length)).toEqual(alone)
  })

  test("a large chain stores every element", async () => {
    const x = Float32Array.from({ length: 2 ** 22 + 8 }, (_, i) => i % 1000)
    const found = await run(graphOf(chain)(f32(x.length)), x, [x.length])
    expect(found.every((value, i) => value === 2 * x[i] + 1)).toBe(true)
  })

  test.each([
    [
      [64, 64],
      [1, 0],
    ],
    [
      [130, 67],
      [1, 0],
    ],
    [
      [33, 515],
      [1, 0],
    ],
    [
      [5, 24, 70],
      [0, 2, 1],
    ],
    [
      [20, 3, 50],
      [2, 1, 0],
    ],
    [
      [17, 6, 18, 3],
      [2, 3, 0, 1],
    ],
  ])("%j with its axes %j is what the interpreter makes of it", async (shape, axes) => {
    const length = shape.reduce((a, b) => a * b, 1)
    for (const dtype of [f32, i32]) {
      const turned = (x: Array): Array => np.transpose(x, axes).mul(3)
      const both = (x: Array): Array => turned(x).add(np.transpose(x, axes).sum(0))
      for (const body of [turned, both]) {
        const graph = graphOf(body)(dtype(...shape))
        const x = dtype === f32 ? new Float32Array(length) : new Int32Array(length)
        for (const i of x.keys()) x[i] = (i * 37) % 1001
        const [expected] = evaluate(graph, [{ data: x, shape }])
        expect(await run(graph, x, shape)).toEqual(expected.data)
      }
    }
  })
})
