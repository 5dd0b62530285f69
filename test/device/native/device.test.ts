import { readdirSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { setTimeout } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { type DeviceArray, openNative } from "../../../src/device/index.ts"
import { GraphBuilder, operations as op } from "../../../src/graph/index.ts"
import { describeDevice } from "../conduct.ts"
import { expectCompiled } from "./compiled.ts"
import { compiler } from "./compiler.ts"

if (compiler === undefined) describe.skip("native", () => test("needs a C compiler"))
else {
  expectCompiled()
  await describeDevice({
    name: "native",
    open: openNative,
    runs: { primitive: 4, graphs: 40, threads: 8 },
  })

  test("programs compiled together are what each is alone, and outlive each other", async () => {
    const device = await openNative({ threads: 2 })
    const graphs = [3, 5, 7, 30].flatMap((n) => {
      const square = { shape: [n, n], dtype: "float32" } as const
      const [product, sums] = [new GraphBuilder(), new GraphBuilder()]
      const x = product.input(square)
      const y = product.emit("dot", [x, x], { contract: [[1], [0]], batch: [[], []] })
      const sum = op.reduceSum(sums, op.apply(sums, "exp", sums.input(square)), [0])
      return [product.build([op.apply(product, "tanh", y)]), sums.build([sum])]
    })
    const together = device.compileAll?.(graphs) ?? []
    expect(together.length).toBe(graphs.length)
    for (const [i, graph] of graphs.entries()) {
      const [{ shape }] = graph.inputs
      const [rows, columns] = shape.map(Number)
      const data = Float32Array.from({ length: rows * columns }, (_, k) => ((k * 37) % 11) / 11)
      const alone = device.compile(graph)
      await Promise.all([alone.ready?.(), together[i].ready?.()])
      const results: ArrayLike<number>[] = []
      for (const executable of [alone, together[i]]) {
        const input = device.put(data, [rows, columns], "float32")
        const [result] = executable.run([input])
        results.push(await result.read())
        // Those behind it are in the same libraries.
        executable.dispose()
        await device.settled()
        for (const array of [input, result]) array.free()
      }
      expect(results[1]).toEqual(results[0])
    }
    await device.close()
  })

  test.skipIf(process.platform !== "linux")(
    "threads that were woken may run on any processor again",
    async () => {
      const device = await openNative({ threads: availableParallelism() })
      const shape = [512, 512]
      const b = new GraphBuilder()
      const x = b.input({ shape, dtype: "float32" })
      const graph = b.build([b.emit("dot", [x, x], { contract: [[1], [0]], batch: [[], []] })])
      const product = device.compile(graph)
      await product.ready?.()
      const input = device.put(new Float32Array(512 * 512), shape, "float32")
      for (let run = 0; run < 3; run++) {
        // Long enough for threads to sleep.
        await setTimeout(5)
        const [result] = product.run([input])
        await device.settled()
        result.free()
      }
      await setTimeout(5)
      const tasks = readdirSync("/proc/self/task")
      const allowed = (task: string) =>
        /Cpus_allowed:.*/.exec(readFileSync(`/proc/self/task/${task}/status`, "utf8"))?.[0]
      expect(new Set(tasks.map(allowed)).size).toBe(1)
      await device.close()
    },
  )

  // The host does the least alone, takes part in the next two, and leaves the others to the crew.
  const lengths = [100, 20_000, 300_000, 4_000_000]

  test.each([1, 2, 5])(
    "runs in which the host takes part and others come in their order, %i threads",
    async (threads) => {
      const device = await openNative({ threads })
      /** Rows of x less their mean, plus 1: two kernels, which threads meet between. */
      const executables = lengths.map((length) => {
        const shape = [length / 100, 100]
        const b = new GraphBuilder()
        const x = b.input({ shape, dtype: "float32" })
        const mean = op.divide(
          b,
          op.reduceSum(b, x, [0]),
          op.full(b, { shape: [100], dtype: "float32" }, length / 100),
        )
        const centred = op.subtract(b, x, op.broadcast(b, mean, shape, [1]))
        const raised = op.add(b, centred, op.full(b, { shape, dtype: "float32" }, 1))
        return device.compile(b.build([op.reduceSum(b, raised, [0]), op.add(b, x, raised)]))
      })
      await Promise.all(executables.map((executable) => executable.ready?.()))
      const arrays = lengths.map((length) =>
        device.put(new Float32Array(length).fill(3), [length / 100, 100], "float32"),
      )
      const sums: { readonly array: DeviceArray; readonly expected: number }[] = []
      const counts = lengths.map(() => 0)
      const rounds = 60
      for (let round = 0; round < rounds; round++) {
        // 7 and 4 share no factor: each length follows each other one.
        const which = (round * 7 + Math.floor(round / 4)) % 4
        if (which === 3 && round % 3 > 0) continue
        const [sum, next] = executables[which].run([arrays[which]])
        arrays[which].free()
        arrays[which] = next
        counts[which]++
        const expected = lengths[which] / 100
        sums.push({ array: sum, expected })
        if (round % 5 === 0) await device.settled()
        if (round % 11 === 0) expect(sum.peek?.()?.[99] ?? expected).toBe(expected)
      }
      for (const { array, expected } of sums) {
        expect(new Set(await array.read())).toEqual(new Set([expected]))
        array.free()
      }
      for (const [which, array] of arrays.entries()) {
        expect(new Set(await array.read())).toEqual(new Set([3 + counts[which]]))
        array.free()
      }
      for (const executable of executables) executable.dispose?.()
      await device.close()
    },
  )
}
