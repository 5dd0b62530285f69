import { afterAll, describe, expect, test } from "vitest"
import { type Device, openNative } from "../../../src/device/index.ts"
import { evaluate } from "../../../src/device/ram/index.ts"
import { type Graph, GraphBuilder } from "../../../src/graph/index.ts"
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
})
