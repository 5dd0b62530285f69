import { describe, expect, test } from "vitest"
import { type Array, f32, graphOf, np } from "../../../src/index.ts"
import type { Case } from "../../graph/random.ts"
import { runOn } from "../agreement.ts"
import { gpuOrReason } from "./software.ts"

const { gpu, reason } = await gpuOrReason()
await gpu?.close()

/** Numbers whose sum depends on the order of additions. */
function rough(shape: readonly number[]): Case["inputs"][number] {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i) * 10 ** (i % 7)
  return { data, shape }
}

function program(body: (...arrays: Array[]) => Array, ...shapes: readonly number[][]): Case {
  const graph = graphOf(body)(...shapes.map((shape) => f32(...shape)))
  return { seed: 0, graph, inputs: shapes.map(rough) }
}

const programs: readonly Case[] = [
  program((a, b) => np.matmul(a, b), [100, 150], [150, 70]),
  program((x) => np.sum(x), [20_007]),
  program((x) => np.sum(x, 0), [300, 130]),
  program((x) => np.cumsum(x, 0), [9001]),
  program((x) => np.cumsum(x, 1), [2, 20_001]),
  program((x) => np.argmax(x), [5000]),
  program((x, y) => np.divide(x, y), [9999], [9999]),
]

describe.skipIf(gpu === undefined)(`lanes of a GPU ${reason}`, () => {
  test("subgroups change no bit of sums, running sums and places, nor does doing without", async () => {
    const found: unknown[] = []
    for (const subgroups of [true, false]) {
      const { gpu } = await gpuOrReason({ subgroups })
      if (gpu === undefined) throw new Error("no device")
      const results: unknown[] = []
      for (const each of programs) results.push((await runOn(gpu, each)).map(({ data }) => data))
      await gpu.close()
      found.push(results)
    }
    expect(found[0]).toEqual(found[1])
  })

  test("the number allowed changes no bit of products, sums, running sums and maps", async () => {
    const found: unknown[] = []
    for (const threads of [1, 3 * 256, 2 ** 18]) {
      const { gpu } = await gpuOrReason({ threads })
      if (gpu === undefined) throw new Error(`no device with ${threads} lanes`)
      const results: unknown[] = []
      for (const each of programs) results.push((await runOn(gpu, each)).map(({ data }) => data))
      await gpu.close()
      found.push(results)
    }
    for (const results of found) expect(results).toEqual(found[0])
  }, 30_000)
})
