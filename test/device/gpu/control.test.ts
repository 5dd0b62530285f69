import fc from "fast-check"
import { afterAll, describe, expect, test, vi } from "vitest"
import {
  type Graph,
  GraphBuilder,
  operations as op,
  type Variable,
} from "../../../src/graph/index.ts"
import { type Array, f32, graphOf, i32, lax, np } from "../../../src/index.ts"
import { randomControl } from "../../graph/growControl.ts"
import { disagreement, runOn } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

const { gpu, reason } = await gpuOrReason()
afterAll(() => gpu?.close())

/** A graph inside another. */
function inner(
  shapes: readonly (readonly number[])[],
  body: (b: GraphBuilder, x: Variable[]) => Variable[],
) {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return b.build(body(b, inputs))
}

/** Doubles an array until its sum is at least a number. */
function doubling(n: number): Graph {
  const condition = inner([[], [n]], (b, [limit, x]) => [
    b.emit("less", [op.reduceSum(b, x, [0]), limit], {}),
  ])
  const body = inner([[n]], (b, [x]) => [op.add(b, x, x)])
  const b = new GraphBuilder()
  const limit = b.input({ shape: [], dtype: "float32" })
  const x = b.input({ shape: [n], dtype: "float32" })
  const params = { condition, body, conditionConsts: 1, bodyConsts: 0 }
  return b.build(b.emitAll("while", [limit, x], params))
}

/** x ← 2·(x + 1 + … + 1) in a loop around a loop; then the same in a branch for x that is not 0. */
const nested = graphOf((outer: Array, inner: Array, x: Array) => {
  const loops = (x: Array): Array => {
    const round = ([i, x]: readonly [Array, Array]): [Array, Array] => {
      const more = ([j]: Array[]): Array => j.less(inner)
      const [, y] = lax.whileLoop(more, ([j, x]) => [j.add(1), x.add(1)], [np.array(0), x])
      return [i.add(1), y.mul(2)]
    }
    return lax.whileLoop(([i]: Array[]) => i.less(outer), round, [np.array(0), x])[1]
  }
  const once = loops(x)
  return [once, lax.cond(once.max().greater(0), loops, (x: Array) => x.sub(1), once)]
})(i32(), i32(), f32(300))

describe.skipIf(gpu === undefined)(`control flow on a GPU ${reason}`, () => {
  test("agrees with the sequential interpreter", async () => {
    await fc.assert(
      fc.asyncProperty(randomControl(), async (example) => {
        if (gpu !== undefined) expect(await disagreement(gpu, example)).toBeUndefined()
      }),
      { numRuns: 40 },
    )
  })

  test("a while loop goes on for as many rounds as it takes, or none", async () => {
    if (gpu === undefined) return
    const graph = doubling(300)
    for (const rounds of [0, 1, 7, 8, 9, 40, 100]) {
      const data = new Float32Array(300).fill(1)
      const inputs = [
        { data: Float32Array.of(300 * 2 ** rounds), shape: [] },
        { data, shape: [300] },
      ]
      const [result] = await runOn(gpu, { seed: 0, graph, inputs })
      expect(result.data).toEqual(data.map(() => 2 ** rounds))
    }
  })

  test("loops inside loops, and inside branches, are decided without asking the host", async () => {
    if (gpu === undefined) return
    const reads = vi.spyOn(gpu.downloads, "read")
    for (const [outer, inner] of [
      [3, 2],
      [5, 0],
      [0, 4],
      [2, 30],
    ]) {
      reads.mockClear()
      const x = { data: new Float32Array(300), shape: [300] }
      const limits = [outer, inner].map((n) => ({ data: Int32Array.of(n), shape: [] }))
      const [once, twice] = await runOn(gpu, { seed: 0, graph: nested, inputs: [...limits, x] })
      const loops = (x: number): number => {
        for (let i = 0; i < outer; i++) x = 2 * (x + inner)
        return x
      }
      expect(once.data).toEqual(x.data.fill(loops(0)))
      expect(twice.data).toEqual(x.data.fill(loops(0) > 0 ? loops(loops(0)) : -1))
      // The two results, and for either nest whether it is over after 8 rounds, perhaps after 24.
      expect(reads.mock.calls.length).toBeLessThanOrEqual(2 + 2 * 2)
    }
    reads.mockRestore()
  })

  test("runs that come after a loop wait for it, and find their arrays as they were", async () => {
    if (gpu === undefined) return
    const loop = gpu.compile(doubling(64))
    const b = new GraphBuilder()
    const x = b.input({ shape: [64], dtype: "float32" })
    const next = gpu.compile(b.build([op.add(b, x, x)]))
    const ones = gpu.put(new Float32Array(64).fill(1), [64], "float32")
    const limit = gpu.put(Float32Array.of(2 ** 36), [], "float32")
    const [doubled] = loop.run([limit, ones])
    const [after] = next.run([doubled])
    const [beside] = next.run([ones])
    doubled.free()
    ones.free()
    // What was given back may not be written over before the loop has read it.
    const other = gpu.put(new Float32Array(64).fill(5), [64], "float32")
    expect((await after.read())[0]).toBe(2 ** 31)
    expect((await beside.read())[0]).toBe(2)
    expect((await other.read())[0]).toBe(5)
  })
})
