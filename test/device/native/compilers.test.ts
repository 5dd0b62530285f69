import { execFileSync } from "node:child_process"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { type Array, f32, grad, graphOf, i32, np } from "../../../src/array/index.ts"
import { type Device, openCpu, openNative } from "../../../src/device/index.ts"
import { findCompiler } from "../../../src/device/native/compiler.ts"
import type { Graph } from "../../../src/graph/index.ts"
import {
  activation,
  convolution,
  dense,
  flatten,
  losses,
  maxPool,
  Network,
  type Variables,
} from "../../../src/nn/index.ts"
import { graphOfSeed, randomArguments } from "../../graph/random.ts"
import { disagreement } from "../agreement.ts"
import { tiledConvolutions } from "../tiled-convolutions.ts"
import { compiler } from "./compiler.ts"

function isThere(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

const network = new Network(
  [14, 14, 4],
  [
    convolution(64, 3),
    activation("relu"),
    maxPool(2),
    flatten(),
    dense(128),
    activation("relu"),
    dense(10),
  ],
)
const parameters = Object.fromEntries(
  network
    .arrays()
    .map(({ name, shape }) => {
      const [, layer, own] = name.split("/")
      return [layer, own, shape] as const
    })
    .reduce((layers, [layer, own, shape]) => {
      const arrays = layers.get(layer) ?? {}
      return layers.set(layer, { ...arrays, [own]: f32(...shape) })
    }, new Map<string, Record<string, ReturnType<typeof f32>>>()),
)

/** The gradient of a batch's loss, by all parameters. */
const graph = graphOf((p: Variables["parameters"], x: Array, labels: Array) =>
  grad((at: Variables["parameters"]) =>
    losses.crossEntropy(network.apply({ parameters: at, state: {} }, x).output, labels),
  )(p),
)(parameters, f32(128, 14, 14, 4), i32(128))

function gradients(device: Device): Promise<readonly Float32Array[]> {
  return resultsOf(device, [graph])
}

/** The results of graphs on a device, which is closed. */
async function resultsOf(
  device: Device,
  graphs: readonly Graph[],
): Promise<readonly Float32Array[]> {
  const results: Float32Array[] = []
  for (const each of graphs) results.push(...(await run(device, each)))
  await device.close()
  return results
}

async function run(device: Device, graph: Graph): Promise<readonly Float32Array[]> {
  const executable = device.compile(graph)
  const given = graph.inputs.map(({ shape, dtype }, number) => {
    const size = shape.reduce<number>((product, extent) => product * Number(extent), 1)
    const data =
      dtype === "int32"
        ? Int32Array.from({ length: size }, (_, i) => i % 10)
        : Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37 + number) / 8)
    return device.put(data, shape.map(Number), dtype)
  })
  const results = executable.run(given)
  return await Promise.all(results.map(async (one) => Float32Array.from(await one.read(), Number)))
}

/** So large that its tiles ask for panels ahead. */
const product = graphOf((x: Array, y: Array) => np.matmul(x, y))(f32(1500, 512), f32(512, 512))

function expectAlike(found: readonly Float32Array[], expected: readonly Float32Array[]): void {
  for (const [i, values] of expected.entries()) {
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const error = values.reduce(
      (most, value, j) => Math.max(most, Math.abs(value - found[i][j])),
      0,
    )
    // Sums of some thousand products in another order.
    expect(error).toBeLessThan(1e-4 * size)
  }
}

/** The processor's compiler, told to know less of it than there is. */
const narrower = [
  ["AVX2", 8, "-mno-avx512f"],
  ["128-bit vectors without fused multiply-adds", 4, "-mno-avx512f -mno-avx"],
] as const

describe.skipIf(compiler === undefined || process.arch !== "x64").each(narrower)(
  "%s",
  (_, lanes, flags) => {
    test("computes a network's gradient, a product and 3×3 convolutions as cpu does", async () => {
      const folder = await mkdtemp(join(tmpdir(), "tradespace-narrow-"))
      const command = join(folder, "cc")
      await writeFile(command, `#!/bin/sh\nexec ${compiler!.command} "$@" ${flags}\n`)
      await chmod(command, 0o755)
      expect((await findCompiler({ command })).lanes).toBe(Math.min(lanes, compiler!.lanes))
      const options = {
        threads: 1,
        tune: "never",
        compiler: { command },
        cache: { folder: join(folder, "cache") },
      } as const
      const tiled = tiledConvolutions.filter(({ name }) => name.endsWith("even sides"))
      const graphs = [graph, product, ...tiled.map((each) => each.graph)]
      const expected = await resultsOf(await openCpu({ threads: 1 }), graphs)
      expectAlike(await resultsOf(await openNative(options), graphs), expected)
      const device = await openNative(options)
      // Cases of every kind of kernel, in vectors of this width.
      for (const seed of [1, 2, 3, 4]) {
        const graph = graphOfSeed(seed, 30)
        const example = { seed, graph, inputs: randomArguments(graph, seed) }
        expect(await disagreement(device, example)).toBeUndefined()
      }
      await device.close()
      await rm(folder, { recursive: true, force: true })
    })
  },
)

describe.each(["gcc", "clang"])("%s", (command) => {
  test.skipIf(!isThere(command))("compiles a network's gradient to the one of cpu", async () => {
    const expected = await gradients(await openCpu({ threads: 1 }))
    const found = await gradients(await openNative({ threads: 1, compiler: { command } }))
    expectAlike(found, expected)
  })
})
